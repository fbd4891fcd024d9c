/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SR-IOV as Linux has it for every PF driver with .sriov_configure. Errors
 * are those of sriov_numvfs_store() in drivers/pci/iov.c.
 */
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "inventory/sysfs.h"
#include "status.h"

/* A driver that resets each partition as it takes them away needs a while;
 * tests have none, and set XLGPU_NUMVFS_S. */
#define NUMVFS_S 120
/* Drivers may add their partitions some time after the write has ended. */
#define APPEAR_MS 10000
#define POLL_MS 50

static unsigned int numvfs_s(void)
{
    const char *seconds = getenv("XLGPU_NUMVFS_S");

    return seconds && atoi(seconds) > 0 ? atoi(seconds) : NUMVFS_S;
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
    if (err == ENOSPC)
        return xlgpu_fail(XLGPU_UNABLE, pf, "ask for fewer, or for less memory",
                          "it has not enough left for %u partitions", count);
    if (err == EPERM && !count)
        return xlgpu_fail(XLGPU_IN_USE, pf, "take them from pciback first",
                          "its driver says that partitions are assigned");
    if (err == ETIMEDOUT) {
        xlgpu_fail(XLGPU_FAILED, pf,
                   "see the kernel's log, then xl gpu-recover; the host may "
                   "need a reboot",
                   "its driver did not answer within %u s", numvfs_s());
        return XLGPU_HANGS;
    }
    if (!count)
        return xlgpu_fail(XLGPU_FAILED, pf, "see the kernel's log",
                          "its partitions could not be taken away: %s",
                          strerror(err));
    return xlgpu_fail(XLGPU_FAILED, pf, "see the kernel's log",
                      "%u partitions could not be enabled: %s", count,
                      strerror(err));
}

static bool has_links(const struct xlgpu_gpu *gpu, unsigned int count)
{
    char link[32];

    /* They come in their order. */
    snprintf(link, sizeof(link), "virtfn%u", count - 1);
    return !count || xlgpu_sysfs_exists(gpu->bdf, link);
}

static bool appear(const struct xlgpu_gpu *gpu, unsigned int count)
{
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    int tries = APPEAR_MS / POLL_MS;

    while (!has_links(gpu, count) && tries--) nanosleep(&pause, NULL);
    return has_links(gpu, count);
}

int xlgpu_sriov_enable(const struct xlgpu_gpu *gpu, unsigned int count)
{
    char pf[XLGPU_BDF_LEN], text[16];
    long now;
    int r;

    xlgpu_bdf_format(gpu->bdf, pf);
    snprintf(text, sizeof(text), "%u", count);
    r = xlgpu_sysfs_write_bounded(gpu->bdf, "sriov_numvfs", text, numvfs_s());
    if (r) return refused(pf, count, r);

    /* A driver may enable fewer and still report success. */
    r = xlgpu_sysfs_read_long(gpu->bdf, "sriov_numvfs", &now);
    if (r || now != count)
        return xlgpu_fail(XLGPU_FAILED, pf, "see the kernel's log",
                          "asked for %u partitions, the driver enabled %ld",
                          count, r ? 0 : now);
    if (!appear(gpu, count))
        return xlgpu_fail(XLGPU_FAILED, pf, "see the kernel's log",
                          "its partitions did not appear within %u s",
                          APPEAR_MS / 1000);
    return XLGPU_OK;
}
