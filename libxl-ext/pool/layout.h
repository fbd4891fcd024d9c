/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What LAYOUT frames say. Pure. */
#ifndef XLGPU_POOL_LAYOUT_H
#define XLGPU_POOL_LAYOUT_H

#include "driver/driver.h"
#include "pool/facts.h"

enum xlgpu_pool_step { XLGPU_POOL_PLAN, XLGPU_POOL_SET, XLGPU_POOL_KEEP,
                       XLGPU_POOL_UNDO };

struct xlgpu_pool_order {
    enum xlgpu_pool_step step;
    /* Of a plan: */
    struct xlgpu_want want;
    bool dry_run;
};

/* The JSON, which the caller frees. */
char *xlgpu_pool_order_json(const struct xlgpu_pool_order *order);
/* Reads that, as pool/facts.h does. */
char *xlgpu_pool_order_parse(const char *text, struct xlgpu_pool_order *order);

/* The answer: each GPU of the host, in the same order at each step. */
struct xlgpu_pool_change {
    struct xlgpu_bdf bdf;
    unsigned int before, count;
    bool changed; /* or would be */
};

struct xlgpu_pool_changes {
    struct xlgpu_pool_change *gpu; /* owned */
    size_t n;
};

char *xlgpu_pool_changes_json(const struct xlgpu_pool_changes *changes);
char *xlgpu_pool_changes_parse(const char *text,
                               struct xlgpu_pool_changes *changes);
void xlgpu_pool_changes_dispose(struct xlgpu_pool_changes *changes);

#endif
