/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "ipc.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "xl-gpu-save-helper"
#define BODY_MAX 4096

enum { MSG_LOG = 1, MSG_SUSPEND = 3, MSG_QEMU_LOG = 7, MSG_COMPLETE = 10 };

struct body {
    char data[BODY_MAX];
    uint16_t len;
};

static void put(struct body *b, const void *data, size_t len)
{
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

static void put_u32(struct body *b, uint32_t value)
{
    put(b, &value, sizeof(value));
}

static void put_string(struct body *b, const char *s)
{
    put_u32(b, strlen(s) + 1);
    put(b, s, strlen(s) + 1);
}

static struct body message(uint16_t id)
{
    struct body b = { .len = 0 };

    put(&b, &id, sizeof(id));
    return b;
}

static void write_all(const void *data, size_t len)
{
    const char *p = data;
    ssize_t r;

    for (; len; p += r, len -= r) {
        r = write(STDOUT_FILENO, p, len);
        if (r < 0 && errno == EINTR) r = 0;
        if (r < 0) exit(EXIT_FAILURE);
    }
}

static void transmit(const struct body *b)
{
    write_all(&b->len, sizeof(b->len));
    write_all(b->data, b->len);
}

static int get_reply(void)
{
    char buf[sizeof(int)];
    size_t got = 0;
    ssize_t r;
    int reply;

    while (got < sizeof(buf)) {
        r = read(STDIN_FILENO, buf + got, sizeof(buf) - got);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) exit(EXIT_FAILURE);
        got += r;
    }
    memcpy(&reply, buf, sizeof(reply));
    return reply;
}

void xlgpu_ipc_log(xentoollog_level level, int error, const char *fmt, ...)
{
    struct body b = message(MSG_LOG);
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    put_u32(&b, level);
    put_u32(&b, error);
    put_string(&b, PROGRAM);
    put_string(&b, text);
    transmit(&b);
}

bool xlgpu_ipc_suspend(void (*seen)(void *arg), void *arg)
{
    struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
    struct body b = message(MSG_SUSPEND);

    transmit(&b);
    while (poll(&pfd, 1, 1) <= 0) seen(arg);
    return get_reply();
}

bool xlgpu_ipc_qemu_log(uint32_t domid, bool enable)
{
    struct body b = message(MSG_QEMU_LOG);

    put_u32(&b, domid);
    put_u32(&b, enable);
    transmit(&b);
    return !get_reply();
}

void xlgpu_ipc_complete(int result, int error)
{
    struct body b = message(MSG_COMPLETE);

    put_u32(&b, result);
    put_u32(&b, error);
    transmit(&b);
    get_reply();
}
