/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which partition a guest gets. Pure. */
#ifndef XLGPU_PLACE_H
#define XLGPU_PLACE_H

#include "inventory/gpu.h"
#include "policy/holder.h"
#include "policy/spec.h"
#include "status.h"

/* A partitioned GPU, as placement sees it. */
struct xlgpu_room {
    struct xlgpu_bdf gpu;
    char model[XLGPU_MODEL_NAME_MAX];
    char group[XLGPU_GROUP_NAME_MAX];  /* "": none */
    uint64_t memory;                   /* bytes of one partition; 0: unknown */
    long numa_node;                    /* -1: not known */
    bool taken;                        /* being changed, or held whole */
    enum xlgpu_partition_state *state; /* of each partition; owned */
    unsigned int count;
};

struct xlgpu_rooms {
    struct xlgpu_room *room;
    size_t n;
};

void xlgpu_rooms_dispose(struct xlgpu_rooms *rooms);

/* Over several GPUs, in xapi's words: fill one after the other, or spread. */
enum xlgpu_placement { XLGPU_DEPTH_FIRST, XLGPU_BREADTH_FIRST };

struct xlgpu_wish {
    const struct xlgpu_spec *spec;
    enum xlgpu_placement placement;
    long numa_node;            /* of the guest's vCPUs; -1: not known */
    bool one_index;            /* of the spec's GPU, only this one: */
    unsigned int index;
    /* Partitions that were tried and can't be used. */
    const struct xlgpu_tried {
        struct xlgpu_bdf gpu;
        unsigned int index;
    } *tried;
    size_t n_tried;
};

struct xlgpu_place {
    struct xlgpu_bdf gpu;
    unsigned int index;
    const char *why, *remedy; /* when there is no room */
};

/*
 * Chooses a free partition that the wish allows: on a GPU of the guest's
 * NUMA node before others; then by the placement policy; then the first by
 * BDF. Returns XLGPU_OK, or XLGPU_NO_ROOM with why and remedy set.
 */
enum xlgpu_status xlgpu_place(const struct xlgpu_rooms *rooms,
                              const struct xlgpu_wish *wish,
                              struct xlgpu_place *place);

/*
 * Whether a GPU can have that many partitions: XLGPU_OK, or XLGPU_UNABLE
 * with *why_r and *remedy_r, which the caller frees.
 */
enum xlgpu_status xlgpu_count_check(const struct xlgpu_gpu *gpu,
                                    unsigned int count, char **why_r,
                                    char **remedy_r);

#endif
