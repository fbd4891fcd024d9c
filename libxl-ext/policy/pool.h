/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the hosts of a pool have GPUs that are alike: rule 5. Pure. */
#ifndef XLGPU_POLICY_POOL_H
#define XLGPU_POLICY_POOL_H

#include "policy/check.h"
#include "pool/facts.h"
#include "status.h"

enum xlgpu_pool_verdict {
    XLGPU_POOL_ALIKE,
    XLGPU_POOL_WARNING,   /* nearly alike: versions, something not known */
    XLGPU_POOL_NO_ANSWER,
    XLGPU_POOL_ERROR,     /* a guest may find something else there */
};

const char *xlgpu_pool_verdict_string(enum xlgpu_pool_verdict verdict);

struct xlgpu_pool_host {
    const char *name;
    const struct xlgpu_pool_facts *facts; /* NULL: it did not answer */
    enum xlgpu_status status;             /* … with that, */
    const char *why, *remedy;             /* … for that reason */

    /* Found: */
    enum xlgpu_pool_verdict verdict;
    struct xlgpu_checks checks; /* of each GPU; owned */
};

/*
 * Compares all GPUs with the one that most are like, among equals the first:
 * what differs is said of the few. count: their partition counts too.
 * Returns the worst verdict. Dispose of the checks.
 */
enum xlgpu_pool_verdict xlgpu_pool_judge(struct xlgpu_pool_host *host,
                                         size_t n, bool count);

/* What a command ends with after that: XLGPU_OK, POOL_MISMATCH, or what the
 * first host that did not answer has. */
enum xlgpu_status xlgpu_pool_status(const struct xlgpu_pool_host *host,
                                    size_t n);

/* The room of a host, by model and partition memory. */
struct xlgpu_pool_room {
    const char *model;
    uint64_t memory; /* of each partition, bytes; 0: not known */
    unsigned int gpus, count, free, held, reserved;
};

/* The caller frees it; the models are those of facts. */
struct xlgpu_pool_room *xlgpu_pool_rooms(const struct xlgpu_pool_facts *facts,
                                         size_t *n_r);

#endif
