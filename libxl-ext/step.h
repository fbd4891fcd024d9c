/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fault points. In a build with -DXLGPU_FAULTS, for tests alone, each call
 * is one numbered step of the process, and XLGPU_KILL_AT ends it with SIGKILL
 * at the step with that number, counted from 1, or that name. XLGPU_STEPS=FILE
 * gets a line for each.
 * There is one behind everything that others can see: writes to sysfs,
 * transactions, files, locks, calls of libxl.
 *
 * Such a build also takes a bound in seconds from the variable, if it is set.
 */
#ifndef XLGPU_STEP_H
#define XLGPU_STEP_H

#ifdef XLGPU_FAULTS
void xlgpu_step(const char *what);
unsigned int xlgpu_bound(const char *variable, unsigned int seconds);
#else
static inline void xlgpu_step(const char *what)
{
    (void)what;
}

static inline unsigned int xlgpu_bound(const char *variable,
                                       unsigned int seconds)
{
    (void)variable;
    return seconds;
}
#endif

#endif
