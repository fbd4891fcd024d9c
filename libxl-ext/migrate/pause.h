/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a guest is paused, in its parts, as a line "PART N us, …". Each
 * side measures by its own clock, and says durations only; what a peer does
 * not say is "PART -". All are microseconds.
 */
#ifndef XLGPU_PAUSE_H
#define XLGPU_PAUSE_H

#include <stdint.h>

#include <yajl/yajl_tree.h>

#include "migrate/frame.h"

#define XLGPU_PAUSE_UNKNOWN (-1)

/* When each was seen at the target, from when the stream's last byte was
 * xl's. */
struct xlgpu_pause_arrival {
    int64_t device_model; /* it runs, with its state */
    int64_t vf_begun;     /* libxl begins to attach the partition */
    int64_t vf;           /* … and has */
    int64_t ready;        /* xl has the guest, paused */
};

/* How long the target took over each from GO on. */
struct xlgpu_pause_start {
    int64_t start;  /* xl's unpause, or its create */
    int64_t settle; /* the records, when it runs */
};

/* READY and STARTED, with these. */
int xlgpu_pause_say_ready(struct xlgpu_channel *ch,
                          const struct xlgpu_pause_arrival *a);
int xlgpu_pause_say_started(struct xlgpu_channel *ch,
                            const struct xlgpu_pause_start *s);
/* What of it a frame has, which may be hostile. */
struct xlgpu_pause_arrival
xlgpu_pause_hear_ready(const struct xlgpu_frame *frame);
struct xlgpu_pause_start
xlgpu_pause_hear_started(const struct xlgpu_frame *frame);

/* ---- The line; *text is NULL in the beginning, and owned ---- */

void xlgpu_pause_add(char **text, const char *part, int64_t us);
/* The parts that the save helper measures, by its event. */
void xlgpu_pause_add_memory(char **text, yajl_val timing);
/* target: from the helper's end until READY. */
void xlgpu_pause_add_target(char **text, int64_t target,
                            const struct xlgpu_pause_arrival *a);
/* resume: from READY, or the guest's end here, until STARTED; start is named
 * by what xl does. */
void xlgpu_pause_add_resume(char **text, int64_t resume, const char *start,
                            const struct xlgpu_pause_start *s);

#endif
