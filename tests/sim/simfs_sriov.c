/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sriov_numvfs, as sriov_numvfs_store() in Linux' drivers/pci/iov.c has it,
 * and the VFs that come and go by it.
 */
#include "simfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int parse_u64(const char *text, uint64_t max, uint64_t *value_r)
{
    char *end;

    errno = 0;
    if (*text == '+') text++;
    if (*text < '0' || *text > '9') return EINVAL;
    *value_r = strtoull(text, &end, 0);
    return *end ? EINVAL : errno || *value_r > max ? ERANGE : 0;
}

int parse_bool(const char *text, bool *value_r)
{
    *value_r = *text && strchr("1yYtT", *text);
    return *text && strchr("01yYtTnNfF", *text) ? 0 : EINVAL;
}

static void add_vf(struct gpu *gpu, unsigned int vf)
{
    struct fn *f = &gpu->fn[vf];

    f->vendor = gpu->fn->vendor;
    f->device = gpu->vf_device;
    f->subvendor = gpu->fn->subvendor;
    f->subdevice = gpu->fn->subdevice;
    f->driver[0] = f->override[0] = '\0';
    f->command = 0;
    snprintf(f->reset_method, sizeof(f->reset_method), "flr");
    snprintf(f->own_driver, sizeof(f->own_driver), "%s", gpu->vf_driver);
    f->appears = sim_now() + gpu->appear_ms;
    driver_probe(gpu, vf);
}

void sriov_make(struct gpu *gpu, unsigned int count)
{
    unsigned int vf;

    if (count > gpu->totalvfs) count = gpu->totalvfs;
    gpu->numvfs = count;
    for (vf = 1; vf <= count; vf++) add_vf(gpu, vf);
}

static void disable(struct gpu *gpu)
{
    unsigned int vf;

    for (vf = 1; vf <= gpu->numvfs; vf++) gpu->fn[vf].driver[0] = '\0';
    gpu->numvfs = 0;
}

void sriov_remove(struct gpu *gpu)
{
    unsigned int count = gpu->numvfs;

    if (!count) return;
    disable(gpu);
    if (is_driven_by(gpu, "xe")) xe_disable(gpu, count);
    if (is_driven_by(gpu, "i915")) i915_disable(gpu, count);
}

/* pci_vfs_assigned(): pciback marks a device when it seizes it. */
unsigned int sriov_assigned(const struct gpu *gpu)
{
    unsigned int vf, n = 0;

    for (vf = 1; vf <= gpu->numvfs; vf++)
        n += !strcmp(gpu->fn[vf].driver, "pciback");
    return n;
}

static int enable(struct gpu *gpu, unsigned int count)
{
    int r = 0;

    if (gpu->enable_at_most >= 0 && count > gpu->enable_at_most)
        count = gpu->enable_at_most;
    if (!count) return 0;
    if (is_driven_by(gpu, "xe")) r = xe_enable(gpu, count);
    if (is_driven_by(gpu, "i915")) r = i915_enable(gpu, count);
    if (!r) sriov_make(gpu, count);
    return r;
}

int sriov_set_numvfs(struct gpu *gpu, const char *path, const char *text)
{
    uint64_t count;
    int r;

    if (parse_u64(text, UINT16_MAX, &count)) return EINVAL;
    if (count > gpu->totalvfs) return ERANGE;
    if (count == gpu->numvfs) return 0;
    if (!*gpu->fn->driver || !gpu->configurable ||
        is_driven_by(gpu, "pciback"))
        return ENOENT;
    if (gpu->numvfs && count) return EBUSY;

    /* From here on it is the PF driver's business. */
    r = fault(path, false);
    if (r) return r;
    if (count) return enable(gpu, count);
    if (gpu->checks_assigned && sriov_assigned(gpu)) return EPERM;
    sriov_remove(gpu);
    return 0;
}
