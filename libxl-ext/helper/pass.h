/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over the guest's memory: threads look, the caller's thread sends.
 * Signals stay with the caller's thread, so that they reach its writes.
 *
 * Extents that had pages are looked at first. Once as many pages are found
 * there as the guest has, the others are left alone: to ask of each frame of
 * them whether it still has none takes longer than all the rest. While the
 * guest runs that may be wrong by chance; in the last pass it is exact.
 */
#ifndef XLGPU_PASS_H
#define XLGPU_PASS_H

#include "memory.h"

/* Called by the thread that runs the pass; an errno ends it. */
struct xlgpu_pass_ops {
    int (*send)(void *opaque, const struct xlgpu_batch *batch);
    /* So far; left is the frames that nobody has looked at. At least every
     * 200 ms. */
    int (*progress)(void *opaque, const struct xlgpu_counts *so_far,
                    uint64_t left);
};

struct xlgpu_pass;

/* Made once: its buffers are big. */
int xlgpu_pass_make(unsigned int threads, struct xlgpu_pass **pass_r);
void xlgpu_pass_free(struct xlgpu_pass *pass); /* NULL is fine */

/* An errno; counts_r also then has what was done. */
int xlgpu_pass_run(struct xlgpu_pass *pass, struct xlgpu_memory *memory,
                   const struct xlgpu_pass_ops *ops, void *opaque,
                   struct xlgpu_counts *counts_r);

#endif
