/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When pre-copy stops and the guest is suspended. Pure. */
#ifndef XLGPU_ROUNDS_H
#define XLGPU_ROUNDS_H

#include <stdint.h>

struct xlgpu_rounds_limits {
    unsigned int max_rounds;
    unsigned int max_seconds;
    unsigned int pause_target_ms;
};

/* What is known at the end of a round. */
struct xlgpu_rounds_facts {
    unsigned int round;      /* from 1 */
    uint64_t changed;        /* pages that it had to send: in the first, all */
    uint64_t changed_before; /* those of the round before */
    uint64_t elapsed_ms;     /* since the first round began */
    uint64_t pass_ms;        /* to find what changed, which no round shortens */
    uint64_t send_ms;        /* to send what it sent */
};

enum xlgpu_rounds_verdict {
    XLGPU_ROUNDS_GO_ON,
    XLGPU_ROUNDS_SHORT_ENOUGH, /* the pause would meet its target */
    XLGPU_ROUNDS_NO_GAIN,      /* the changed set no longer shrinks */
    XLGPU_ROUNDS_MOST,         /* the bound on rounds */
    XLGPU_ROUNDS_LONGEST,      /* the bound on seconds */
};

enum xlgpu_rounds_verdict xlgpu_rounds_judge(
    const struct xlgpu_rounds_limits *limits,
    const struct xlgpu_rounds_facts *facts);
const char *xlgpu_rounds_string(enum xlgpu_rounds_verdict verdict);

#endif
