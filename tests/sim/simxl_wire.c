/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "simxl.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define CONTEXT_SIZE 65536 /* libxl's own is smaller */

libxl_ctx *sim_ctx(void)
{
    static void *ctx;

    if (!ctx) ctx = calloc(1, CONTEXT_SIZE);
    return ctx;
}

int write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    ssize_t n;

    for (; len; p += n, len -= n) {
        n = write(fd, p, len);
        if (n < 0 && errno == EINTR) n = 0;
        if (n < 0) return -1;
    }
    return 0;
}

int read_all(int fd, void *data, size_t len)
{
    char *p = data;
    ssize_t n;

    for (; len; p += n, len -= n) {
        n = read(fd, p, len);
        if (n < 0 && errno == EINTR) n = 0;
        else if (n <= 0) return -1;
    }
    return 0;
}
