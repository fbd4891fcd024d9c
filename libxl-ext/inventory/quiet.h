/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device made quiet: its bus mastering is off, so that it neither reads
 * nor writes memory nor sends MSIs. Command register, PCI 3.0 6.2.2; device
 * status, PCI Express 7.5.3.5.
 */
#ifndef XLGPU_QUIET_H
#define XLGPU_QUIET_H

#include <stdint.h>

#include "inventory/bdf.h"

/* The command register now. Says what failed, as all of these. */
int xlgpu_quiet_command(struct xlgpu_bdf dev, uint16_t *command_r);

/*
 * Turns bus mastering off, reads that back, and waits for the transactions
 * that are still pending, at most that many seconds.
 */
int xlgpu_quiet_off(struct xlgpu_bdf dev, unsigned int seconds);

/* The register as it was. */
int xlgpu_quiet_undo(struct xlgpu_bdf dev, uint16_t command);

#endif
