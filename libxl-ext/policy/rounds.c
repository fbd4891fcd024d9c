/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rounds.h"

#include <stdbool.h>

enum xlgpu_rounds_end xlgpu_rounds_next(const struct xlgpu_rounds *rule,
                                        const struct xlgpu_round *r)
{
    bool first = r->round <= 1;

    if (r->round >= rule->max_rounds ||
        r->elapsed_us >= rule->max_seconds * 1000000LL)
        return XLGPU_ROUNDS_BOUND;
    if (!first && r->send_us <= rule->pause_target_ms * 1000LL)
        return XLGPU_ROUNDS_TARGET;
    if (!first && r->changed >= r->before - r->before / 10)
        return XLGPU_ROUNDS_STUCK;
    return XLGPU_ROUNDS_ON;
}
