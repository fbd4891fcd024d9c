/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#define MESSAGE_MAX 2048

static xlgpu_fail_fn *diverted;
static bool in_line;

void xlgpu_fail_divert(xlgpu_fail_fn *fn)
{
    diverted = fn;
}

void xlgpu_fail_ignore(enum xlgpu_status status, const char *what,
                       const char *why, const char *remedy)
{
    (void)status;
    (void)what;
    (void)why;
    (void)remedy;
}

void xlgpu_line_begun(void)
{
    in_line = true;
}

void xlgpu_line_end(void)
{
    if (in_line) fputc('\n', stderr);
    in_line = false;
}

static void put_line(const char *prefix, const char *what, const char *remedy,
                     const char *reason)
{
    char line[2 * MESSAGE_MAX];
    char *c;

    snprintf(line, sizeof(line), "xl-gpu: %s%s: %s%s%s", prefix, what, reason,
             remedy ? "; " : "", remedy ? remedy : "");

    for (c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';

    xlgpu_line_end();
    fprintf(stderr, "%s\n", line);
}

int (xlgpu_fail)(enum xlgpu_status status, const char *what,
                 const char *remedy, const char *why, ...)
{
    char reason[MESSAGE_MAX];
    va_list ap;

    va_start(ap, why);
    vsnprintf(reason, sizeof(reason), why, ap);
    va_end(ap);
    if (diverted)
        diverted(status, what, reason, remedy);
    else
        put_line("", what, remedy, reason);
    return status;
}

void xlgpu_warn(const char *what, const char *remedy, const char *why, ...)
{
    char reason[MESSAGE_MAX];
    va_list ap;

    va_start(ap, why);
    vsnprintf(reason, sizeof(reason), why, ap);
    va_end(ap);
    put_line("warning: ", what, remedy, reason);
}
