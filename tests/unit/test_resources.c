/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "inventory/resources.h"

static void a_request_sets_what_it_names(void **state)
{
    struct xlgpu_resources r = { 0 };

    (void)state;
    assert_true(xlgpu_resources_empty(&r));
    assert_null(xlgpu_resources_request(&r, "memory=4096"));
    assert_null(xlgpu_resources_request(&r, "exec_quantum_ms=16"));
    assert_null(xlgpu_resources_request(&r, "preempt_timeout_us=1"));
    assert_int_equal(r.memory, 4096ull << 20);
    assert_int_equal(r.exec_quantum_ms, 16);
    assert_int_equal(r.preempt_timeout_us, 1);
    assert_false(xlgpu_resources_empty(&r));
}

static void what_is_no_request_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "=", "memory", "memory=", "memory=0", "memory=-1", "memory=4k",
        "memory= 4", "memory=99999999999999999999", "memory=4294967296",
        "Memory=4", "ggtt=4", "exec_quantum_ms=x", "memory=4 ",
    };
    struct xlgpu_resources r = { 0 };
    size_t i;
    char *why;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = xlgpu_resources_request(&r, bad[i]);
        if (!why || !xlgpu_resources_empty(&r))
            fail_msg("\"%s\" was taken", bad[i]);
        free(why);
    }
}

static void a_profile_is_read_whole(void **state)
{
    struct xlgpu_profile p;

    (void)state;
    assert_null(xlgpu_profile_parse(
        "16,memory=1048576000, memory_ecc=887095296,ggtt=251658240,"
        "contexts=1024,doorbells=15,exec_quantum_ms=2,"
        "preempt_timeout_us=16000", &p));
    assert_int_equal(p.count, 16);
    assert_int_equal(p.each.memory, 1048576000);
    assert_int_equal(p.memory_ecc, 887095296);
    assert_int_equal(p.each.ggtt, 251658240);
    assert_int_equal(p.each.contexts, 1024);
    assert_int_equal(p.each.doorbells, 15);
    assert_int_equal(p.each.exec_quantum_ms, 2);
    assert_int_equal(p.each.preempt_timeout_us, 16000);
    assert_null(xlgpu_profile_parse("3", &p));
    assert_int_equal(p.count, 3);
}

static void what_is_no_profile_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "0", "x", "65536", "4,", "4,memory", "4,memory=", "4,memory=-1",
        "4,speed=3", "4,contexts=4294967296", "memory=4", "4;memory=4",
    };
    struct xlgpu_profile p;
    size_t i;
    char *why;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = xlgpu_profile_parse(bad[i], &p);
        if (!why) fail_msg("\"%s\" was taken", bad[i]);
        free(why);
    }
}

UNIT_TESTS(a_request_sets_what_it_names, what_is_no_request_is_refused,
           a_profile_is_read_whole, what_is_no_profile_is_refused)
