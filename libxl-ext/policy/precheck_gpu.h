/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of GPUs, for policy/precheck.c. Pure. */
#ifndef XLGPU_PRECHECK_GPU_H
#define XLGPU_PRECHECK_GPU_H

#include "policy/precheck.h"

/* Adds the checks of each GPU, and of all together. */
void xlgpu_precheck_gpus(struct xlgpu_checks *c,
                         const struct xlgpu_precheck_facts *f);

#endif
