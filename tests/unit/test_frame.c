/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "migrate/frame.h"
#include "status.h"

static char said[2048];

static void keep(enum xlgpu_status status, const char *what, const char *why,
                 const char *remedy)
{
    (void)status;
    (void)what;
    (void)remedy;
    strncpy(said, why, sizeof(said) - 1);
}

struct pair {
    struct xlgpu_channel a, b;
};

static struct pair connected(void)
{
    struct pair p;
    int to[2], from[2];

    assert_int_equal(pipe(to) | pipe(from), 0);
    xlgpu_channel_init(&p.a, "b", from[0], to[1], 5);
    xlgpu_channel_init(&p.b, "a", to[0], from[1], 5);
    return p;
}

static void disconnect(struct pair *p)
{
    xlgpu_channel_close(&p->a);
    xlgpu_channel_close(&p->b);
}

static void frames_arrive_as_they_were_sent(void **state)
{
    struct pair p = connected();
    struct xlgpu_frame f;
    char text[16];

    (void)state;
    assert_int_equal(xlgpu_channel_say(&p.a, XLGPU_FRAME_QUERY, "question",
                                       "runs", "uuid", "\"$(x)\"", XLGPU_END), 0);
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_ALIVE, NULL, 0), 0);
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_GO, "{}", 2), 0);
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_QUERY, &f), 0);
    assert_true(xlgpu_frame_string(&f, "question", text, sizeof(text)));
    assert_string_equal(text, "runs");
    assert_true(xlgpu_frame_string(&f, "uuid", text, sizeof(text)));
    assert_string_equal(text, "\"$(x)\"");
    assert_false(xlgpu_frame_string(&f, "uuid", text, 4));
    assert_false(xlgpu_frame_string(&f, "other", text, sizeof(text)));
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_GO, &f), 0);
    disconnect(&p);
}

static void a_refusal_has_its_status_and_reason(void **state)
{
    struct pair p = connected();
    struct xlgpu_frame f;
    char reason[1500];

    (void)state;
    xlgpu_fail_divert(keep);
    memset(reason, 'a', sizeof(reason));
    reason[sizeof(reason) - 1] = '\0';
    xlgpu_channel_say(&p.a, XLGPU_FRAME_REFUSED, "status", "4", "why", reason,
                      XLGPU_END);
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_OFFER, &f),
                     XLGPU_IN_USE);
    assert_string_equal(said, reason);
    xlgpu_channel_say(&p.a, XLGPU_FRAME_REFUSED, "status", "5", "why",
                      "all are held", "remedy", "wait", XLGPU_END);
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_OFFER, &f),
                     XLGPU_NO_ROOM);
    assert_string_equal(said, "all are held");
    xlgpu_channel_say(&p.a, XLGPU_FRAME_REFUSED, "status", "0", XLGPU_END);
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_OFFER, &f),
                     XLGPU_FAILED);
    xlgpu_fail_divert(NULL);
    disconnect(&p);
}

static void what_is_no_frame_is_said(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *why;
    } wrong[] = {
        { "Welcome to host2\n", 17, "it does not speak xl-gpu's protocol" },
        { "\x13\0\0\0\0\0\0\0", 8, "it does not speak xl-gpu's protocol" },
        { "\1\0\0\1\0\0\0\0", 8, "it does not speak xl-gpu's protocol" },
        { "\1\0\0\0\xff\xff\xff\xff", 8,
          "it does not speak xl-gpu's protocol" },
        { "\1\0\0\0\0\0\0\5{}", 10, "the connection ended" },
        { "\1\0\0", 3, "the connection ended" },
        { "", 0, "the connection ended" },
        { "\2\0\0\0\0\0\0\0", 8, "it said moving where hello was expected" },
    };
    struct xlgpu_frame f;
    struct pair p;
    size_t i;

    (void)state;
    xlgpu_fail_divert(keep);
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        p = connected();
        if (wrong[i].len)
            assert_int_equal(write(p.a.out, wrong[i].bytes, wrong[i].len),
                             wrong[i].len);
        close(p.a.out);
        p.a.out = -1;
        assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_HELLO, &f),
                         XLGPU_FAILED);
        assert_string_equal(said, wrong[i].why);
        disconnect(&p);
    }
    xlgpu_fail_divert(NULL);
}

static void a_silent_peer_is_gone(void **state)
{
    struct pair p = connected();
    struct xlgpu_frame f;

    (void)state;
    xlgpu_fail_divert(keep);
    p.b.silence = 1;
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_HELLO, &f),
                     XLGPU_FAILED);
    assert_string_equal(said, "it does not answer");
    xlgpu_fail_divert(NULL);
    disconnect(&p);
}

/* More than the pipe takes, in one frame. */
static void a_peer_that_takes_nothing_is_gone(void **state)
{
    static const char data[1 << 20];
    struct pair p = connected();

    (void)state;
    xlgpu_fail_divert(keep);
    p.a.silence = 1;
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_DATA, data,
                                        sizeof(data)), XLGPU_FAILED);
    assert_string_equal(said, "it takes nothing any more");
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_ABORT, "{}", 2),
                     XLGPU_FAILED);
    assert_string_equal(said, "the connection is closed");
    xlgpu_fail_divert(NULL);
    disconnect(&p);
}

static void be_busy_then_take(struct xlgpu_channel *ch, size_t len)
{
    char buf[4096];
    ssize_t r;
    int i;

    for (i = 0; i < 25; i++) {
        xlgpu_channel_send(ch, XLGPU_FRAME_ALIVE, NULL, 0);
        usleep(200000);
    }
    for (; len && (r = read(ch->in, buf, sizeof(buf))) > 0; len -= r) {}
}

static void a_peer_that_is_busy_is_waited_for(void **state)
{
    static const char data[1 << 20];
    struct pair p = connected();
    pid_t pid = fork();
    int rc;

    (void)state;
    assert_true(pid >= 0);
    if (!pid) {
        be_busy_then_take(&p.b, 8 + sizeof(data));
        _exit(0);
    }
    p.a.silence = 2;
    rc = xlgpu_channel_send(&p.a, XLGPU_FRAME_DATA, data, sizeof(data));
    waitpid(pid, NULL, 0);
    assert_int_equal(rc, XLGPU_OK);
    disconnect(&p);
}

static void a_peer_that_was_not_listened_to_is_not_gone(void **state)
{
    struct pair p = connected();
    struct xlgpu_frame f;
    bool got;

    (void)state;
    xlgpu_fail_divert(keep);
    xlgpu_channel_send(&p.a, XLGPU_FRAME_GO, "{}", 2);
    p.b.heard -= 3600 * 1000;
    assert_int_equal(xlgpu_channel_next(&p.b, false, &f, &got), XLGPU_OK);
    assert_false(got);
    assert_int_equal(xlgpu_channel_next(&p.b, true, &f, &got), XLGPU_OK);
    assert_true(got);
    p.b.heard -= 3600 * 1000;
    assert_int_equal(xlgpu_channel_next(&p.b, false, &f, &got), XLGPU_FAILED);
    assert_string_equal(said, "it does not answer");
    xlgpu_fail_divert(NULL);
    disconnect(&p);
}

UNIT_TESTS(frames_arrive_as_they_were_sent,
           a_refusal_has_its_status_and_reason, what_is_no_frame_is_said,
           a_silent_peer_is_gone, a_peer_that_takes_nothing_is_gone,
           a_peer_that_is_busy_is_waited_for,
           a_peer_that_was_not_listened_to_is_not_gone)
