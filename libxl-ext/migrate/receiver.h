/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target's side: xl-gpu migrate-receive, which the source runs over ssh.
 *
 *   receiver.c        the conversation, questions after a crash
 *   reserve.c         the partition
 *   receive_stream.c  xl's stream into stock xl migrate-receive
 *
 * and in the end migrate/settle_target.h, whichever way it went.
 */
#ifndef XLGPU_RECEIVER_H
#define XLGPU_RECEIVER_H

#include <libxl.h>

#include "child.h"
#include "migrate/frame.h"
#include "migrate/moving.h"
#include "migrate/pause.h"
#include "xenstore/journal.h"
#include "xenstore/records.h"

struct xlgpu_receiver {
    struct xlgpu_channel ch;
    libxl_ctx *xen;
    struct xlgpu_moving moving;   /* .name NULL: not told yet */
    struct xlgpu_journal journal; /* .uuid "": none begun */
    int journal_lock;
    int guest_lock;               /* inherited by xl, as by xl create */
    struct xlgpu_record record;   /* the reservation */
    struct xlgpu_child xl;        /* migrate-receive */
    pid_t keeper;                 /* keeps xl's pipes open from GO on */
    int to_xl, from_xl;
    bool runs;                    /* nothing may undo it any more */
    bool called_off;              /* by the source */
    bool left;                    /* a layout that could not be undone */
    struct xlgpu_pause_start took;
};

/* Serves one connection. The exit status of the command. */
int xlgpu_receive(int in, int out);

/* ---- Its steps. Each says what failed. ---- */

/* What the RESERVE frame asks for. */
int xlgpu_receiver_reserve(struct xlgpu_receiver *r,
                           const struct xlgpu_frame *frame);

/* The stream until the guest is there, paused. */
int xlgpu_receiver_stream(struct xlgpu_receiver *r);

/* GO-TAKEN, then GO to xl, and its report. A failure means that GO was not
 * taken. */
enum xlgpu_report { XLGPU_REPORT_NONE, XLGPU_REPORT_STARTED,
                    XLGPU_REPORT_FAILED };
int xlgpu_receiver_go(struct xlgpu_receiver *r, enum xlgpu_report *report_r);

/* xl and what belongs to it, whatever it is doing. */
void xlgpu_receiver_end_xl(struct xlgpu_receiver *r);

#endif
