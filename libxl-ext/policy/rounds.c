/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rounds.h"

/*
 * The next set of changed pages is taken to be like the last one: what it
 * took to send is what it would add to the pause. Where the pass alone is
 * longer than the target, a tenth of it is the best that is worth a round.
 */
static int short_enough(const struct xlgpu_rounds_limits *limits,
                        const struct xlgpu_rounds_facts *facts)
{
    return facts->pass_ms + facts->send_ms <= limits->pause_target_ms ||
           facts->send_ms <= facts->pass_ms / 10;
}

/* At least a tenth fewer than before, or another round is not worth it. */
static int shrinks(const struct xlgpu_rounds_facts *facts)
{
    return facts->changed < facts->changed_before -
                                facts->changed_before / 10;
}

enum xlgpu_rounds_verdict xlgpu_rounds_judge(
    const struct xlgpu_rounds_limits *limits,
    const struct xlgpu_rounds_facts *facts)
{
    if (facts->round >= limits->max_rounds) return XLGPU_ROUNDS_MOST;
    if (facts->elapsed_ms >= limits->max_seconds * UINT64_C(1000))
        return XLGPU_ROUNDS_LONGEST;
    /* The first sends everything: it says nothing of what changes. */
    if (facts->round < 2) return XLGPU_ROUNDS_GO_ON;
    if (short_enough(limits, facts)) return XLGPU_ROUNDS_SHORT_ENOUGH;
    if (!shrinks(facts)) return XLGPU_ROUNDS_NO_GAIN;
    return XLGPU_ROUNDS_GO_ON;
}

const char *xlgpu_rounds_string(enum xlgpu_rounds_verdict verdict)
{
    switch (verdict) {
    case XLGPU_ROUNDS_GO_ON: return "goes on";
    case XLGPU_ROUNDS_SHORT_ENOUGH: return "the pause is short enough";
    case XLGPU_ROUNDS_NO_GAIN: return "the changed set no longer shrinks";
    case XLGPU_ROUNDS_MOST: return "the most rounds allowed";
    case XLGPU_ROUNDS_LONGEST: return "the longest time allowed";
    }
    return "";
}
