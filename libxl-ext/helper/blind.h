/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests take away from the helper, or have it wait for. In a build for
 * tests alone (-DXLGPU_FAULTS):
 *   XLGPU_TEST_BLIND_GFNS=FIRST-LAST[,…]  changes of these pages are not seen
 *   XLGPU_TEST_NOT_QUIET=1                devices are not made quiet
 *   XLGPU_TEST_HOLD=POINT[,…]  waits at the point: makes XLGPU_TEST_HOLD_DIR/
 *                              POINT.here, until POINT.go is there
 */
#ifndef XLGPU_BLIND_H
#define XLGPU_BLIND_H

#include <stdbool.h>
#include <stdint.h>

#ifdef XLGPU_FAULTS
bool xlgpu_is_blind_to(uint64_t pfn);
bool xlgpu_is_quiet_left_out(void);
void xlgpu_hold(const char *point);
#else
static inline bool xlgpu_is_blind_to(uint64_t pfn)
{
    (void)pfn;
    return false;
}

static inline bool xlgpu_is_quiet_left_out(void)
{
    return false;
}

static inline void xlgpu_hold(const char *point)
{
    (void)point;
}
#endif

#endif
