/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

static void *checked(void *p)
{
    if (!p) exit(xlgpu_fail(XLGPU_FAILED, "memory", NULL, "none is left"));
    return p;
}

void *xlgpu_zalloc(size_t n, size_t size)
{
    return checked(calloc(n ? n : 1, size));
}

void *xlgpu_realloc(void *p, size_t n, size_t size)
{
    return checked(reallocarray(p, n ? n : 1, size));
}

char *xlgpu_strdup(const char *s)
{
    return checked(strdup(s));
}

char *xlgpu_asprintf(const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = vasprintf(&s, fmt, ap);
    va_end(ap);
    return checked(r < 0 ? NULL : s);
}

char *xlgpu_append(char *list, const char *separator, const char *item)
{
    char *longer = xlgpu_asprintf("%s%s%s", list ? list : "",
                                  list ? separator : "", item);

    free(list);
    return longer;
}
