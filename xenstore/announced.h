/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest says of itself in xenstore; it may say anything. */
#ifndef XLGPU_ANNOUNCED_H
#define XLGPU_ANNOUNCED_H

#include <stdbool.h>
#include <stdint.h>

/* It handles suspend: its control/feature-suspend is 1. */
bool xlgpu_announced_suspend(uint32_t domid);

/* Says so for it: a Linux guest does at its boot alone, and libxl gives the
 * node anew where it moves. */
void xlgpu_announce_suspend(uint32_t domid);

#endif
