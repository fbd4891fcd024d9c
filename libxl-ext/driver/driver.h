/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PF driver back ends: how each kernel driver is told how many partitions
 * its GPU has, and what each of them gets.
 */
#ifndef XLGPU_DRIVER_H
#define XLGPU_DRIVER_H

#include "inventory/gpu.h"

/* What a GPU is to have. */
struct xlgpu_want {
    unsigned int count;             /* 0: no partitions */
    struct xlgpu_resources each;    /* as asked for; the rest is the model's
                                     * profile's, or the driver's choice */
};

/*
 * Functions return an enum xlgpu_status and say what failed. Those that are
 * NULL have nothing to do.
 */
struct xlgpu_driver {
    const char *name;
    /* The vendor's software without which no guest can use a partition;
     * NULL: plain PCI passthrough is enough. */
    const char *mediator;
    /* The count is the kernel module's, for all its GPUs at once. */
    bool of_module;
    /* Whether it can do that, with nothing changed. */
    int (*check)(const struct xlgpu_gpu *gpu, const struct xlgpu_want *want);
    /* Gives the partitions that will be enabled their resources. */
    int (*provision)(const struct xlgpu_gpu *gpu,
                     const struct xlgpu_want *want);
    /* Enables them; 0 disables all. */
    int (*enable)(const struct xlgpu_gpu *gpu, unsigned int count);
    /* Takes the resources back after that. Silent. */
    void (*unprovision)(const struct xlgpu_gpu *gpu, unsigned int count);
    /* Makes the driver ready to lose the GPU as a whole. */
    int (*let_go)(const struct xlgpu_gpu *gpu);
    /* Bytes of one partition now; 0: the driver does not say. */
    uint64_t (*memory)(const struct xlgpu_gpu *gpu);
};

/* The back end for the driver that is bound now; "generic" if any. */
const struct xlgpu_driver *xlgpu_driver_of(const struct xlgpu_gpu *gpu);

/* Whether the back end can do that; says why not. */
int xlgpu_pf_check(const struct xlgpu_gpu *gpu, const struct xlgpu_want *want);

/* Instead of an enum xlgpu_status: the driver hangs, what the GPU has is not
 * known, and to ask again might hang too. It was said. */
#define XLGPU_HANGS (-1)

/*
 * Makes the GPU have what is wanted, and reads it back. Its partitions may
 * be bound to no driver. On failure says why, and gives it back, with new
 * partitions, what it had before; but for XLGPU_HANGS.
 */
int xlgpu_pf_set(const struct xlgpu_gpu *gpu, const struct xlgpu_want *want,
                 const struct xlgpu_want *before);

/* Before the GPU as a whole is taken from its driver. */
int xlgpu_pf_let_go(const struct xlgpu_gpu *gpu);

/* What a change that was cut off may have left on a GPU without partitions. */
int xlgpu_pf_clean(const struct xlgpu_gpu *gpu);

/* Bytes of one partition: by the driver, or where it never says an equal
 * part of what the model has; 0: not known. */
uint64_t xlgpu_partition_memory(const struct xlgpu_gpu *gpu);

/* Whether its i915 is one with SR-IOV, which is out of tree. */
bool xlgpu_i915_has_sriov(const struct xlgpu_gpu *gpu);

/* ---- For the back ends ---- */

extern const struct xlgpu_driver xlgpu_driver_xe, xlgpu_driver_i915,
    xlgpu_driver_gim, xlgpu_driver_nvidia;

/* Enables by sriov_numvfs and sees that they are there. */
int xlgpu_sriov_enable(const struct xlgpu_gpu *gpu, unsigned int count);

/*
 * What each partition is to get: what was asked for, then the model's
 * profile. With ecc, a profile's memory is that with ECC on.
 */
struct xlgpu_resources xlgpu_want_each(const struct xlgpu_gpu *gpu,
                                       const struct xlgpu_want *want,
                                       bool ecc);

/* Whether the model says all that a driver wants to be told which leaves
 * nothing to itself. */
bool xlgpu_want_has_quotas(const struct xlgpu_gpu *gpu,
                           const struct xlgpu_want *want);

/* Whether the model's memory may be tried once more, for ECC. */
bool xlgpu_want_has_ecc(const struct xlgpu_gpu *gpu,
                        const struct xlgpu_want *want);

/*
 * Writes a number and reads it back: the driver may round up by less than
 * granule. 0 or errno, ERANGE where the driver took another value.
 */
int xlgpu_pf_write(const struct xlgpu_gpu *gpu, const char *attr,
                   uint64_t value, uint64_t granule);

/* Refuses a request, or reports that it failed. */
int xlgpu_pf_refuse(const struct xlgpu_gpu *gpu, const char *what,
                    const char *remedy);
int xlgpu_pf_failed(const struct xlgpu_gpu *gpu, const char *attr, int err);

#endif
