/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The desired layout, on disk: /var/lib/xl-gpu/layout.json, mode 0600,
 *   {"version":1,"gpus":[{"bdf":"0000:01:00.0","device":"8086:56c0",
 *                         "partition_count":4,"exec_quantum_ms":16}]}
 * with what the partitions get where it was asked for: memory in bytes,
 * exec_quantum_ms, preempt_timeout_us. A GPU that is to be whole has no
 * entry. Another device in its place is not the GPU that was meant.
 */
#ifndef XLGPU_DESIRED_H
#define XLGPU_DESIRED_H

#include <stddef.h>

#include "inventory/gpu.h"
#include "inventory/resources.h"

struct xlgpu_desired {
    struct xlgpu_bdf gpu;
    uint16_t vendor, device; /* 0: not recorded */
    unsigned int count;
    struct xlgpu_resources each;
};

struct xlgpu_layout {
    struct xlgpu_desired *gpu; /* owned */
    size_t n;
};

/* An absent file is an empty layout. Says what failed. */
int xlgpu_desired_read(struct xlgpu_layout *layout);
/* The same from a text with a NUL behind it; false if it is no layout. */
bool xlgpu_desired_parse(const char *text, struct xlgpu_layout *layout);
void xlgpu_layout_dispose(struct xlgpu_layout *layout);

/* NULL: it is to be whole. */
const struct xlgpu_desired *xlgpu_desired_find(
    const struct xlgpu_layout *layout, struct xlgpu_bdf gpu);

/* Stores one GPU's, count 0 for whole; the other entries stay. */
int xlgpu_desired_set(const struct xlgpu_desired *desired);

/* Removes what was left of a replacement that was cut off. */
void xlgpu_desired_sweep(void);

#endif
