/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPUs of this host and their partitions, as the hardware has them now.
 * Who holds a partition is in the records (xenstore/records.h). */
#ifndef XLGPU_GPU_H
#define XLGPU_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bdf.h"
#include "model.h"

#define XLGPU_DRIVER_NAME_MAX 32

struct xlgpu_partition {
    struct xlgpu_bdf bdf;
    char driver[XLGPU_DRIVER_NAME_MAX]; /* "": none */
};

enum xlgpu_gpu_state {
    XLGPU_GPU_UNPARTITIONED,
    XLGPU_GPU_PARTITIONED,
    XLGPU_GPU_PASSTHROUGH, /* given away whole, or about to be */
    XLGPU_GPU_UNAVAILABLE, /* no driver, or no SR-IOV */
};

struct xlgpu_gpu {
    struct xlgpu_bdf bdf;
    uint16_t vendor, device, subvendor, subdevice;
    char model[XLGPU_MODEL_NAME_MAX];   /* or "VENDOR:DEVICE" */
    char driver[XLGPU_DRIVER_NAME_MAX]; /* "": none */
    bool console;                       /* drives dom0's console */
    long numa_node;                     /* -1: not known */
    uint64_t memory;                    /* bytes; 0: not known */
    unsigned int max;                   /* what the PF driver allows */
    unsigned int *valid;                /* valid counts, ascending; owned */
    size_t n_valid;
    struct xlgpu_profile *profile;      /* of its model; owned */
    size_t n_profiles;
    struct xlgpu_resources pf;          /* what its PF keeps, by its model */
    struct xlgpu_partition *partition;  /* index 0 is virtfn0; owned */
    unsigned int count;
    bool unreadable;                    /* some partition is; the count is
                                         * of those before it */
};

struct xlgpu_inventory {
    struct xlgpu_gpu *gpu; /* in the order of their BDFs; owned */
    size_t n;
};

/* A GPU that can't be read is warned of, and is there as unreadable. */
void xlgpu_inventory_read(struct xlgpu_inventory *inv);
void xlgpu_inventory_dispose(struct xlgpu_inventory *inv);

/*
 * Reads the one device at bdf in the same way, whatever else is on the bus.
 * Afterwards inv->n is 1, or 0 when there is no GPU.
 */
void xlgpu_inventory_read_one(struct xlgpu_inventory *inv,
                              struct xlgpu_bdf bdf);

/* Whether it is a VF of a GPU, and of which. */
bool xlgpu_inventory_has_vf(struct xlgpu_bdf bdf, struct xlgpu_bdf *gpu_r);

/* Reads the partitions anew, as after a change of their count. */
int xlgpu_gpu_read_partitions(struct xlgpu_gpu *gpu);

struct xlgpu_gpu *xlgpu_inventory_find(const struct xlgpu_inventory *inv,
                                       struct xlgpu_bdf bdf);
/* The GPU whose partition bdf is, and its index; NULL if it is none. */
struct xlgpu_gpu *xlgpu_inventory_find_partition(
    const struct xlgpu_inventory *inv, struct xlgpu_bdf bdf,
    unsigned int *index_r);

enum xlgpu_gpu_state xlgpu_gpu_state(const struct xlgpu_gpu *gpu);
const char *xlgpu_gpu_state_string(enum xlgpu_gpu_state state);

/* The model's profile for that count; NULL if it has none. */
const struct xlgpu_profile *xlgpu_gpu_profile(const struct xlgpu_gpu *gpu,
                                              unsigned int count);

#endif
