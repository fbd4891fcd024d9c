/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that write nothing more to the guest's memory: bus mastering off,
 * what they had sent arrived. Functions return 0 or an errno.
 */
#ifndef XLGPU_QUIET_H
#define XLGPU_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inventory/bdf.h"

struct xlgpu_quiet {
    struct xlgpu_bdf bdf;
    uint16_t command; /* as it was */
    bool touched;     /* it may be off */
};

/* ENODEV: it does not answer. */
int xlgpu_quiet_read(struct xlgpu_quiet *dev);
/* ETIMEDOUT: transactions were still pending; EIO: it would not go off. */
int xlgpu_quiet_off(struct xlgpu_quiet *dev, unsigned int seconds);
/* As it was, if it was touched. */
int xlgpu_quiet_undo(struct xlgpu_quiet *dev);

#endif
