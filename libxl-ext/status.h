/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses and error messages.
 *
 * Functions that can fail return an enum xlgpu_status. The one that first
 * knows why something failed says so with xlgpu_fail(); its callers pass the
 * status on and say nothing.
 */
#ifndef XLGPU_STATUS_H
#define XLGPU_STATUS_H

/* The values are the exit statuses of every command. */
enum xlgpu_status {
    XLGPU_OK = 0,
    XLGPU_FAILED = 1,
    XLGPU_USAGE = 2,
    XLGPU_UNABLE = 3,        /* this host or GPU can't do it */
    XLGPU_IN_USE = 4,
    XLGPU_NO_ROOM = 5,
    XLGPU_POOL_MISMATCH = 6,
    XLGPU_ONLY_RESTART = 7,
    XLGPU_NOT_FOUND = 8,     /* no such GPU, domain or host */
};

/*
 * Prints "xl-gpu: WHAT: WHY; REMEDY" as one line on stderr and returns
 * status. REMEDY is left out when NULL. WHY is printf's format. Control
 * characters, which come from names that a user chose, are printed as '?'.
 */
int xlgpu_fail(enum xlgpu_status status, const char *what, const char *remedy,
               const char *why, ...) __attribute__((format(printf, 4, 5)));
#ifdef __clang_analyzer__
/* Who looks at one file can't know what it returns. */
#define xlgpu_fail(status, ...) \
    ((void)(xlgpu_fail)(status, __VA_ARGS__), (int)(status))
#endif

/*
 * From now on failures are handed to fn instead of being printed: what ends a
 * migration at its target is said at its source. remedy may be NULL.
 */
typedef void xlgpu_fail_fn(enum xlgpu_status status, const char *what,
                           const char *why, const char *remedy);
void xlgpu_fail_divert(xlgpu_fail_fn *fn);
/* For failures of which nobody is to hear. */
xlgpu_fail_fn xlgpu_fail_ignore;

/* stderr has a line without an end, a terminal's that is written over: the
 * next message, or xlgpu_line_end(), ends it. */
void xlgpu_line_begun(void);
void xlgpu_line_end(void);

/* As xlgpu_fail(), for what does not end the command: "xl-gpu: warning: …". */
void xlgpu_warn(const char *what, const char *remedy, const char *why, ...)
    __attribute__((format(printf, 3, 4)));

#endif
