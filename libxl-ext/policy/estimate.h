/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a move would take, from sizes and from rates that are taken for
 * granted and named. Pure. */
#ifndef XLGPU_ESTIMATE_H
#define XLGPU_ESTIMATE_H

#include "policy/verdict.h"

/* Whether the guest's driver can save what its partition holds before libxl
 * gives up to wait for the suspend. */
bool xlgpu_evicts_in_time(const struct xlgpu_moving *moving);

/* Fills in the estimate for the verdict's move. */
void xlgpu_estimate(const struct xlgpu_moving *moving,
                    struct xlgpu_verdict *verdict);

#endif
