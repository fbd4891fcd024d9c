/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Freeze: one pass, of a guest that is suspended, sends all. */
#include <stdlib.h>

#include "alloc.h"
#include "helper/tracker.h"

static int begin(struct xlgpu_tracker *t)
{
    (void)t;
    return 0;
}

static int pass(struct xlgpu_tracker *t, uint64_t pages, bool last)
{
    (void)t;
    (void)pages;
    (void)last;
    return 0;
}

static enum xlgpu_look look(struct xlgpu_tracker *t, uint64_t pfn)
{
    (void)t;
    (void)pfn;
    return XLGPU_LOOK_SEND;
}

static void forget(struct xlgpu_tracker *t, uint64_t pfn)
{
    (void)t;
    (void)pfn;
}

static void sent(struct xlgpu_tracker *t, uint64_t pfn, const void *copy)
{
    (void)copy;
    forget(t, pfn);
}

static void end(struct xlgpu_tracker *t)
{
    free(t);
}

struct xlgpu_tracker *xlgpu_tracker_none(void)
{
    struct xlgpu_tracker *t = xlgpu_zalloc(1, sizeof(*t));

    *t = (struct xlgpu_tracker){ "none", begin, pass, look, NULL, sent,
                                 forget, end };
    return t;
}
