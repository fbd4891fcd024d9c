/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to one partition's device in dom0. */
#ifndef XLGPU_PARTITION_H
#define XLGPU_PARTITION_H

#include <libxl.h>

#include "inventory/gpu.h"

#define XLGPU_PCIBACK "pciback"

/* No driver but pciback has it; what another one has, dom0 may be using. */
bool xlgpu_partition_is_idle(const struct xlgpu_partition *partition);

/* Binds it to pciback, quarantined by Xen. Says what failed. */
int xlgpu_partition_bind(libxl_ctx *xen, struct xlgpu_bdf bdf);
/* Takes it from pciback; fine when it is not there. */
int xlgpu_partition_unbind(libxl_ctx *xen, struct xlgpu_bdf bdf);

/* Function level reset, or what the device has. 0 or errno; silent. */
int xlgpu_partition_reset(struct xlgpu_bdf bdf);

#endif
