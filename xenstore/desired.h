/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The desired layout, on disk: /var/lib/xl-gpu/layout.json, mode 0600,
 *   {"version":1,"gpus":[{"bdf":"0000:01:00.0","partition_count":4}]}
 * A GPU that is to be whole has no entry.
 */
#ifndef XLGPU_DESIRED_H
#define XLGPU_DESIRED_H

#include "inventory/bdf.h"

/* Stores the count for one GPU, 0 for whole; the other entries stay. */
int xlgpu_desired_set(struct xlgpu_bdf gpu, unsigned int count);

#endif
