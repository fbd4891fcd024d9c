/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When pre-copy ends and the guest is suspended. Pure. */
#ifndef XLGPU_ROUNDS_H
#define XLGPU_ROUNDS_H

#include <stdint.h>

struct xlgpu_rounds {
    unsigned int max_rounds, max_seconds, pause_target_ms;
};

/* After a round: */
struct xlgpu_round {
    unsigned int round;      /* from 1, which sends all */
    uint64_t changed, before; /* pages sent in it, and in the one before */
    int64_t send_us;         /* it took to send them */
    int64_t elapsed_us;      /* since the first one began */
};

enum xlgpu_rounds_end {
    XLGPU_ROUNDS_ON,      /* another one */
    XLGPU_ROUNDS_TARGET,  /* what is left fits into the pause aimed at */
    XLGPU_ROUNDS_STUCK,   /* the changed set no longer shrinks */
    XLGPU_ROUNDS_BOUND,   /* enough rounds, or enough time */
};

/* What the last pass will have to send is guessed as what the round had to:
 * the guest goes on as it did. Looking at all of its memory takes the same
 * time in every pass, so that another round gains nothing there. A round that
 * sends less than nine tenths of the one before it shrinks. */
enum xlgpu_rounds_end xlgpu_rounds_next(const struct xlgpu_rounds *rule,
                                        const struct xlgpu_round *r);

#endif
