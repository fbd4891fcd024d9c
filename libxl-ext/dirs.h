/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where xl-gpu keeps its files. */
#ifndef XLGPU_DIRS_H
#define XLGPU_DIRS_H

#include <stdbool.h>

/* What outlives a reboot: /var/lib/xl-gpu, or what XLGPU_STATE_DIR names. */
const char *xlgpu_state_dir(void);
/* What does not: /run/xl-gpu, or what XLGPU_RUN_DIR names. */
const char *xlgpu_run_dir(void);

/* Stock xl: where the diversion keeps it, or what XLGPU_STOCK_XL names. */
const char *xlgpu_stock_xl(void);

/* Where the wrapper is to be found: /usr/sbin/xl, or what XLGPU_WRAPPER
 * names. */
const char *xlgpu_wrapper(void);

/* What xl migrate is told to run in the place of ssh; migrate/transport.h.
 * XLGPU_TRANSPORT names another, in tests alone. */
const char *xlgpu_transport_program(void);
/* Our save helper, or what XLGPU_SAVE_HELPER names. */
const char *xlgpu_save_helper(void);
/* Where xl has its logs: /var/log/xen, or what XLGPU_LOG_DIR names. */
const char *xlgpu_log_dir(void);

/* Whether this is a node of a cluster: there are /usr/sbin/corosync, or what
 * XLGPU_COROSYNC names, and /etc/corosync/corosync.conf, or what
 * XLGPU_COROSYNC_CONF names, which Debian's package leaves when it is removed.
 */
bool xlgpu_has_cluster(void);

/* Makes a directory and its parent, for root alone. Says what failed. */
int xlgpu_make_dir(const char *path);

#endif
