/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdlib.h>

#include "alloc.h"

void xlgpu_check_add(struct xlgpu_checks *c, const char *name,
                     enum xlgpu_check_result result, char *message,
                     const char *remedy)
{
    c->check = xlgpu_realloc(c->check, c->n + 1, sizeof(*c->check));
    c->check[c->n++] = (struct xlgpu_check){
        name, result, message, result == XLGPU_CHECK_PASS ? NULL : remedy
    };
}

void xlgpu_checks_dispose(struct xlgpu_checks *checks)
{
    size_t i;

    for (i = 0; i < checks->n; i++) free(checks->check[i].message);
    free(checks->check);
    *checks = (struct xlgpu_checks){ 0 };
}

bool xlgpu_checks_failed(const struct xlgpu_checks *checks)
{
    size_t i;

    for (i = 0; i < checks->n; i++)
        if (checks->check[i].result == XLGPU_CHECK_FAIL) return true;
    return false;
}

const char *xlgpu_check_result_string(enum xlgpu_check_result result)
{
    static const char *const name[] = {
        [XLGPU_CHECK_PASS] = "pass",
        [XLGPU_CHECK_WARN] = "warn",
        [XLGPU_CHECK_FAIL] = "fail",
    };

    return name[result];
}
