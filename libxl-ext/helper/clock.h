/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef XLGPU_CLOCK_H
#define XLGPU_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t xlgpu_clock_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * UINT64_C(1000000) + t.tv_nsec / 1000;
}

/* Microseconds since *t, which becomes now. */
static inline uint64_t xlgpu_clock_since(uint64_t *t)
{
    uint64_t before = *t;

    *t = xlgpu_clock_us();
    return *t - before;
}

#endif
