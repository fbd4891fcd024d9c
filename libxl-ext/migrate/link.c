/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <yajl/yajl_gen.h>

#include "alloc.h"
#include "child.h"
#include "status.h"

#define LINE_MAX_LEN (64u << 10)

/* When pre-copy ends: policy/rounds.h. */
#define THREADS_MAX 8
#define ROUNDS_MAX 30
#define SECONDS_MAX 1800
#define PAUSE_TARGET_MS 300
#define QUIET_S 5

static int say(struct xlgpu_link *link, const void *text, size_t len)
{
    if (send(link->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len &&
        send(link->fd, "\n", 1, MSG_NOSIGNAL) == 1)
        return XLGPU_OK;
    return xlgpu_fail(XLGPU_FAILED, "save helper", NULL, "it has ended");
}

static void put_string(yajl_gen gen, const char *s)
{
    yajl_gen_string(gen, (const unsigned char *)s, strlen(s));
}

static void put_number(yajl_gen gen, const char *key, long value)
{
    put_string(gen, key);
    yajl_gen_integer(gen, value);
}

static long threads(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
}

int xlgpu_link_plan(struct xlgpu_link *link, const struct xlgpu_plan *plan)
{
    yajl_gen gen = yajl_gen_alloc(NULL);
    const unsigned char *text;
    char bdf[XLGPU_BDF_LEN];
    size_t i, len;
    int rc;

    yajl_gen_map_open(gen);
    put_string(gen, "mode");
    put_string(gen, plan->mode);
    put_string(gen, "tracker");
    put_string(gen, plan->tracker);
    put_string(gen, "devices");
    yajl_gen_array_open(gen);
    for (i = 0; i < plan->n_devices; i++)
        put_string(gen, xlgpu_bdf_format(plan->device[i], bdf));
    yajl_gen_array_close(gen);
    put_number(gen, "threads", threads());
    put_number(gen, "max_rounds", ROUNDS_MAX);
    put_number(gen, "max_seconds", SECONDS_MAX);
    put_number(gen, "pause_target_ms", PAUSE_TARGET_MS);
    put_number(gen, "quiet_seconds", QUIET_S);
    yajl_gen_map_close(gen);
    yajl_gen_get_buf(gen, &text, &len);
    rc = say(link, text, len);
    yajl_gen_free(gen);
    return rc;
}

int xlgpu_link_go(struct xlgpu_link *link)
{
    static const char go[] = "{\"go\":true}";

    return say(link, go, strlen(go));
}

static bool take(struct xlgpu_link *link)
{
    ssize_t r;

    if (!link->buf) link->buf = xlgpu_zalloc(LINE_MAX_LEN + 1, 1);
    do {
        r = read(link->fd, link->buf + link->used, LINE_MAX_LEN - link->used);
    } while (r < 0 && errno == EINTR);
    if (r <= 0) return false;
    link->used += r;
    return true;
}

/* The first line, taken out of the buffer. */
static yajl_val take_line(struct xlgpu_link *link)
{
    char *end = link->buf ? memchr(link->buf, '\n', link->used) : NULL;
    yajl_val event;
    char error[128];
    size_t len;

    if (!end) return NULL;
    *end = '\0';
    event = yajl_tree_parse(link->buf, error, sizeof(error));
    len = end + 1 - link->buf;
    memmove(link->buf, end + 1, link->used - len);
    link->used -= len;
    return event;
}

yajl_val xlgpu_link_next(struct xlgpu_link *link, bool readable,
                         bool *ended_r)
{
    yajl_val event = take_line(link);

    *ended_r = false;
    if (event || !readable) return event;
    *ended_r = !take(link);
    return take_line(link);
}

void xlgpu_link_stop(struct xlgpu_link *link)
{
    if (link->fd >= 0) shutdown(link->fd, SHUT_WR);
}

bool xlgpu_link_rest_has(struct xlgpu_link *link, const char *what)
{
    struct pollfd pfd = { .fd = link->fd, .events = POLLIN };
    bool readable, ended, found = false;
    yajl_val event;

    do {
        readable = poll(&pfd, 1, 0) == 1;
        event = xlgpu_link_next(link, readable, &ended);
        if (event && !strcmp(xlgpu_link_string(event, "event"), what))
            found = true;
        yajl_tree_free(event);
    } while (event || (readable && !ended));
    return found;
}

void xlgpu_link_close(struct xlgpu_link *link)
{
    xlgpu_close(&link->fd);
    free(link->buf);
    *link = (struct xlgpu_link){ .fd = -1 };
}

int64_t xlgpu_link_number(yajl_val event, const char *key)
{
    const char *path[] = { key, NULL };
    yajl_val v = yajl_tree_get(event, path, yajl_t_number);

    return v && YAJL_IS_INTEGER(v) ? YAJL_GET_INTEGER(v) : 0;
}

const char *xlgpu_link_string(yajl_val event, const char *key)
{
    const char *path[] = { key, NULL };
    yajl_val v = yajl_tree_get(event, path, yajl_t_string);

    return v ? v->u.string : "";
}
