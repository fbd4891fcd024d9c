/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "partition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain/xen.h"
#include "inventory/sysfs.h"
#include "status.h"
#include "xenstore/stale.h"

static bool is_bound(struct xlgpu_bdf bdf)
{
    char driver[XLGPU_DRIVER_NAME_MAX];

    return !xlgpu_sysfs_driver(bdf, driver, sizeof(driver)) &&
           !strcmp(driver, XLGPU_PCIBACK);
}

bool xlgpu_partition_is_idle(const struct xlgpu_partition *partition)
{
    return !*partition->driver || !strcmp(partition->driver, XLGPU_PCIBACK);
}

bool xlgpu_partition_is_taken(libxl_ctx *xen, struct xlgpu_bdf bdf,
                              uint32_t except)
{
    int64_t domid = xlgpu_libxl_note(bdf);

    if (domid == XLGPU_NOTE_NONE || (except && domid == except)) return false;
    if (domid < 0 || xlgpu_xen_has_domid(xen, domid)) return true;
    xlgpu_libxl_note_remove(bdf);
    return false;
}

int xlgpu_partition_bind(libxl_ctx *xen, struct xlgpu_bdf bdf)
{
    char name[XLGPU_BDF_LEN];
    int r;

    xlgpu_bdf_format(bdf, name);
    if (is_bound(bdf)) return XLGPU_OK;
    if (!xlgpu_sysfs_driver_loaded(XLGPU_PCIBACK))
        return xlgpu_fail(XLGPU_UNABLE, name, "modprobe xen-pciback",
                          "the driver pciback is not loaded");

    /* With autoprobe off, the kernel binds a VF to no other driver. */
    r = xlgpu_sysfs_write(bdf, "driver_override", XLGPU_PCIBACK);
    if (r)
        return xlgpu_fail(XLGPU_FAILED, name, NULL, "driver_override: %s",
                          strerror(r));

    if (xlgpu_xen_assignable_add(xen, bdf) || !is_bound(bdf))
        return xlgpu_fail(XLGPU_FAILED, name,
                          "see the kernel's log and xl dmesg",
                          "it can't be made assignable");
    return XLGPU_OK;
}

int xlgpu_partition_unbind(libxl_ctx *xen, struct xlgpu_bdf bdf,
                           unsigned int seconds)
{
    char name[XLGPU_BDF_LEN];

    if (!is_bound(bdf)) return XLGPU_OK;
    /* It takes the device's lock, as unbinding does and a reset. */
    if (xlgpu_sysfs_write_bounded(bdf, "driver_override", XLGPU_PCIBACK,
                                  seconds) == ETIMEDOUT)
        return xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(bdf, name),
                          "see the kernel's log; the host may need a reboot",
                          "the kernel does not let go of it");
    if (xlgpu_xen_assignable_remove(xen, bdf))
        return xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(bdf, name),
                          "see the kernel's log and xl dmesg",
                          "it can't be taken from pciback");
    return XLGPU_OK;
}

int xlgpu_partition_give_back(libxl_ctx *xen, struct xlgpu_bdf bdf,
                              const char *driver, unsigned int seconds)
{
    char name[XLGPU_BDF_LEN], now[XLGPU_DRIVER_NAME_MAX] = "", *bind;
    int rc, r;

    xlgpu_bdf_format(bdf, name);
    rc = xlgpu_partition_unbind(xen, bdf, seconds);
    if (rc) return rc;
    xlgpu_sysfs_driver(bdf, now, sizeof(now));
    if (!strcmp(now, driver)) return XLGPU_OK;

    bind = xlgpu_asprintf("/bus/pci/drivers/%s/bind", driver);
    r = xlgpu_sysfs_write(bdf, "driver_override", "\n");
    if (!r) r = xlgpu_sysfs_write(bdf, bind, name);
    free(bind);
    if (!r) return XLGPU_OK;
    return xlgpu_fail(XLGPU_FAILED, name, "bind it by hand",
                      "its driver %s does not take it back: %s", driver,
                      strerror(r));
}

char *xlgpu_partition_reset(struct xlgpu_bdf bdf, unsigned int seconds)
{
    int r = xlgpu_sysfs_write_bounded(bdf, "reset", "1", seconds);

    if (r == ETIMEDOUT)
        return xlgpu_asprintf("reset did not end within %u s", seconds);
    return r ? xlgpu_asprintf("reset failed: %s", strerror(r)) : NULL;
}
