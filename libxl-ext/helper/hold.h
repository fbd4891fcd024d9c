/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switches of tests, in builds with -DXLGPU_FAULTS alone:
 *   XLGPU_TEST_BLIND_GFNS=A-B,…  the tracker overlooks changes of these
 *   XLGPU_TEST_NOT_QUIET=1       bus mastering stays on
 *   XLGPU_TEST_HOLD=NAME,…       waits at after-first-round, after-suspend,
 *                                after-quiet or after-last-pass: makes the
 *                                file NAME.here in XLGPU_TEST_HOLD_DIR and
 *                                goes on when NAME.go is there, or in 120 s
 */
#ifndef XLGPU_HOLD_H
#define XLGPU_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef XLGPU_FAULTS
bool xlgpu_test_is_blind(uint64_t frame);
bool xlgpu_test_not_quiet(void);
void xlgpu_test_hold(const char *name);
#else
static inline bool xlgpu_test_is_blind(uint64_t frame)
{
    (void)frame;
    return false;
}

static inline bool xlgpu_test_not_quiet(void)
{
    return false;
}

static inline void xlgpu_test_hold(const char *name)
{
    (void)name;
}
#endif

#endif
