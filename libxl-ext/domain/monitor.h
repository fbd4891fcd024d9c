/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who sees to a guest's reboot and its end. That is xl's own monitor, but on
 * Xen 4.17 it ends when its guest suspends: after a migration that was undone
 * another one is needed.
 */
#ifndef XLGPU_MONITOR_H
#define XLGPU_MONITOR_H

#include <libxl.h>

/*
 * Starts a monitor where the guest has none any more: a process of its own,
 * with the guest's lock, which it shares with who has it still. It does
 * as the guest's on_poweroff, on_reboot, on_crash and on_watchdog say; to
 * restart it, stock xl creates it anew from its kept config. Its messages are
 * in xl-gpu-UUID.log beside those of xl. suspended: the guest was just now,
 * so that xl's monitor may be about to end. Says what failed.
 *
 * Whether a guest that was not created with gpu= has one can't be told: xl's
 * is not known by anything.
 */
int xlgpu_monitor_ensure(libxl_ctx *xen, uint32_t domid, const char *uuid,
                         bool suspended);

#endif
