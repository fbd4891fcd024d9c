/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a GPU's partition count. */
#ifndef XLGPU_LAYOUT_H
#define XLGPU_LAYOUT_H

#include "domain/host.h"

/*
 * Gives the GPU count partitions, 0 for none, each bound to pciback, and
 * stores the count as running and as desired. The host must have been opened
 * to change the layout. Refused while a partition is in use. On failure says
 * why, and the GPU has what it had before.
 */
int xlgpu_layout_change(struct xlgpu_host *host, struct xlgpu_gpu *gpu,
                        unsigned int count);

/* Whether that would be refused now; says why. */
int xlgpu_layout_check(const struct xlgpu_host *host,
                       const struct xlgpu_gpu *gpu, unsigned int count);

#endif
