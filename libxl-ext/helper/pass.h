/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pass over a guest's memory: what the tracker wants sent is sent. */
#ifndef XLGPU_PASS_H
#define XLGPU_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/memory.h"
#include "helper/stream.h"
#include "helper/tracker.h"

struct xlgpu_pass {
    struct xlgpu_memory *memory;
    struct xlgpu_tracker *tracker;
    struct xlgpu_stream *stream;
    unsigned int threads;
    bool last;          /* nothing changes any more: what fails, fails all */
    /* Which batches had RAM in the pass before, and have in this one; a byte
     * for each. Owned by the caller. */
    unsigned char *had_ram;
    uint64_t n_had_ram;
    volatile int *stop; /* ends it, with EINTR */
    /* Called by one thread, between its batches; false ends it. */
    bool (*tick)(void *arg, const struct xlgpu_pass *pass);
    void *arg;

    /* What it did; all threads' times added up. */
    uint64_t range;     /* pages there are at most */
    uint64_t allocated; /* that the guest has, by the hypervisor's count */
    uint64_t walked, populated, sent;
    int64_t types_us, map_us, hash_us, send_us, elapsed_us;
};

/*
 * 0 or the errno of what failed first. Where the guest's RAM was before, it is
 * looked for first. In the last pass, once as many pages are found there as
 * the guest has, the holes are left alone: to ask of each whether it still is
 * one takes longer than all the rest.
 */
int xlgpu_pass_run(struct xlgpu_pass *pass);

#endif
