/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records on disk, and the locks. */
#include "../unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "domain/lock.h"
#include "status.h"
#include "xenstore/desired.h"
#include "xenstore/disk.h"
#include "xenstore/promise.h"

#define UUID "00000000-0000-0000-0000-000000000001"

static const struct xlgpu_bdf one = { .bus = 1 }, two = { .bus = 2 };

static int set(struct xlgpu_bdf gpu, unsigned int count)
{
    struct xlgpu_desired d = { .gpu = gpu, .count = count };

    return xlgpu_desired_set(&d);
}

static char *layout_path(void)
{
    return xlgpu_asprintf("%s/layout.json", xlgpu_state_dir());
}

static int empty(void **state)
{
    char *path = layout_path();

    (void)state;
    unlink(path);
    free(path);
    return 0;
}

static void assert_layout(const char *expected)
{
    char *path = layout_path(), *text;

    assert_int_equal(xlgpu_disk_read(path, &text), XLGPU_OK);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    free(path);
}

static void the_desired_layout_is_kept_per_gpu(void **state)
{
    char *path = layout_path();
    struct stat st;

    (void)state;
    assert_int_equal(set(one, 4), XLGPU_OK);
    assert_int_equal(set(two, 2), XLGPU_OK);
    assert_int_equal(set(one, 7), XLGPU_OK);
    assert_layout("{\"version\":1,\"gpus\":["
                  "{\"bdf\":\"0000:01:00.0\",\"partition_count\":7},"
                  "{\"bdf\":\"0000:02:00.0\",\"partition_count\":2}]}");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    assert_int_equal(set(one, 0), XLGPU_OK);
    assert_layout("{\"version\":1,\"gpus\":["
                  "{\"bdf\":\"0000:02:00.0\",\"partition_count\":2}]}");
    free(path);
}

static void what_a_partition_gets_is_kept_with_the_device(void **state)
{
    struct xlgpu_desired d = {
        .gpu = one, .vendor = 0x8086, .device = 0x56c0, .count = 4,
        .each = { .memory = 4ull << 30, .exec_quantum_ms = 16,
                  .preempt_timeout_us = 500 },
    };
    const struct xlgpu_desired *found;
    struct xlgpu_layout layout;

    (void)state;
    assert_int_equal(xlgpu_desired_set(&d), XLGPU_OK);
    assert_layout("{\"version\":1,\"gpus\":["
                  "{\"bdf\":\"0000:01:00.0\",\"device\":\"8086:56c0\","
                  "\"partition_count\":4,\"memory\":4294967296,"
                  "\"exec_quantum_ms\":16,\"preempt_timeout_us\":500}]}");
    assert_int_equal(xlgpu_desired_read(&layout), XLGPU_OK);
    found = xlgpu_desired_find(&layout, one);
    assert_non_null(found);
    assert_int_equal(found->vendor, 0x8086);
    assert_int_equal(found->device, 0x56c0);
    assert_int_equal(found->count, 4);
    assert_true(xlgpu_resources_equal(&found->each, &d.each));
    assert_null(xlgpu_desired_find(&layout, two));
    xlgpu_layout_dispose(&layout);
}

static void a_damaged_layout_is_refused_and_left(void **state)
{
    static const char *const damaged[] = {
        "", "{", "[]", "{\"gpus\":[{}]}", "{\"gpus\":[{\"bdf\":\"x\"}]}",
        "{\"gpus\":[{\"bdf\":\"01:00.0\",\"partition_count\":\"4\"}]}",
        "{\"gpus\":[{\"bdf\":\"01:00.0\",\"partition_count\":-4}]}",
        "{\"gpus\":[{\"bdf\":\"01:00.0\",\"partition_count\":4,"
        "\"device\":8086}]}",
        "{\"gpus\":[{\"bdf\":\"01:00.0\",\"partition_count\":4,"
        "\"memory\":-1}]}",
    };
    char *path = layout_path();
    size_t i;

    (void)state;
    assert_int_equal(xlgpu_make_dir(xlgpu_state_dir()), XLGPU_OK);
    for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        assert_int_equal(xlgpu_disk_replace(path, damaged[i],
                                            strlen(damaged[i])),
                         XLGPU_OK);
        if (set(one, 4) != XLGPU_FAILED)
            fail_msg("\"%s\" was taken for a layout", damaged[i]);
        assert_layout(damaged[i]);
    }
    free(path);
}

static void a_guests_lock_lives_as_long_as_who_inherits_it(void **state)
{
    int fd, again, ends[2], status;
    char c;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_false(xlgpu_guest_locked(UUID));
    assert_int_equal(xlgpu_guest_lock(UUID, 0, &fd), XLGPU_OK);
    assert_true(xlgpu_guest_locked(UUID));
    assert_int_equal(xlgpu_guest_lock(UUID, 0, &again), XLGPU_IN_USE);

    if (!fork()) {
        close(ends[1]);
        _exit(read(ends[0], &c, 1)); /* until the parent lets it end */
    }
    close(fd);
    assert_true(xlgpu_guest_locked(UUID));
    close(ends[1]);
    assert_true(wait(&status) > 0);
    assert_false(xlgpu_guest_locked(UUID));
}

static void only_a_lock_that_nobody_has_is_forgotten(void **state)
{
    char *path = xlgpu_asprintf("%s/held/" UUID, xlgpu_run_dir());
    int fd;

    (void)state;
    assert_int_equal(xlgpu_guest_lock(UUID, 0, &fd), XLGPU_OK);
    xlgpu_guest_lock_forget(UUID);
    assert_int_equal(access(path, F_OK), 0);
    close(fd);
    xlgpu_guest_lock_forget(UUID);
    assert_int_not_equal(access(path, F_OK), 0);
    free(path);
}

