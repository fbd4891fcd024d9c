/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host does for one that asks on behalf of their pool.
 *
 * LAYOUT has a step:
 *   plan  whether all GPUs here can have what is wanted. From then on nobody
 *         else uses the layout here.
 *   set   they get it, or keep what they had.
 *   keep  so it stays; or undo, as does the end of the connection.
 */
#ifndef XLGPU_POOL_SERVE_H
#define XLGPU_POOL_SERVE_H

#include "migrate/frame.h"
#include "pool/layout.h"

/* Answers INVENTORY. Says what failed. */
int xlgpu_pool_serve_inventory(struct xlgpu_channel *ch);

/* From the first LAYOUT to the end of the connection. Says what failed; then
 * all is as it was, unless *left_r. */
int xlgpu_pool_serve_layout(struct xlgpu_channel *ch,
                            const struct xlgpu_frame *frame, bool *left_r);

#endif
