/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What xl gpu-precheck finds out of this host: it changes nothing, and what
 * can't be found out is a fact too. */
#ifndef XLGPU_DOMAIN_PRECHECK_H
#define XLGPU_DOMAIN_PRECHECK_H

#include "policy/precheck.h"
#include "xenstore/desired.h"

struct xlgpu_precheck_host {
    struct xlgpu_inventory inventory;
    struct xlgpu_layout layout;
    struct xlgpu_precheck_facts facts; /* of the above */
};

void xlgpu_precheck_gather(struct xlgpu_precheck_host *host, bool verbose);
/* One GPU, which must outlive it. */
void xlgpu_precheck_gpu_read(const struct xlgpu_gpu *gpu,
                             const struct xlgpu_layout *layout,
                             struct xlgpu_precheck_gpu *g);
void xlgpu_precheck_dispose(struct xlgpu_precheck_host *host);

#endif
