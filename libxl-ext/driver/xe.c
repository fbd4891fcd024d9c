/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel xe. What a partition gets is told by sriov_admin/, from Linux 6.19
 * on (Documentation/ABI/testing/sysfs-driver-intel-xe-sriov; vram_quota 7.0);
 * before that, by the PF's debugfs (drivers/gpu/drm/xe/
 * xe_gt_sriov_pf_debugfs.c). Both number the partitions from 1.
 *
 * In sriov_admin/ what is not set is provisioned by the driver, fairly, and
 * goes back when the partitions do. A quota by debugfs ends that: then all
 * of them have to be set, and taken back.
 */
#include "driver.h"

#include <stdio.h>
#include <string.h>

#include "inventory/sysfs.h"
#include "status.h"

#define ATTR_MAX 128
/* The driver clamps what is above. */
#define QUANTUM_MS_MAX 100000
#define TIMEOUT_US_MAX 100000000
/* A quota is rounded up to 2 MiB on each tile; there are at most four. */
#define VRAM_GRANULE (4ull * (2 << 20))
#define GTS_MAX 8

#define ADMIN "sriov_admin/"

/* ---- sriov_admin/ ---- */

static bool has_admin(const struct xlgpu_gpu *gpu, const char *what)
{
    char attr[ATTR_MAX];

    snprintf(attr, sizeof(attr), ADMIN "vf1/profile/%s", what);
    return xlgpu_sysfs_exists(gpu->bdf, attr);
}

/* One attribute of all that stand before the partitions, "pf" or "vfN". */
static int admin_write(const struct xlgpu_gpu *gpu, const char *who,
                       const char *what, uint64_t value, uint64_t granule)
{
    char attr[ATTR_MAX];
    int r;

    snprintf(attr, sizeof(attr), ADMIN "%s/profile/%s", who, what);
    r = xlgpu_pf_write(gpu, attr, value, granule);
    return r ? xlgpu_pf_failed(gpu, attr, r) : XLGPU_OK;
}

static int admin_provision_one(const struct xlgpu_gpu *gpu, unsigned int n,
                               const struct xlgpu_resources *each)
{
    char vf[16];
    int rc = XLGPU_OK;

    snprintf(vf, sizeof(vf), "vf%u", n);
    if (each->exec_quantum_ms)
        rc = admin_write(gpu, vf, "exec_quantum_ms", each->exec_quantum_ms,
                         0);
    if (!rc && each->preempt_timeout_us)
        rc = admin_write(gpu, vf, "preempt_timeout_us",
                         each->preempt_timeout_us, 0);
    return rc;
}

static int admin_provision_pf(const struct xlgpu_gpu *gpu)
{
    int rc = XLGPU_OK;

    if (gpu->pf.exec_quantum_ms)
        rc = admin_write(gpu, "pf", "exec_quantum_ms",
                         gpu->pf.exec_quantum_ms, 0);
    if (!rc && gpu->pf.preempt_timeout_us)
        rc = admin_write(gpu, "pf", "preempt_timeout_us",
                         gpu->pf.preempt_timeout_us, 0);
    return rc;
}

/* 0 or errno. */
static int admin_set_memory(const struct xlgpu_gpu *gpu, unsigned int count,
                            uint64_t memory)
{
    char attr[ATTR_MAX];
    unsigned int n;
    int r = 0;

    for (n = 1; !r && n <= count; n++) {
        snprintf(attr, sizeof(attr), ADMIN "vf%u/profile/vram_quota", n);
        r = xlgpu_pf_write(gpu, attr, memory, VRAM_GRANULE);
    }
    return r;
}

static int admin_provision(const struct xlgpu_gpu *gpu,
                           const struct xlgpu_want *want)
{
    struct xlgpu_resources each = xlgpu_want_each(gpu, want, false);
    unsigned int n;
    int rc, r = 0;

    if (each.memory && has_admin(gpu, "vram_quota")) {
        r = admin_set_memory(gpu, want->count, each.memory);
        if (r && xlgpu_want_has_ecc(gpu, want)) {
            admin_set_memory(gpu, want->count, 0);
            each = xlgpu_want_each(gpu, want, true);
            r = admin_set_memory(gpu, want->count, each.memory);
        }
        if (r) return xlgpu_pf_failed(gpu, "vram_quota", r);
    }
    rc = admin_provision_pf(gpu);
    for (n = 1; !rc && n <= want->count; n++)
        rc = admin_provision_one(gpu, n, &each);
    return rc;
}