static char *promise_path(const char *uuid)
{
    return xlgpu_asprintf("%s/promised/%s.json", xlgpu_state_dir(), uuid);
}

static void a_promise_is_kept_until_it_is_removed(void **state)
{
    const struct xlgpu_promise p = { .uuid = UUID, .gpu = one, .index = 2,
                                     .bdf = two, .count = 4 };
    struct xlgpu_record r = { .gpu = one, .index = 2, .uuid = UUID };
    char *path = promise_path(UUID);
    struct xlgpu_promise again, *list;
    struct stat st;
    size_t n;

    (void)state;
    assert_false(xlgpu_promise_names(&r));
    assert_int_equal(xlgpu_promise_write(&p), XLGPU_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(xlgpu_promise_read(UUID, &again), XLGPU_OK);
    assert_string_equal(again.uuid, UUID);
    assert_true(xlgpu_bdf_equal(again.gpu, one));
    assert_true(xlgpu_bdf_equal(again.bdf, two));
    assert_int_equal(again.index, 2);
    assert_int_equal(again.count, 4);

    assert_true(xlgpu_promise_names(&r));
    r.index = 1;
    assert_false(xlgpu_promise_names(&r));
    r.index = 2, r.gpu = two;
    assert_false(xlgpu_promise_names(&r));

    assert_int_equal(xlgpu_promise_list(&list, &n), XLGPU_OK);
    assert_int_equal(n, 1);
    assert_string_equal(list[0].uuid, UUID);
    free(list);
    assert_int_equal(xlgpu_promise_remove(UUID), XLGPU_OK);
    assert_int_equal(xlgpu_promise_remove(UUID), XLGPU_OK);
    assert_int_equal(xlgpu_promise_read(UUID, &again), XLGPU_NOT_FOUND);
    assert_int_not_equal(xlgpu_promise_remove("../layout"), XLGPU_OK);
    free(path);
}

/* Of two processes one lists while the other one writes. */
static void what_is_just_being_written_is_left(void **state)
{
    const struct xlgpu_promise p = { .uuid = UUID, .count = 1 };
    char *file = promise_path(UUID), *half = xlgpu_asprintf("%s.a1B2c3", file);
    struct xlgpu_promise *list;
    size_t n;
    int fd;

    (void)state;
    assert_int_equal(xlgpu_promise_write(&p), XLGPU_OK);
    fd = open(half, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(xlgpu_promise_list(&list, &n), XLGPU_OK);
    free(list);
    assert_int_equal(n, 1);
    assert_int_equal(access(half, F_OK), 0);

    close(fd);
    assert_int_equal(xlgpu_promise_list(&list, &n), XLGPU_OK);
    free(list);
    assert_int_equal(access(file, F_OK), 0);
    assert_int_not_equal(access(half, F_OK), 0);
    assert_int_equal(xlgpu_promise_remove(UUID), XLGPU_OK);
    free(half);
    free(file);
}

static void a_damaged_promise_is_still_one(void **state)
{
    static const char *const damaged[] = {
        "", "{}", "[]", "{\"version\":2}",
        "{\"version\":1,\"gpu\":\"01:00.0\",\"index\":4,\"bdf\":\"01:10.0\","
        "\"partition_count\":4}",
        "{\"version\":1,\"gpu\":\"01:00.0\",\"index\":-1,\"bdf\":\"01:10.0\","
        "\"partition_count\":4}",
        "{\"version\":1,\"gpu\":\"gpu\",\"index\":0,\"bdf\":\"01:10.0\","
        "\"partition_count\":4}",
        "{\"version\":1,\"gpu\":\"01:00.0\",\"index\":0,\"partition_count\":4}",
    };
    const struct xlgpu_promise good = { .uuid = UUID, .count = 1 };
    const struct xlgpu_record r = { .gpu = one, .uuid = UUID };
    char *path = promise_path(UUID);
    struct xlgpu_promise p, *list;
    size_t i, n;

    (void)state;
    assert_int_equal(xlgpu_promise_write(&good), XLGPU_OK);
    for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        assert_int_equal(xlgpu_disk_replace(path, damaged[i],
                                            strlen(damaged[i])),
                         XLGPU_OK);
        if (xlgpu_promise_read(UUID, &p) != XLGPU_FAILED)
            fail_msg("\"%s\" was taken for a promise", damaged[i]);
        assert_true(xlgpu_promise_names(&r));
        assert_int_equal(xlgpu_promise_list(&list, &n), XLGPU_FAILED);
        assert_int_equal(n, 0);
        free(list);
    }
    assert_int_equal(xlgpu_promise_remove(UUID), XLGPU_OK);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promise_is_kept_until_it_is_removed),
        cmocka_unit_test(what_is_just_being_written_is_left),
        cmocka_unit_test(a_damaged_promise_is_still_one),
        cmocka_unit_test_setup(the_desired_layout_is_kept_per_gpu, empty),
        cmocka_unit_test_setup(what_a_partition_gets_is_kept_with_the_device,
                               empty),
        cmocka_unit_test_setup(a_damaged_layout_is_refused_and_left, empty),
        cmocka_unit_test(a_guests_lock_lives_as_long_as_who_inherits_it),
        cmocka_unit_test(only_a_lock_that_nobody_has_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
