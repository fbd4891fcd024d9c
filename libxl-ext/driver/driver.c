/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inventory/sysfs.h"
#include "status.h"

#define VENDOR_NVIDIA 0x10de

/* ---- Any driver with .sriov_configure ---- */

static int generic_check(const struct xlgpu_gpu *gpu,
                         const struct xlgpu_want *want)
{
    if (xlgpu_resources_empty(&want->each)) return XLGPU_OK;
    return xlgpu_pf_refuse(gpu, "what a partition gets",
                           "give GPU and COUNT alone");
}

static const struct xlgpu_driver generic = {
    .name = "generic",
    .check = generic_check,
    .enable = xlgpu_sriov_enable,
};

/* ---- The table ---- */

static const struct xlgpu_driver *const drivers[] = {
    &xlgpu_driver_xe, &xlgpu_driver_i915, &xlgpu_driver_gim,
};

const struct xlgpu_driver *xlgpu_driver_of(const struct xlgpu_gpu *gpu)
{
    size_t i;

    /* Whatever driver it has: only the vendor's software serves its VFs. */
    if (gpu->vendor == VENDOR_NVIDIA) return &xlgpu_driver_nvidia;
    for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (!strcmp(drivers[i]->name, gpu->driver)) return drivers[i];
    return &generic;
}

/* ---- One way for all ---- */

int xlgpu_pf_check(const struct xlgpu_gpu *gpu, const struct xlgpu_want *want)
{
    return xlgpu_driver_of(gpu)->check(gpu, want);
}

static int autoprobe(const struct xlgpu_gpu *gpu, bool on)
{
    int r = xlgpu_sysfs_write(gpu->bdf, "sriov_drivers_autoprobe",
                              on ? "1" : "0");

    return r ? xlgpu_pf_failed(gpu, "sriov_drivers_autoprobe", r) : XLGPU_OK;
}

static int remove_all(const struct xlgpu_gpu *gpu, unsigned int count)
{
    const struct xlgpu_driver *driver = xlgpu_driver_of(gpu);
    int rc = driver->enable(gpu, 0);

    if (!rc && driver->unprovision) driver->unprovision(gpu, count);
    return rc;
}

static int make(const struct xlgpu_gpu *gpu, const struct xlgpu_want *want)
{
    const struct xlgpu_driver *driver = xlgpu_driver_of(gpu);
    int rc;

    /* Otherwise dom0's own VF driver takes the new partitions. */
    rc = autoprobe(gpu, false);
    if (rc) return rc;
    rc = driver->provision ? driver->provision(gpu, want) : XLGPU_OK;
    if (rc) goto undo;
    rc = driver->enable(gpu, want->count);
    if (!rc || rc == XLGPU_HANGS) return rc;
    /* Some may be there. */
    driver->enable(gpu, 0);
undo:
    if (driver->unprovision) driver->unprovision(gpu, want->count);
    return rc;
}

/* The kernel goes from one count to another only through 0. */
static int change(const struct xlgpu_gpu *gpu, const struct xlgpu_want *want,
                  const struct xlgpu_want *before)
{
    int rc = before->count ? remove_all(gpu, before->count) : XLGPU_OK;

    if (rc) return rc;
    return want->count ? make(gpu, want) : autoprobe(gpu, true);
}

static void restore(const struct xlgpu_gpu *gpu,
                    const struct xlgpu_want *before)
{
    char pf[XLGPU_BDF_LEN];
    long now = -1;
    int rc;

    xlgpu_sysfs_read_long(gpu->bdf, "sriov_numvfs", &now);
    if (!before->count)
        rc = now ? XLGPU_FAILED : autoprobe(gpu, true);
    else
        rc = now == before->count ? XLGPU_OK : make(gpu, before);
    if (rc)
        xlgpu_warn(xlgpu_bdf_format(gpu->bdf, pf), "partition it anew",
                   "its %u partitions could not be restored", before->count);
}

