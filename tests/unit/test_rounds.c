/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "policy/rounds.h"

#define GO_ON XLGPU_ROUNDS_GO_ON
#define SHORT XLGPU_ROUNDS_SHORT_ENOUGH
#define NO_GAIN XLGPU_ROUNDS_NO_GAIN
#define MOST XLGPU_ROUNDS_MOST
#define LONGEST XLGPU_ROUNDS_LONGEST

static const struct xlgpu_rounds_limits limits = { 8, 60, 300 };

static const struct {
    const char *what;
    struct xlgpu_rounds_facts facts;
    enum xlgpu_rounds_verdict verdict;
} cases[] = {
    /* round, changed, before, elapsed, pass, send: times in ms */
    { "the first sent all, what changes is not known yet",
      { 1, 1000, 0, 900, 50, 800 }, GO_ON },
    { "an idle guest's first: the second round will say",
      { 1, 1000, 0, 100, 0, 100 }, GO_ON },
    { "it shrinks, and the pause would be long",
      { 2, 500, 1000, 2000, 100, 400 }, GO_ON },
    { "nine tenths of before is no gain",
      { 3, 900, 1000, 2000, 100, 400 }, NO_GAIN },
    { "a little less than that is one",
      { 3, 899, 1000, 2000, 100, 400 }, GO_ON },
    { "it grows", { 3, 1200, 1000, 2000, 100, 400 }, NO_GAIN },
    { "pass and changed set fit in the target",
      { 2, 500, 1000, 2000, 100, 200 }, SHORT },
    { "one millisecond more does not",
      { 2, 500, 1000, 2000, 100, 201 }, GO_ON },
    { "the pass is over the target: a tenth of it for the rest will do",
      { 2, 500, 1000, 2000, 3000, 300 }, SHORT },
    { "the pass is over the target, and so is the rest",
      { 2, 500, 1000, 2000, 3000, 301 }, GO_ON },
    { "nothing changed", { 2, 0, 1000, 2000, 3000, 0 }, SHORT },
    { "nothing changed, twice", { 3, 0, 0, 2000, 3000, 0 }, SHORT },
    { "the last round allowed", { 8, 500, 1000, 2000, 100, 400 }, MOST },
    { "the time allowed is over",
      { 2, 500, 1000, 60000, 100, 400 }, LONGEST },
    { "the time was over in the first round",
      { 1, 1000, 0, 60000, 100, 60000 }, LONGEST },
};

static void pre_copy_stops_when_it_is_no_longer_worth_it(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum xlgpu_rounds_verdict got =
            xlgpu_rounds_judge(&limits, &cases[i].facts);

        if (got != cases[i].verdict)
            fail_msg("%s: %s", cases[i].what, xlgpu_rounds_string(got));
    }
}

UNIT_TESTS(pre_copy_stops_when_it_is_no_longer_worth_it)
