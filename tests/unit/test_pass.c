/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passes over a whole guest. */
#define _GNU_SOURCE
#include "unit.h"

#include "fake_vm.h"
#include "helper/pass.h"

static struct fake_vm f;
static struct xlgpu_memory m;
static struct xlgpu_pass *p;
static unsigned int sent[FAKE_MAX]; /* how often each frame was */

static int take(void *opaque, const struct xlgpu_batch *batch)
{
    unsigned int i;

    for (i = 0; i < batch->n; i++) sent[batch->entry[i] & 0xfffffffff]++;
    return opaque ? EPIPE : 0;
}

static int go_on(void *opaque, const struct xlgpu_counts *so_far,
                 uint64_t left)
{
    (void)opaque;
    (void)so_far;
    (void)left;
    return 0;
}

static const struct xlgpu_pass_ops ops = { take, go_on };

static void begin(unsigned int threads)
{
    memset(sent, 0, sizeof(sent));
    fake_make(&f);
    assert_int_equal(xlgpu_memory_init(&m, &f.vm, true), 0);
    assert_int_equal(xlgpu_pass_make(threads, &p), 0);
}

static void end(void)
{
    xlgpu_pass_free(p);
    xlgpu_memory_dispose(&m);
    fake_dispose(&f);
}

static unsigned int pass(bool last, void *fails)
{
    struct xlgpu_counts counts;

    f.asked = 0;
    m.last = last;
    assert_int_equal(xlgpu_memory_measure(&m), 0);
    assert_int_equal(xlgpu_pass_run(p, &m, &ops, fails, &counts),
                     fails ? EPIPE : 0);
    assert_int_equal(f.mapped, 0);
    return counts.sent;
}

static void every_page_is_sent_once_by_however_many_threads(void **state)
{
    unsigned int threads, i;

    (void)state;
    for (threads = 1; threads < 9; threads++) {
        begin(threads);
        assert_int_equal(pass(false, NULL), 20);
        for (i = 0; i < FAKE_MAX; i++) assert_int_equal(sent[i], !f.type[i]);
        assert_int_equal(pass(false, NULL), 0);
        end();
    }
}

static void in_the_pause_holes_are_left_alone_once_all_is_found(void **state)
{
    (void)state;
    begin(2);
    pass(false, NULL);
    assert_int_equal(f.asked, 2500);
    assert_int_equal(pass(true, NULL), 0);
    assert_int_equal(f.asked, 2 * XLGPU_EXTENT);
    end();
}

static void a_page_that_came_into_a_hole_is_found_in_the_pause(void **state)
{
    (void)state;
    begin(2);
    pass(false, NULL);
    f.type[2100] = 0;
    assert_int_equal(pass(true, NULL), 1);
    assert_int_equal(sent[2100], 1);
    /* One that went makes room for it: the count alone is the same. */
    f.type[3] = HOLE;
    f.type[2200] = 0;
    assert_int_equal(pass(true, NULL), 1);
    assert_int_equal(sent[2200], 1);
    end();
}

static void with_a_log_the_same_is_told_without_looking(void **state)
{
    static const unsigned long nothing[40];
    unsigned int maps;

    (void)state;
    begin(2);
    pass(false, NULL);
    maps = f.maps;
    m.changed = nothing;
    assert_int_equal(pass(true, NULL), 0);
    assert_int_equal(f.asked, 2 * XLGPU_EXTENT);
    assert_int_equal(f.maps, maps);
    f.type[3] = HOLE;
    f.type[2100] = 0;
    assert_int_equal(pass(true, NULL), 1);
    assert_int_equal(sent[2100], 1);
    end();
}

static void what_can_not_be_sent_ends_it(void **state)
{
    (void)state;
    begin(4);
    pass(false, &f);
    end();
}

UNIT_TESTS(every_page_is_sent_once_by_however_many_threads,
           in_the_pause_holes_are_left_alone_once_all_is_found,
           a_page_that_came_into_a_hole_is_found_in_the_pause,
           with_a_log_the_same_is_told_without_looking,
           what_can_not_be_sent_ends_it)
