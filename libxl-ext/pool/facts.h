/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host says of its GPUs to another one of its pool: the INVENTORY
 * frame. Those that can be partitioned, no others. Pure; pool/gather.h fills
 * it.
 */
#ifndef XLGPU_POOL_FACTS_H
#define XLGPU_POOL_FACTS_H

#include "inventory/gpu.h"
#include "policy/homogeneous.h"
#include "policy/precheck.h"

#define XLGPU_POOL_HOST_MAX 256
#define XLGPU_POOL_IDENTITY_MAX 128
#define XLGPU_POOL_GPUS_MAX 128
#define XLGPU_POOL_GUESTS_MAX 4096 /* of a GPU */
#define XLGPU_POOL_GUEST_MAX 1024  /* bytes of a name */

struct xlgpu_pool_gpu {
    struct xlgpu_bdf bdf;
    uint16_t vendor, device, subvendor, subdevice;
    char model[XLGPU_MODEL_NAME_MAX];
    uint64_t memory;           /* bytes; 0: not known */
    uint64_t partition_memory; /* of each partition; 0: not known */
    unsigned int count;        /* of partitions */
    unsigned int free, held, reserved; /* … of them */
    char driver[XLGPU_DRIVER_NAME_MAX];
    char driver_version[XLGPU_VERSION_MAX], firmware[XLGPU_VERSION_MAX];
    char **guest; /* who has any of it: names, UUIDs of those without; owned */
    size_t n_guests;
};

struct xlgpu_pool_facts {
    char *host;     /* what it calls itself; owned */
    char *identity; /* no other host has it; owned */
    struct xlgpu_pool_gpu *gpu; /* owned */
    size_t n;
};

struct xlgpu_traits xlgpu_pool_traits(const struct xlgpu_pool_gpu *gpu);

/* The JSON, which the caller frees; NULL if a name is none that JSON can
 * have. */
char *xlgpu_pool_facts_json(const struct xlgpu_pool_facts *facts);

/*
 * Reads that; text has a NUL behind it, and may be hostile. NULL, or what is
 * wrong with it, which the caller frees. Dispose in either case.
 */
char *xlgpu_pool_facts_parse(const char *text, struct xlgpu_pool_facts *facts);
void xlgpu_pool_facts_dispose(struct xlgpu_pool_facts *facts);

#endif
