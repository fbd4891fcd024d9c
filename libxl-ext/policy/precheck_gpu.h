/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of GPUs, for policy/precheck.c. Pure. */
#ifndef XLGPU_PRECHECK_GPU_H
#define XLGPU_PRECHECK_GPU_H

#include "policy/precheck.h"

/* Whether it has partitions or could have some, for plain passthrough. */
bool xlgpu_can_partition(const struct xlgpu_precheck_gpu *g);

/* Adds the checks of each GPU, and of all together. */
void xlgpu_precheck_gpus(struct xlgpu_checks *c,
                         const struct xlgpu_precheck_facts *f);

#endif
