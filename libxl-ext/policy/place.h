/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partition a guest gets. Pure. */
#ifndef XLGPU_PLACE_H
#define XLGPU_PLACE_H

#include "inventory/gpu.h"
#include "policy/spec.h"
#include "status.h"

/* Whether a partition may be handed out; arg is the caller's. */
typedef bool xlgpu_is_free_fn(const struct xlgpu_gpu *gpu, unsigned int index,
                              void *arg);

struct xlgpu_placement {
    const struct xlgpu_gpu *gpu;
    unsigned int index;
    const char *why, *remedy; /* when there is no room */
};

/*
 * The first free partition that the spec allows, in the order of BDFs.
 * Returns XLGPU_OK, or XLGPU_NO_ROOM with why and remedy set.
 */
enum xlgpu_status xlgpu_place(const struct xlgpu_inventory *inv,
                              const struct xlgpu_spec *spec,
                              xlgpu_is_free_fn *is_free, void *arg,
                              struct xlgpu_placement *placement);

/*
 * Whether a GPU can have that many partitions: XLGPU_OK, or XLGPU_UNABLE
 * with *why_r and *remedy_r, which the caller frees.
 */
enum xlgpu_status xlgpu_count_check(const struct xlgpu_gpu *gpu,
                                    unsigned int count, char **why_r,
                                    char **remedy_r);

#endif
