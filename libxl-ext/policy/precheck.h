/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-precheck: from what is known of a host to the checks that tell
 * whether it can give its GPUs to guests. Pure. */
#ifndef XLGPU_POLICY_PRECHECK_H
#define XLGPU_POLICY_PRECHECK_H

#include "inventory/gpu.h"
#include "policy/check.h"
#include "policy/console.h"
#include "policy/ladder.h"

#define XLGPU_VERSION_MAX 64

enum xlgpu_dom0_type { XLGPU_DOM0_NOT_KNOWN, XLGPU_DOM0_PV, XLGPU_DOM0_PVH };

struct xlgpu_precheck_gpu {
    const struct xlgpu_gpu *gpu;
    const char *backend;  /* of its PF driver */
    const char *mediator; /* what its partitions need; NULL: nothing */
    bool expected;        /* a model file or the desired layout names it */
    bool has_sriov;       /* the kernel sees its SR-IOV capability */
    bool no_interface;    /* its driver has none for partitions */
    bool can_reset;       /* it, and every partition that it has */
    char driver_version[XLGPU_VERSION_MAX], firmware[XLGPU_VERSION_MAX];
};

struct xlgpu_precheck_facts {
    bool xapi;    /* it owns the guests here, and libxl is not asked */
    bool xen;     /* libxl answers */
    bool control; /* … also what only dom0 may ask */
    int major, minor;
    enum xlgpu_dom0_type dom0;
    enum xlgpu_known hvm, iommu;
    struct xlgpu_console console;
    enum xlgpu_dma_log dma_log;
    bool pciback, records, layout, wrapper;
    char *absent; /* desired GPUs that are not there, BDFs; NULL: none */
    struct xlgpu_precheck_gpu *gpu;
    size_t n_gpus;
};

/* Free with xlgpu_checks_dispose(). */
struct xlgpu_checks xlgpu_precheck(const struct xlgpu_precheck_facts *f);

#endif
