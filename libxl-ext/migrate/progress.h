/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a migration is, on stderr: one line that is written over on a
 * terminal, a line for each round elsewhere. */
#ifndef XLGPU_PROGRESS_H
#define XLGPU_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct xlgpu_progress {
    bool off, terminal;
    const char *name;    /* the guest's */
    int64_t began;       /* ms */
    int width;           /* of what the terminal's line has now */
};

struct xlgpu_progress_now {
    unsigned int round;
    uint64_t pages, left; /* sent in the round, and not looked at yet */
    uint64_t bytes, wire; /* of the stream, and compressed */
    bool ended;           /* the round */
};

void xlgpu_progress_begin(struct xlgpu_progress *p, const char *name,
                          bool off);
void xlgpu_progress_tell(struct xlgpu_progress *p,
                         const struct xlgpu_progress_now *now);
/* A step that is no round. */
void xlgpu_progress_step(struct xlgpu_progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Leaves the terminal's line: something else is printed. */
void xlgpu_progress_end(struct xlgpu_progress *p);

#endif
