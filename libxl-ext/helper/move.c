/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "move.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yajl/yajl_tree.h>

#define MAX_LINE 4096

/* A byte at a time: what follows the line is not ours to take. */
static int read_line(struct xlgpu_move *move, char line[MAX_LINE])
{
    size_t have = 0;
    ssize_t n;

    while (have < MAX_LINE) {
        n = read(move->fd, line + have, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (!n) return EPIPE;
        if (line[have] == '\n') {
            line[have] = '\0';
            return 0;
        }
        have++;
    }
    return EMSGSIZE;
}

int xlgpu_move_read_plan(struct xlgpu_move *move, struct xlgpu_plan *plan,
                         const char **why_r)
{
    char line[MAX_LINE];
    int rc;

    rc = read_line(move, line);
    *why_r = rc ? "it does not arrive" : NULL;
    return rc ? rc : xlgpu_plan_parse(line, plan, why_r);
}

int xlgpu_move_wait_go(struct xlgpu_move *move)
{
    static const char *path[] = { "go", NULL };
    char line[MAX_LINE];
    yajl_val json;
    int rc;

    rc = read_line(move, line);
    if (rc) return rc;

    json = yajl_tree_parse(line, NULL, 0);
    if (!YAJL_IS_TRUE(yajl_tree_get(json, path, yajl_t_any))) rc = EPROTO;
    yajl_tree_free(json);
    return rc;
}

static int write_all(int fd, const void *data, size_t size)
{
    const char *at = data;
    ssize_t n;

    while (size) {
        n = write(fd, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        at += n;
        size -= n;
    }
    return 0;
}

void xlgpu_event_key(yajl_gen gen, const char *key)
{
    yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
}

void xlgpu_event_string(yajl_gen gen, const char *key, const char *value)
{
    xlgpu_event_key(gen, key);
    xlgpu_event_key(gen, value);
}

void xlgpu_event_number(yajl_gen gen, const char *key, uint64_t value)
{
    xlgpu_event_key(gen, key);
    yajl_gen_integer(gen, (long long)value);
}

yajl_gen xlgpu_event_begin(const char *event)
{
    yajl_gen gen = yajl_gen_alloc(NULL);

    if (!gen) return NULL;
    yajl_gen_map_open(gen);
    xlgpu_event_string(gen, "event", event);
    return gen;
}

int xlgpu_event_end(struct xlgpu_move *move, yajl_gen gen)
{
    const unsigned char *text;
    size_t len;
    int rc = 0;

    if (!gen) return ENOMEM;
    yajl_gen_map_close(gen);
    if (yajl_gen_get_buf(gen, &text, &len) != yajl_gen_status_ok) rc = EINVAL;
    if (!rc && move->fd >= 0) {
        rc = write_all(move->fd, text, len);
        if (!rc) rc = write_all(move->fd, "\n", 1);
    }
    yajl_gen_free(gen);
    return rc;
}

int xlgpu_event_plain(struct xlgpu_move *move, const char *event)
{
    return xlgpu_event_end(move, xlgpu_event_begin(event));
}

struct watch {
    int fd;
    pthread_t whom;
};

static void *watch_main(void *opaque)
{
    struct watch watch = *(struct watch *)opaque;
    struct pollfd end = { .fd = watch.fd, .events = POLLRDHUP };

    free(opaque);
    while (poll(&end, 1, -1) < 0 && errno == EINTR)
        ;
    /* stop.c catches it. */
    /* NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c) */
    pthread_kill(watch.whom, SIGTERM);
    return NULL;
}

int xlgpu_move_watch(struct xlgpu_move *move)
{
    struct watch *watch = malloc(sizeof(*watch));
    sigset_t all, before;
    pthread_t thread;
    int rc;

    if (!watch) return ENOMEM;
    *watch = (struct watch){ move->fd, pthread_self() };

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    rc = pthread_create(&thread, NULL, watch_main, watch);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc)
        free(watch);
    else
        pthread_detach(thread);
    return rc;
}
