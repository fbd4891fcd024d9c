/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xl-gpu-save-helper: what libxl runs in the place of its own save helper,
 * by LIBXL_SAVE_HELPER, for the one xl migrate that gpu-migrate starts:
 *
 *   --save-domain FD BACK DOMID XCFLAGS CBFLAGS TYPE
 *
 * with the socket to gpu-migrate in XLGPU_MOVE_FD. BACK and XCFLAGS don't
 * matter: the plan says how the guest is saved.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "save.h"
#include "stop.h"

#define PLAIN_STREAM 0
#define USE_XL "it is started by xl gpu-migrate alone"

static bool number(const char *text, long *value_r)
{
    char *end;

    errno = 0;
    *value_r = text ? strtol(text, &end, 10) : 0;
    return text && !errno && end != text && !*end && *value_r >= 0 &&
           *value_r <= INT_MAX;
}

static int read_arguments(struct xlgpu_save *save, int argc, char **argv)
{
    long fd, domid, answers, type;

    if (argc != 8 || strcmp(argv[1], "--save-domain") ||
        !number(argv[2], &fd) || !number(argv[4], &domid) ||
        !number(argv[6], &answers) || !number(argv[7], &type))
        return xlgpu_save_fail(save, EINVAL, USE_XL, "arguments");
    if (type != PLAIN_STREAM)
        return xlgpu_save_fail(save, EOPNOTSUPP, "use stock xl for it",
                               "a checkpointed stream");
    if (!(answers & XLGPU_CALLER_SUSPEND) ||
        !(answers & XLGPU_CALLER_QEMU_LOG))
        return xlgpu_save_fail(save, EOPNOTSUPP, "is it an HVM guest?",
                               "libxl does not answer what is needed");
    save->domid = domid;
    save->stream.fd = fd;
    return 0;
}

static int open_socket(struct xlgpu_save *save)
{
    const char *text = getenv("XLGPU_MOVE_FD");
    long fd;

    if (!text)
        return xlgpu_save_fail(save, 0, USE_XL, "XLGPU_MOVE_FD is not set");
    if (!number(text, &fd) || fcntl(fd, F_SETFD, FD_CLOEXEC))
        return xlgpu_save_fail(save, EINVAL, USE_XL, "XLGPU_MOVE_FD=%s",
                               text);
    save->move->fd = fd;
    return 0;
}

static int run(struct xlgpu_save *save, int argc, char **argv)
{
    static struct xlgpu_plan plan;
    const char *why;
    int rc;

    rc = read_arguments(save, argc, argv);
    if (!rc) rc = open_socket(save);
    if (rc) return rc;

    rc = xlgpu_move_read_plan(save->move, &plan, &why);
    if (rc)
        return xlgpu_save_fail(save, rc, USE_XL, "gpu-migrate's plan: %s",
                               why);
    rc = xlgpu_stop_init(save->stream.fd);
    if (!rc) rc = xlgpu_move_watch(save->move);
    if (!rc) rc = xlgpu_vm_open(save->domid, &save->vm);
    if (rc)
        return xlgpu_save_fail(save, rc, "see xl list and xl dmesg",
                               "opening domain %u", save->domid);
    save->plan = &plan;
    rc = xlgpu_save_run(save);
    xlgpu_vm_close(save->vm);
    return rc;
}

int main(int argc, char **argv)
{
    struct xlgpu_caller caller = { STDIN_FILENO, STDOUT_FILENO };
    struct xlgpu_move move = { -1 };
    struct xlgpu_save save = { .caller = &caller, .move = &move };
    int rc;

    /* Whoever is gone is told by the write. */
    signal(SIGPIPE, SIG_IGN);
    xlgpu_caller_log(&caller, XLGPU_CALLER_DEBUG, 0, "starting save");
    rc = run(&save, argc, argv);
    return xlgpu_caller_complete(&caller, rc) ? 1 : 0;
}
