/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl's monitor of a guest, which sees to its reboots and its end. */
#ifndef XLGPU_MONITOR_H
#define XLGPU_MONITOR_H

#include <libxl.h>

/* Starts one where the guest has none any more: xl's own ends when its guest
 * suspends, on Xen 4.17. Says what failed. */
int xlgpu_monitor_ensure(libxl_ctx *xen, uint32_t domid, const char *uuid);

#endif
