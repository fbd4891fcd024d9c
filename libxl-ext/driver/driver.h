/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PF driver back ends: how to set a partition count and read the result. */
#ifndef XLGPU_DRIVER_H
#define XLGPU_DRIVER_H

#include "inventory/gpu.h"

/*
 * Sets the count, 0 for none, and reads it back. None of the present
 * partitions may be bound to a driver. On failure says why, and leaves the
 * count that was there before, with new partitions.
 */
int xlgpu_pf_set_count(const struct xlgpu_gpu *gpu, unsigned int count);

#endif