static void admin_unprovision(const struct xlgpu_gpu *gpu, unsigned int count)
{
    static const char *const attrs[] = { "vram_quota", "exec_quantum_ms",
                                         "preempt_timeout_us" };
    char attr[ATTR_MAX];
    unsigned int n;
    size_t i;

    for (n = 1; n <= count; n++)
        for (i = 0; i < 3; i++) {
            snprintf(attr, sizeof(attr), ADMIN "vf%u/profile/%s", n,
                     attrs[i]);
            xlgpu_sysfs_write(gpu->bdf, attr, "0");
        }
    if (gpu->pf.exec_quantum_ms)
        xlgpu_sysfs_write(gpu->bdf, ADMIN "pf/profile/exec_quantum_ms", "0");
    if (gpu->pf.preempt_timeout_us)
        xlgpu_sysfs_write(gpu->bdf, ADMIN "pf/profile/preempt_timeout_us",
                          "0");
}

/* ---- debugfs ---- */

/* "/kernel/debug/dri/BDF/gtG/WHO/WHAT" */
static void debug_attr(char attr[ATTR_MAX], const struct xlgpu_gpu *gpu,
                       unsigned int gt, const char *who, const char *what)
{
    char bdf[XLGPU_BDF_LEN];

    snprintf(attr, ATTR_MAX, "/kernel/debug/dri/%s/gt%u/%s/%s",
             xlgpu_bdf_format(gpu->bdf, bdf), gt, who, what);
}

static bool has_debug(const struct xlgpu_gpu *gpu, unsigned int gt,
                      const char *what)
{
    char attr[ATTR_MAX];

    debug_attr(attr, gpu, gt, "vf1", what);
    return xlgpu_sysfs_exists(gpu->bdf, attr);
}

/* A GT that has no such attribute is left: quotas of memory are the first
 * one's alone. 0 or errno. */
static int debug_write(const struct xlgpu_gpu *gpu, const char *who,
                       const char *what, uint64_t value, uint64_t granule)
{
    char attr[ATTR_MAX];
    unsigned int gt;
    int r = 0;

    for (gt = 0; !r && gt < GTS_MAX; gt++) {
        debug_attr(attr, gpu, gt, who, what);
        if (xlgpu_sysfs_exists(gpu->bdf, attr))
            r = xlgpu_pf_write(gpu, attr, value, granule);
    }
    return r;
}

struct setting {
    const char *what;
    uint64_t value, granule;
};

/* In the order of Intel's XPU Manager. */
static int debug_provision_one(const struct xlgpu_gpu *gpu, const char *who,
                               const struct xlgpu_resources *each)
{
    const struct setting settings[] = {
        { "exec_quantum_ms", each->exec_quantum_ms, 0 },
        { "preempt_timeout_us", each->preempt_timeout_us, 0 },
        { "lmem_quota", each->memory, VRAM_GRANULE },
        { "ggtt_quota", each->ggtt, 1 << 20 },
        { "doorbells_quota", each->doorbells, 0 },
        { "contexts_quota", each->contexts, 0 },
    };
    size_t i;
    int r;

    for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        const struct setting *s = &settings[i];

        if (!s->value) continue;
        r = debug_write(gpu, who, s->what, s->value, s->granule);
        if (r) return r;
    }
    return 0;
}

/* Without all quotas the driver gives each a fair share of everything. */
static struct xlgpu_resources debug_each(const struct xlgpu_gpu *gpu,
                                         const struct xlgpu_want *want,
                                         bool ecc)
{
    struct xlgpu_resources each = xlgpu_want_each(gpu, want, ecc);

    if (xlgpu_want_has_quotas(gpu, want)) return each;
    return (struct xlgpu_resources){
        .exec_quantum_ms = each.exec_quantum_ms,
        .preempt_timeout_us = each.preempt_timeout_us,
    };
}

static int debug_provision_all(const struct xlgpu_gpu *gpu,
                               const struct xlgpu_want *want, bool ecc)
{
    struct xlgpu_resources each = debug_each(gpu, want, ecc);
    unsigned int n;
    char vf[16];
    int r = 0;

    for (n = 1; !r && n <= want->count; n++) {
        snprintf(vf, sizeof(vf), "vf%u", n);
        r = debug_provision_one(gpu, vf, &each);
    }
    return r;
}

