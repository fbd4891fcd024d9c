/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was checked, and how it came out: gpu-precheck's and gpu-migrate's.
 * Pure. */
#ifndef XLGPU_CHECK_H
#define XLGPU_CHECK_H

#include <stdbool.h>
#include <stddef.h>

enum xlgpu_check_result { XLGPU_CHECK_PASS, XLGPU_CHECK_WARN,
                          XLGPU_CHECK_FAIL };

struct xlgpu_check {
    const char *check; /* its name, as xl-gpu(8) describes it */
    enum xlgpu_check_result result;
    char *message;      /* owned */
    const char *remedy; /* NULL when passed */
};

struct xlgpu_checks {
    struct xlgpu_check *check;
    size_t n;
};

/* message becomes the check's own; no remedy is kept of a check that
 * passed. */
void xlgpu_check_add(struct xlgpu_checks *checks, const char *name,
                     enum xlgpu_check_result result, char *message,
                     const char *remedy);
void xlgpu_checks_dispose(struct xlgpu_checks *checks);

bool xlgpu_checks_failed(const struct xlgpu_checks *checks);
const char *xlgpu_check_result_string(enum xlgpu_check_result result);

#endif
