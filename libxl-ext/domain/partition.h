/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to one partition's device in dom0, or to a whole GPU's. */
#ifndef XLGPU_PARTITION_H
#define XLGPU_PARTITION_H

#include <libxl.h>

#include "inventory/gpu.h"

#define XLGPU_PCIBACK "pciback"

/* No driver but pciback has it; what another one has, dom0 may be using. */
bool xlgpu_partition_is_idle(const struct xlgpu_partition *partition);

/*
 * Whether some domain has the device by libxl's note, but for the one with
 * the domid except (0: none), or that can't be told. A note that names a
 * domain that is gone is what a killed xl left, and is removed.
 */
bool xlgpu_partition_is_taken(libxl_ctx *xen, struct xlgpu_bdf bdf,
                              uint32_t except);

/* Binds it to pciback, quarantined by Xen. Says what failed. */
int xlgpu_partition_bind(libxl_ctx *xen, struct xlgpu_bdf bdf);
/* Takes it from pciback; fine when it is not there. What the kernel does not
 * let go of within that many seconds, as in a reset that hangs, is refused. */
int xlgpu_partition_unbind(libxl_ctx *xen, struct xlgpu_bdf bdf,
                           unsigned int seconds);

/* Gives a device that pciback had back to the driver that it had before. */
int xlgpu_partition_give_back(libxl_ctx *xen, struct xlgpu_bdf bdf,
                              const char *driver, unsigned int seconds);

/*
 * Function level reset, or what the device has, for at most that many
 * seconds. NULL, or why it failed as a string that the caller frees.
 */
char *xlgpu_partition_reset(struct xlgpu_bdf bdf, unsigned int seconds);

#endif
