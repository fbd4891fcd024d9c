/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shape of a partition, from its config space and resources. */
#ifndef XLGPU_INVENTORY_SHAPE_H
#define XLGPU_INVENTORY_SHAPE_H

#include "inventory/bdf.h"
#include "policy/shape.h"

/* memory is what the partition has, or 0. Returns 0 or an errno. */
int xlgpu_shape_read(struct xlgpu_bdf vf, uint64_t memory,
                     struct xlgpu_shape *shape);

#endif
