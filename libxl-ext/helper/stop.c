/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;
static int stream = -1, unwritable = -1;

/*
 * A flag alone would come too late between a look at it and a write that
 * then waits for ever; the stream's descriptor, made one that can't be
 * written to, does not.
 */
static void on_term(int signal_number)
{
    int saved = errno;

    (void)signal_number;
    stopped = 1;
    dup2(unwritable, stream);
    errno = saved;
}

int xlgpu_stop_init(int stream_fd)
{
    /* No SA_RESTART: a write that waits ends with EINTR. */
    struct sigaction action = { .sa_handler = on_term };
    sigset_t term;

    stopped = 0;
    stream = stream_fd;
    if (unwritable < 0)
        unwritable = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (unwritable < 0) return errno;
    if (sigaction(SIGTERM, &action, NULL)) return errno;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    return pthread_sigmask(SIG_UNBLOCK, &term, NULL);
}

bool xlgpu_stopped(void)
{
    return stopped;
}
