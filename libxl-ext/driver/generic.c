/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain SR-IOV: any PF driver with .sriov_configure. Errors are those of
 * sriov_numvfs_store() in Linux' drivers/pci/pci-sysfs.c (iov.c since 5.1).
 */
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "inventory/sysfs.h"
#include "status.h"

static int write_number(struct xlgpu_bdf pf, const char *attr, unsigned int n)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", n);
    return xlgpu_sysfs_write(pf, attr, text);
}

static int refused(const char *pf, unsigned int count, int err)
{
    if (err == ENOENT)
        return xlgpu_fail(XLGPU_UNABLE, pf,
                          "load a PF driver that can, see lspci -k",
                          "its driver can't change the partition count");
    if (err == ERANGE)
        return xlgpu_fail(XLGPU_UNABLE, pf, "ask for fewer",
                          "its driver does not allow %u partitions", count);
    return xlgpu_fail(XLGPU_FAILED, pf, "see the kernel's log",
                      "%u partitions could not be enabled: %s", count,
                      strerror(err));
}

int xlgpu_pf_set_count(const struct xlgpu_gpu *gpu, unsigned int count)
{
    char pf[XLGPU_BDF_LEN];
    long before, after;
    int rc, r;

    xlgpu_bdf_format(gpu->bdf, pf);
    r = xlgpu_sysfs_read_long(gpu->bdf, "sriov_numvfs", &before);
    if (r) return refused(pf, count, r);
    if (before == count) return XLGPU_OK;

    /* Otherwise dom0's own VF driver takes the new partitions. */
    r = write_number(gpu->bdf, "sriov_drivers_autoprobe", 0);
    if (r) return refused(pf, count, r);

    /* The kernel goes from one count to another only through 0. */
    if (before) r = write_number(gpu->bdf, "sriov_numvfs", 0);
    if (!r && count) r = write_number(gpu->bdf, "sriov_numvfs", count);
    if (r) {
        rc = refused(pf, count, r);
        goto restore;
    }

    /* A driver may enable fewer and still report success. */
    r = xlgpu_sysfs_read_long(gpu->bdf, "sriov_numvfs", &after);
    if (!r && after == count) {
        if (!count) write_number(gpu->bdf, "sriov_drivers_autoprobe", 1);
        return XLGPU_OK;
    }

    rc = xlgpu_fail(XLGPU_FAILED, pf, "see the kernel's log",
                    "asked for %u partitions, the driver enabled %ld", count,
                    r ? 0 : after);
restore:
    write_number(gpu->bdf, "sriov_numvfs", 0);
    r = before ? write_number(gpu->bdf, "sriov_numvfs", before)
               : write_number(gpu->bdf, "sriov_drivers_autoprobe", 1);
    if (r)
        xlgpu_warn(pf, "partition it anew",
                   "its %ld partitions could not be restored: %s", before,
                   strerror(r));
    return rc;
}
