/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one partition of a GPU is given. */
#ifndef XLGPU_RESOURCES_H
#define XLGPU_RESOURCES_H

#include <stdbool.h>
#include <stdint.h>

/* 0 leaves a value to the PF driver. */
struct xlgpu_resources {
    uint64_t memory;                 /* of the device, bytes */
    uint64_t ggtt;                   /* Intel: global GTT, bytes */
    unsigned long contexts;          /* Intel: GuC contexts */
    unsigned long doorbells;         /* Intel: GuC doorbells */
    unsigned long exec_quantum_ms;   /* a time slice */
    unsigned long preempt_timeout_us; /* to end one */
};

bool xlgpu_resources_empty(const struct xlgpu_resources *r);
bool xlgpu_resources_equal(const struct xlgpu_resources *a,
                           const struct xlgpu_resources *b);

/*
 * Sets what "key=value" says, as on xl gpu-partition's command line:
 * memory in MiB, exec_quantum_ms, preempt_timeout_us. Returns NULL, or what
 * is wrong with it as a string that the caller frees.
 */
char *xlgpu_resources_request(struct xlgpu_resources *r, const char *text);

/* How many partitions: a number that sriov_numvfs takes, above 0. */
bool xlgpu_count_parse(const char *text, unsigned int *count_r);

/* A model file's profile: "COUNT,key=value…", all keys, sizes in bytes. */
struct xlgpu_profile {
    unsigned int count;
    struct xlgpu_resources each; /* each of count partitions */
    uint64_t memory_ecc;         /* of each, where ECC is on; 0: the same */
};

/* NULL, or what is wrong; the caller frees it. */
char *xlgpu_profile_parse(const char *text, struct xlgpu_profile *profile);

#endif
