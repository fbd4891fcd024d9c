/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dirs.h"
#include "migrate/settle_source.h"
#include "status.h"

#define N_PIPES 2

/* Room for the descriptors, aligned as CMSG_FIRSTHDR() wants it. */
union control {
    char buf[CMSG_SPACE(N_PIPES * sizeof(int))];
    struct cmsghdr align;
};

const char *xlgpu_transport_command(void)
{
    return xlgpu_transport_program();
}

static struct msghdr message(struct iovec *iov, union control *control)
{
    return (struct msghdr){ .msg_iov = iov, .msg_iovlen = 1,
                            .msg_control = control->buf,
                            .msg_controllen = sizeof(control->buf) };
}

int xlgpu_transport_take(int socket, unsigned int seconds, int *from_xl,
                         int *to_xl)
{
    struct pollfd pfd = { .fd = socket, .events = POLLIN };
    union control control = { .buf = "" };
    char byte;
    struct iovec iov = { &byte, 1 };
    struct msghdr m = message(&iov, &control);
    struct cmsghdr *c;
    int fd[N_PIPES];

    if (poll(&pfd, 1, seconds * 1000) != 1 ||
        recvmsg(socket, &m, MSG_CMSG_CLOEXEC) != 1 ||
        !(c = CMSG_FIRSTHDR(&m)) || c->cmsg_len != CMSG_LEN(sizeof(fd)))
        return xlgpu_fail(XLGPU_FAILED, "xl migrate", "see its log",
                          "it did not start the transport");
    memcpy(fd, CMSG_DATA(c), sizeof(fd));
    *from_xl = fd[0];
    *to_xl = fd[1];
    return XLGPU_OK;
}

/* Where xl is going to resume the guest: gpu-migrate has done so, or can't
 * any more. */
static int wake_devices(const char *uuid)
{
    struct xlgpu_journal journal = { 0 };
    int rc = uuid ? xlgpu_journal_read(uuid, &journal) : XLGPU_NOT_FOUND;

    if (!rc && journal.state == XLGPU_JOURNAL_OPEN)
        rc = xlgpu_source_wake_devices(&journal);
    xlgpu_journal_dispose(&journal);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

int xlgpu_transport_run(void)
{
    const char *number = getenv(XLGPU_TRANSPORT_FD);
    union control control = { .buf = "" };
    char byte = 0;
    struct iovec iov = { &byte, 1 };
    struct msghdr m = message(&iov, &control);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    const int fd[N_PIPES] = { STDIN_FILENO, STDOUT_FILENO };
    int socket = number ? atoi(number) : -1;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(c), fd, sizeof(fd));
    if (socket < 0 || sendmsg(socket, &m, MSG_NOSIGNAL) != 1)
        return xlgpu_fail(XLGPU_FAILED, "transport",
                          "it is run by xl gpu-migrate alone",
                          "there is no socket to gpu-migrate");
    while (read(socket, &byte, 1) < 0 && errno == EINTR) {}
    return wake_devices(getenv(XLGPU_TRANSPORT_UUID));
}