int xlgpu_pf_set(const struct xlgpu_gpu *gpu, const struct xlgpu_want *want,
                 const struct xlgpu_want *before)
{
    int rc = change(gpu, want, before);

    if (rc && rc != XLGPU_HANGS) restore(gpu, before);
    return rc;
}

int xlgpu_pf_let_go(const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_driver *driver = xlgpu_driver_of(gpu);

    return driver->let_go ? driver->let_go(gpu) : XLGPU_OK;
}

int xlgpu_pf_clean(const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_driver *driver = xlgpu_driver_of(gpu);

    if (driver->unprovision) driver->unprovision(gpu, gpu->max);
    return autoprobe(gpu, true);
}

uint64_t xlgpu_partition_memory(const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_driver *driver = xlgpu_driver_of(gpu);

    if (!gpu->count) return 0;
    return driver->memory ? driver->memory(gpu) : gpu->memory / gpu->count;
}

/* ---- For the back ends ---- */

struct xlgpu_resources xlgpu_want_each(const struct xlgpu_gpu *gpu,
                                       const struct xlgpu_want *want,
                                       bool ecc)
{
    const struct xlgpu_profile *profile = xlgpu_gpu_profile(gpu, want->count);
    const struct xlgpu_resources *asked = &want->each;
    struct xlgpu_resources each = { 0 };

    if (profile) each = profile->each;
    if (profile && ecc && profile->memory_ecc)
        each.memory = profile->memory_ecc;
    if (asked->memory) each.memory = asked->memory;
    if (asked->exec_quantum_ms) each.exec_quantum_ms = asked->exec_quantum_ms;
    if (asked->preempt_timeout_us)
        each.preempt_timeout_us = asked->preempt_timeout_us;
    return each;
}

bool xlgpu_want_has_quotas(const struct xlgpu_gpu *gpu,
                           const struct xlgpu_want *want)
{
    const struct xlgpu_profile *profile = xlgpu_gpu_profile(gpu, want->count);

    return profile && profile->each.ggtt && profile->each.contexts &&
           profile->each.doorbells;
}

bool xlgpu_want_has_ecc(const struct xlgpu_gpu *gpu,
                        const struct xlgpu_want *want)
{
    const struct xlgpu_profile *profile = xlgpu_gpu_profile(gpu, want->count);

    return profile && profile->memory_ecc &&
           profile->memory_ecc != profile->each.memory && !want->each.memory;
}

int xlgpu_pf_write(const struct xlgpu_gpu *gpu, const char *attr,
                   uint64_t value, uint64_t granule)
{
    char text[32];
    uint64_t now;
    int r;

    snprintf(text, sizeof(text), "%" PRIu64, value);
    r = xlgpu_sysfs_write(gpu->bdf, attr, text);
    if (!r) r = xlgpu_sysfs_read(gpu->bdf, attr, text, sizeof(text));
    if (r) return r;

    now = strtoull(text, NULL, 0);
    return now >= value && now - value < (granule ? granule : 1) ? 0 : ERANGE;
}

int xlgpu_pf_refuse(const struct xlgpu_gpu *gpu, const char *what,
                    const char *remedy)
{
    char pf[XLGPU_BDF_LEN];

    return xlgpu_fail(XLGPU_UNABLE, xlgpu_bdf_format(gpu->bdf, pf), remedy,
                      "its driver %s can't set %s", gpu->driver, what);
}

int xlgpu_pf_failed(const struct xlgpu_gpu *gpu, const char *attr, int err)
{
    char pf[XLGPU_BDF_LEN];

    xlgpu_bdf_format(gpu->bdf, pf);
    if (err == ERANGE)
        return xlgpu_fail(XLGPU_FAILED, pf, "ask for another value",
                          "%s: the driver took another value", attr);
    return xlgpu_fail(XLGPU_FAILED, pf, "see the kernel's log", "%s: %s", attr,
                      strerror(err));
}
