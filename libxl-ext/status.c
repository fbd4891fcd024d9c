/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_MAX 2048

static void put_line(const char *prefix, const char *what, const char *remedy,
                     const char *why, va_list ap)
{
    char reason[MESSAGE_MAX], line[2 * MESSAGE_MAX];
    char *c;

    vsnprintf(reason, sizeof(reason), why, ap);
    snprintf(line, sizeof(line), "xl-gpu: %s%s: %s%s%s", prefix, what, reason,
             remedy ? "; " : "", remedy ? remedy : "");

    for (c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';

    fprintf(stderr, "%s\n", line);
}

int xlgpu_fail(enum xlgpu_status status, const char *what, const char *remedy,
               const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    put_line("", what, remedy, why, ap);
    va_end(ap);
    return status;
}

void xlgpu_warn(const char *what, const char *remedy, const char *why, ...)
{
    va_list ap;

    va_start(ap, why);
    put_line("warning: ", what, remedy, why, ap);
    va_end(ap);
}
