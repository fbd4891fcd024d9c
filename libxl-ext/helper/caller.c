/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "caller.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define NAME "xl-gpu-save-helper"
#define WATCH_MS 2
#define MAX_TEXT 1024

enum message {
    LOG = 1,
    PROGRESS = 2,
    SUSPEND = 3,
    QEMU_LOG = 7,
    COMPLETE = 10,
};

struct body {
    uint16_t size;
    char bytes[3 * MAX_TEXT];
} __attribute__((packed));

static void put(struct body *body, const void *value, size_t size)
{
    memcpy(body->bytes + body->size, value, size);
    body->size += size;
}

static void begin(struct body *body, enum message message)
{
    uint16_t number = message;

    body->size = 0;
    put(body, &number, sizeof(number));
}

static void put_u32(struct body *body, uint32_t value)
{
    put(body, &value, sizeof(value));
}

static void put_text(struct body *body, const char *text)
{
    size_t len = strnlen(text, MAX_TEXT - 1);

    put_u32(body, len + 1);
    put(body, text, len);
    put(body, "", 1);
}

static int send_body(struct xlgpu_caller *caller, const struct body *body)
{
    const char *at = (const char *)body;
    size_t left = sizeof(body->size) + body->size;
    ssize_t n;

    while (left) {
        n = write(caller->out, at, left);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        at += n;
        left -= n;
    }
    return 0;
}

static int answer(struct xlgpu_caller *caller, int *value_r)
{
    size_t have = 0;
    ssize_t n;

    while (have < sizeof(*value_r)) {
        n = read(caller->in, (char *)value_r + have,
                 sizeof(*value_r) - have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (!n) return EPIPE;
        have += n;
    }
    return 0;
}

int xlgpu_caller_log(struct xlgpu_caller *caller,
                     enum xlgpu_caller_level level, int errnoval,
                     const char *text)
{
    struct body body;

    begin(&body, LOG);
    put_u32(&body, level);
    /* What libxl takes for "no errno". */
    put_u32(&body, errnoval ? errnoval : -1);
    put_text(&body, NAME);
    put_text(&body, text);
    return send_body(caller, &body);
}

int xlgpu_caller_progress(struct xlgpu_caller *caller, const char *doing,
                          unsigned long done, unsigned long total)
{
    struct body body;

    begin(&body, PROGRESS);
    put_text(&body, NAME);
    put_text(&body, doing);
    put(&body, &done, sizeof(done));
    put(&body, &total, sizeof(total));
    return send_body(caller, &body);
}

static void watch_until_answered(struct xlgpu_caller *caller,
                                 bool (*watch)(void *opaque), void *opaque)
{
    struct pollfd in = { .fd = caller->in, .events = POLLIN };

    while (poll(&in, 1, WATCH_MS) <= 0)
        if (watch(opaque)) break;
}

int xlgpu_caller_suspend(struct xlgpu_caller *caller,
                         bool (*watch)(void *opaque), void *opaque,
                         bool *done_r)
{
    struct body body;
    int rc, value;

    *done_r = false;
    begin(&body, SUSPEND);
    rc = send_body(caller, &body);
    if (rc) return rc;

    watch_until_answered(caller, watch, opaque);
    rc = answer(caller, &value);
    *done_r = !rc && value;
    return rc;
}

int xlgpu_caller_qemu_log(struct xlgpu_caller *caller, uint32_t domid,
                          bool on)
{
    struct body body;
    int rc, value;

    begin(&body, QEMU_LOG);
    put_u32(&body, domid);
    put_u32(&body, on);
    rc = send_body(caller, &body);
    if (!rc) rc = answer(caller, &value);
    return rc ? rc : value ? EIO : 0;
}

int xlgpu_caller_complete(struct xlgpu_caller *caller, int errnoval)
{
    struct body body;
    int rc, value;

    begin(&body, COMPLETE);
    put_u32(&body, errnoval ? -1 : 0);
    put_u32(&body, errnoval);
    rc = send_body(caller, &body);
    return rc ? rc : answer(caller, &value);
}