static void debug_unprovision(const struct xlgpu_gpu *gpu, unsigned int count)
{
    static const char *const attrs[] = {
        "lmem_quota", "ggtt_quota", "doorbells_quota", "contexts_quota",
        "exec_quantum_ms", "preempt_timeout_us",
    };
    char vf[16], attr[ATTR_MAX], bdf[XLGPU_BDF_LEN];
    unsigned int n;
    size_t i;

    for (n = 1; n <= count; n++)
        for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
            snprintf(vf, sizeof(vf), "vf%u", n);
            debug_write(gpu, vf, attrs[i], 0, 0);
        }
    if (gpu->pf.exec_quantum_ms) debug_write(gpu, "pf", attrs[4], 0, 0);
    if (gpu->pf.preempt_timeout_us) debug_write(gpu, "pf", attrs[5], 0, 0);
    snprintf(attr, sizeof(attr),
             "/kernel/debug/dri/%s/sriov/restore_auto_provisioning",
             xlgpu_bdf_format(gpu->bdf, bdf));
    if (xlgpu_sysfs_exists(gpu->bdf, attr))
        xlgpu_sysfs_write(gpu->bdf, attr, "1");
}

static int debug_provision(const struct xlgpu_gpu *gpu,
                           const struct xlgpu_want *want)
{
    int r = debug_provision_one(gpu, "pf", &gpu->pf);

    if (!r) r = debug_provision_all(gpu, want, false);
    if (r && xlgpu_want_has_ecc(gpu, want)) {
        debug_unprovision(gpu, want->count);
        r = debug_provision_all(gpu, want, true);
    }
    return r ? xlgpu_pf_failed(gpu, "debugfs", r) : XLGPU_OK;
}

/* ---- The back end ---- */

static int xe_check(const struct xlgpu_gpu *gpu, const struct xlgpu_want *want)
{
    bool admin = has_admin(gpu, "exec_quantum_ms"),
         debug = has_debug(gpu, 0, "exec_quantum_ms");

    if (want->each.exec_quantum_ms > QUANTUM_MS_MAX)
        return xlgpu_pf_refuse(gpu, "exec_quantum_ms that high",
                               "it takes at most 100000");
    if (want->each.preempt_timeout_us > TIMEOUT_US_MAX)
        return xlgpu_pf_refuse(gpu, "preempt_timeout_us that high",
                               "it takes at most 100000000");
    if (xlgpu_resources_empty(&want->each)) return XLGPU_OK;
    if (!admin && !debug)
        return xlgpu_pf_refuse(gpu, "what a partition gets",
                               "it needs Linux 6.19, or debugfs mounted");
    if (!want->each.memory) return XLGPU_OK;
    if (admin)
        return has_admin(gpu, "vram_quota")
                   ? XLGPU_OK
                   : xlgpu_pf_refuse(gpu, "memory",
                                     "it needs a GPU with memory of its own, "
                                     "and Linux 7.0");
    if (!has_debug(gpu, 0, "lmem_quota"))
        return xlgpu_pf_refuse(gpu, "memory",
                               "the GPU has no memory of its own");
    if (!xlgpu_want_has_quotas(gpu, want))
        return xlgpu_pf_refuse(gpu, "memory alone before Linux 7.0",
                               "write the other quotas as a profile of that "
                               "count, see xl-gpu-models(5)");
    return XLGPU_OK;
}

static int xe_provision(const struct xlgpu_gpu *gpu,
                        const struct xlgpu_want *want)
{
    if (has_admin(gpu, "exec_quantum_ms")) return admin_provision(gpu, want);
    if (has_debug(gpu, 0, "exec_quantum_ms"))
        return debug_provision(gpu, want);
    return XLGPU_OK;
}

static void xe_unprovision(const struct xlgpu_gpu *gpu, unsigned int count)
{
    if (has_admin(gpu, "exec_quantum_ms"))
        admin_unprovision(gpu, count);
    else
        debug_unprovision(gpu, count);
}

static uint64_t xe_memory(const struct xlgpu_gpu *gpu)
{
    char attr[ATTR_MAX];
    long bytes = 0;

    if (!xlgpu_sysfs_read_long(gpu->bdf, ADMIN "vf1/profile/vram_quota",
                               &bytes))
        return bytes;
    debug_attr(attr, gpu, 0, "vf1", "lmem_quota");
    if (xlgpu_sysfs_read_long(gpu->bdf, attr, &bytes)) return 0;
    return bytes;
}

const struct xlgpu_driver xlgpu_driver_xe = {
    .name = "xe",
    .check = xe_check,
    .provision = xe_provision,
    .enable = xlgpu_sriov_enable,
    .unprovision = xe_unprovision,
    .memory = xe_memory,
};
