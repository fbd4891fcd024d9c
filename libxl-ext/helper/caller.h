/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxl, which runs the helper. It is spoken to on stdin and stdout, in the
 * machine's byte order: a length, a message's number and its arguments; the
 * answer is an int. See libxl_save_msgs_gen.pl and libxl_save_helper.c of
 * Xen's tools/libs/light; the same in 4.17, 4.20 and later.
 * Functions return 0 or an errno: EPIPE when libxl is gone.
 */
#ifndef XLGPU_CALLER_H
#define XLGPU_CALLER_H

#include <stdbool.h>
#include <stdint.h>

/* What libxl will answer: bits of the helper's argument cbflags. */
#define XLGPU_CALLER_SUSPEND (1u << 3)
#define XLGPU_CALLER_QEMU_LOG (1u << 7)

struct xlgpu_caller {
    int in, out;
};

/* Numbers of libxentoollog's levels. */
enum xlgpu_caller_level {
    XLGPU_CALLER_DEBUG = 1,
    XLGPU_CALLER_INFO = 5,
    XLGPU_CALLER_ERROR = 8,
};

int xlgpu_caller_log(struct xlgpu_caller *caller,
                     enum xlgpu_caller_level level, int errnoval,
                     const char *text);
int xlgpu_caller_progress(struct xlgpu_caller *caller, const char *doing,
                          unsigned long done, unsigned long total);

/* libxl suspends the guest and saves its device model. Meanwhile watch is
 * called, every few milliseconds until it returns true. */
int xlgpu_caller_suspend(struct xlgpu_caller *caller,
                         bool (*watch)(void *opaque), void *opaque,
                         bool *done_r);
/* QEMU's own log of what it writes to the guest. */
int xlgpu_caller_qemu_log(struct xlgpu_caller *caller, uint32_t domid,
                          bool on);
/* The end: libxl may be gone when this returns. */
int xlgpu_caller_complete(struct xlgpu_caller *caller, int errnoval);

#endif
