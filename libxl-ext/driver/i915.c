/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel i915 with SR-IOV, out of tree: intel-gpu-i915-backports and
 * i915-sriov-dkms, drivers/gpu/drm/i915/gt/iov. Its tree is prelim_iov/ of
 * the card; partitions are numbered from 1 there. All of them are
 * provisioned by the driver, or all by us: partly is an error. EPERM for
 * disabling means that some are bound to pciback.
 */
#include "driver.h"

#include <stdio.h>
#include <string.h>

#include "inventory/sysfs.h"
#include "status.h"

#define ATTR_MAX 128
#define LMEM_GRANULE (2ull << 20)
#define GGTT_GRANULE (1ull << 20)

/* "drm/cardN/prelim_iov", or false. */
static bool find_root(const struct xlgpu_gpu *gpu, char root[64])
{
    char card[32];

    if (xlgpu_sysfs_find(gpu->bdf, "drm", "card", card, sizeof(card)))
        return false;
    snprintf(root, 64, "drm/%s/prelim_iov", card);
    return xlgpu_sysfs_exists(gpu->bdf, root);
}

bool xlgpu_i915_has_sriov(const struct xlgpu_gpu *gpu)
{
    char root[64];

    return find_root(gpu, root);
}

/* With several tiles the directories are gt0, gt1, …: what goes to which of
 * them is left to the driver. */
static bool has_one_tile(const struct xlgpu_gpu *gpu, const char *root)
{
    char attr[ATTR_MAX];

    snprintf(attr, sizeof(attr), "%s/pf/gt", root);
    return xlgpu_sysfs_exists(gpu->bdf, attr);
}

/* 0 or errno. */
static int set(const struct xlgpu_gpu *gpu, const char *root, const char *who,
               const char *what, uint64_t value, uint64_t granule)
{
    char attr[ATTR_MAX];

    snprintf(attr, sizeof(attr), "%s/%s/gt/%s", root, who, what);
    return xlgpu_pf_write(gpu, attr, value, granule);
}

static int set_slices(const struct xlgpu_gpu *gpu, const char *root,
                      const char *who, const struct xlgpu_resources *each)
{
    int r = 0;

    if (each->exec_quantum_ms)
        r = set(gpu, root, who, "exec_quantum_ms", each->exec_quantum_ms, 0);
    if (!r && each->preempt_timeout_us)
        r = set(gpu, root, who, "preempt_timeout_us",
                each->preempt_timeout_us, 0);
    return r;
}

static int set_quotas(const struct xlgpu_gpu *gpu, const char *root,
                      const char *vf, const struct xlgpu_resources *each)
{
    int r = 0;

    if (each->memory)
        r = set(gpu, root, vf, "lmem_quota", each->memory, LMEM_GRANULE);
    if (!r) r = set(gpu, root, vf, "ggtt_quota", each->ggtt, GGTT_GRANULE);
    if (!r) r = set(gpu, root, vf, "doorbells_quota", each->doorbells, 0);
    if (!r) r = set(gpu, root, vf, "contexts_quota", each->contexts, 0);
    return r;
}

static int provision_all(const struct xlgpu_gpu *gpu, const char *root,
                         const struct xlgpu_want *want, bool ecc)
{
    struct xlgpu_resources each = xlgpu_want_each(gpu, want, ecc);
    unsigned int n;
    char vf[16];
    int r = 0;

    for (n = 1; !r && n <= want->count; n++) {
        snprintf(vf, sizeof(vf), "vf%u", n);
        r = set_slices(gpu, root, vf, &each);
        if (!r) r = set_quotas(gpu, root, vf, &each);
    }
    return r;
}

static void unprovision_all(const struct xlgpu_gpu *gpu, const char *root,
                            unsigned int count)
{
    static const char *const attrs[] = {
        "lmem_quota", "ggtt_quota", "doorbells_quota", "contexts_quota",
        "exec_quantum_ms", "preempt_timeout_us",
    };
    char vf[16], attr[ATTR_MAX];
    unsigned int n;
    size_t i;

    for (n = 1; n <= count; n++)
        for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
            snprintf(vf, sizeof(vf), "vf%u", n);
            set(gpu, root, vf, attrs[i], 0, 0);
        }
    if (gpu->pf.exec_quantum_ms) set(gpu, root, "pf", "exec_quantum_ms", 0, 0);
    if (gpu->pf.preempt_timeout_us)
        set(gpu, root, "pf", "preempt_timeout_us", 0, 0);
    snprintf(attr, sizeof(attr), "%s/pf/auto_provisioning", root);
    xlgpu_sysfs_write(gpu->bdf, attr, "1");
}

static int i915_check(const struct xlgpu_gpu *gpu,
                      const struct xlgpu_want *want)
{
    char root[64];

    if (xlgpu_resources_empty(&want->each)) return XLGPU_OK;
    if (!find_root(gpu, root))
        return xlgpu_pf_refuse(gpu, "what a partition gets",
                               "it needs the SR-IOV build of i915, which has "
                               "prelim_iov");
    if (!has_one_tile(gpu, root))
        return xlgpu_pf_refuse(gpu, "what a partition of several tiles gets",
                               "give GPU and COUNT alone");
    if (!xlgpu_want_has_quotas(gpu, want))
        return xlgpu_pf_refuse(gpu, "some of what a partition gets",
                               "write the rest as a profile of that count, "
                               "see xl-gpu-models(5)");
    return XLGPU_OK;
}

static int i915_provision(const struct xlgpu_gpu *gpu,
                          const struct xlgpu_want *want)
{
    char root[64];
    int r;

    if (!find_root(gpu, root) || !has_one_tile(gpu, root) ||
        !xlgpu_want_has_quotas(gpu, want))
        return XLGPU_OK;

    r = set_slices(gpu, root, "pf", &gpu->pf);
    if (!r) r = provision_all(gpu, root, want, false);
    if (r && xlgpu_want_has_ecc(gpu, want)) {
        unprovision_all(gpu, root, want->count);
        r = provision_all(gpu, root, want, true);
    }
    return r ? xlgpu_pf_failed(gpu, "prelim_iov", r) : XLGPU_OK;
}

static void i915_unprovision(const struct xlgpu_gpu *gpu, unsigned int count)
{
    char root[64];

    if (find_root(gpu, root) && has_one_tile(gpu, root))
        unprovision_all(gpu, root, count);
}

static uint64_t i915_memory(const struct xlgpu_gpu *gpu)
{
    static const char *const gts[] = { "gt", "gt0", "gt1", "gt2", "gt3" };
    char root[64], attr[ATTR_MAX];
    uint64_t memory = 0;
    long bytes;
    size_t i;

    if (!find_root(gpu, root)) return 0;
    for (i = 0; i < sizeof(gts) / sizeof(gts[0]); i++) {
        snprintf(attr, sizeof(attr), "%s/vf1/%s/lmem_quota", root, gts[i]);
        if (!xlgpu_sysfs_read_long(gpu->bdf, attr, &bytes)) memory += bytes;
    }
    return memory;
}

const struct xlgpu_driver xlgpu_driver_i915 = {
    .name = "i915",
    .check = i915_check,
    .provision = i915_provision,
    .enable = xlgpu_sriov_enable,
    .unprovision = i915_unprovision,
    .memory = i915_memory,
};
