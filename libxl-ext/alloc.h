/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that never fails: like xl itself, a tool that runs for seconds
 * has nothing better to do without memory than to end.
 */
#ifndef XLGPU_ALLOC_H
#define XLGPU_ALLOC_H

#include <stddef.h>

void *xlgpu_zalloc(size_t n, size_t size);
void *xlgpu_realloc(void *p, size_t n, size_t size);
char *xlgpu_strdup(const char *s);
char *xlgpu_asprintf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
/* list, which is freed, with item at its end; list NULL: none yet. */
char *xlgpu_append(char *list, const char *separator, const char *item);

#endif
