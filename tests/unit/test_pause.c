/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <unistd.h>

#include "migrate/pause.h"

static struct xlgpu_frame frame_of(char *payload)
{
    return (struct xlgpu_frame){ .payload = payload, .len = strlen(payload) };
}

static void expect_target(char *payload, int64_t target, const char *line)
{
    const struct xlgpu_frame f = frame_of(payload);
    const struct xlgpu_pause_arrival a = xlgpu_pause_hear_ready(&f);
    char *text = NULL;

    xlgpu_pause_add_target(&text, target, &a);
    assert_string_equal(text, line);
    free(text);
}

static void expect_resume(char *payload, int64_t resume, const char *line)
{
    const struct xlgpu_frame f = frame_of(payload);
    const struct xlgpu_pause_start s = xlgpu_pause_hear_started(&f);
    char *text = NULL;

    xlgpu_pause_add_resume(&text, resume, "unpause", &s);
    assert_string_equal(text, line);
    free(text);
}

static void the_parts_add_up(void **state)
{
    (void)state;
    expect_target("{\"device_model\":\"700\",\"vf_begun\":\"720\","
                  "\"vf\":\"900\",\"ready\":\"950\"}", 1000,
                  "restore 50 us, target_dm 700 us, target_devices 20 us, "
                  "vf 180 us, target_end 50 us, target 1000 us");
    expect_resume("{\"start\":\"30\",\"settle\":\"50\"}", 100,
                  "commit 20 us, unpause 30 us, settle 50 us, "
                  "resume 100 us");
}

static void what_is_not_said_is_left_open(void **state)
{
    (void)state;
    expect_target("{}", 1000,
                  "restore -, target_dm -, target_devices -, vf -, "
                  "target_end -, target 1000 us");
    expect_target("{\"device_model\":\"700\",\"vf_begun\":\"\",\"vf\":\"\","
                  "\"ready\":\"950\"}", 1000,
                  "restore 50 us, target_dm 700 us, target_devices -, vf -, "
                  "target_end -, target 1000 us");
    expect_resume("{}", 100, "commit -, unpause -, settle -, resume 100 us");
    expect_resume("{\"start\":\"30\"}", 100,
                  "commit -, unpause 30 us, settle -, resume 100 us");
}

static void nonsense_is_left_open_too(void **state)
{
    (void)state;
    /* In no order, and longer than it took as a whole. */
    expect_target("{\"device_model\":\"700\",\"vf_begun\":\"600\","
                  "\"vf\":\"900\",\"ready\":\"1001\"}", 1000,
                  "restore -, target_dm 700 us, target_devices -, "
                  "vf 300 us, target_end 101 us, target 1000 us");
    expect_target("{\"device_model\":\"-7\",\"vf_begun\":\" 8\","
                  "\"vf\":\"9x\",\"ready\":7}", 1000,
                  "restore -, target_dm -, target_devices -, vf -, "
                  "target_end -, target 1000 us");
    expect_resume("{\"start\":\"99999999999999999999999\","
                  "\"settle\":\"99999999999999\"}", 100,
                  "commit -, unpause -, settle -, resume 100 us");
    expect_resume("[", 100, "commit -, unpause -, settle -, resume 100 us");
}

static void what_one_says_the_other_hears(void **state)
{
    struct xlgpu_channel from, to;
    struct xlgpu_pause_arrival a = { 1, XLGPU_PAUSE_UNKNOWN, 0, 4 };
    struct xlgpu_pause_start s = { XLGPU_PAUSE_UNKNOWN, 86400000000ll };
    struct xlgpu_frame f;
    int fd[2];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    xlgpu_channel_init(&from, "there", -1, fd[1], 5);
    xlgpu_channel_init(&to, "here", fd[0], -1, 5);
    assert_int_equal(xlgpu_pause_say_ready(&from, &a), 0);
    assert_int_equal(xlgpu_pause_say_started(&from, &s), 0);
    assert_int_equal(xlgpu_channel_expect(&to, XLGPU_FRAME_READY, &f), 0);
    a = xlgpu_pause_hear_ready(&f);
    assert_true(a.device_model == 1 && a.vf_begun == XLGPU_PAUSE_UNKNOWN &&
                a.vf == 0 && a.ready == 4);
    assert_int_equal(xlgpu_channel_expect(&to, XLGPU_FRAME_STARTED, &f), 0);
    s = xlgpu_pause_hear_started(&f);
    assert_true(s.start == XLGPU_PAUSE_UNKNOWN && s.settle == 86400000000ll);
    xlgpu_channel_close(&from);
    xlgpu_channel_close(&to);
}

UNIT_TESTS(the_parts_add_up, what_is_not_said_is_left_open,
           nonsense_is_left_open_too, what_one_says_the_other_hears)
