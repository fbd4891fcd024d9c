/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "migrate/frame.h"
#include "status.h"

#define MIB (1ull << 20)

void xlgpu_progress_begin(struct xlgpu_progress *p, const char *name,
                          bool off)
{
    *p = (struct xlgpu_progress){ .off = off, .name = name,
                                  .terminal = isatty(STDERR_FILENO),
                                  .began = xlgpu_now_ms() };
}

void xlgpu_progress_end(struct xlgpu_progress *p)
{
    xlgpu_line_end();
    p->width = 0;
}

/* Over what the line had before. */
static void put(struct xlgpu_progress *p, const char *text, bool stays)
{
    if (!p->terminal) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    p->width = fprintf(stderr, "\r%-*s", p->width, text) - 1;
    xlgpu_line_begun();
    if (stays) xlgpu_progress_end(p);
    (void)fflush(stderr);
}

void xlgpu_progress_tell(struct xlgpu_progress *p,
                         const struct xlgpu_progress_now *now)
{
    int64_t ms = xlgpu_now_ms() - p->began;
    char text[200];

    if (p->off || (!p->terminal && !now->ended)) return;
    snprintf(text, sizeof(text),
             "%s: round %u: %llu pages sent, %llu left, %llu MiB as %llu MiB, "
             "%llu MiB/s", p->name, now->round,
             (unsigned long long)now->pages, (unsigned long long)now->left,
             (unsigned long long)now->bytes / MIB,
             (unsigned long long)now->wire / MIB,
             (unsigned long long)(ms > 0 ? now->wire * 1000 / ms / MIB : 0));
    put(p, text, false);
}

void xlgpu_progress_step(struct xlgpu_progress *p, const char *fmt, ...)
{
    char text[512], line[800];
    va_list ap;

    if (p->off) return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    xlgpu_progress_end(p);
    snprintf(line, sizeof(line), "%s: %s", p->name, text);
    put(p, line, true);
}
