/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * simcut COMMAND…: a connection to the command that is cut as the file
 * $SIM_CUT says, once: "before FRAME" or "after FRAME", the first frame of
 * that name (libxl-ext/migrate/frame.h), whoever sends it. Then both ends
 * see the end of the connection, and live on; the command's process is in
 * $SIM_CUT.of. "empty FRAME" cuts nothing: such frames are an empty object, as
 * where the sender is older.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "migrate/frame.h"

#define HEAD 8

struct way {
    int in, out;
    unsigned char head[HEAD];
    size_t n_head;
    uint32_t left; /* of the payload */
    bool drop;     /* that is not passed on */
};

static char when[8], what[32];
static pid_t command;

static int start(char **argv, int *to_r, int *from_r)
{
    int to[2], from[2];

    if (pipe(to) || pipe(from)) return -1;
    command = fork();
    if (!command) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[0]), close(to[1]), close(from[0]), close(from[1]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    *to_r = to[1];
    *from_r = from[0];
    return 0;
}

static void read_order(void)
{
    const char *path = getenv("SIM_CUT");
    FILE *f = path ? fopen(path, "r") : NULL;

    if (f && fscanf(f, "%7s %31s", when, what) != 2) *when = '\0';
    if (f) fclose(f);
}

/* Its end closes both pipes, to both ends. */
static void cut_at(const char *here, const char *frame)
{
    const char *order = getenv("SIM_CUT");
    char path[256];
    FILE *f;

    if (strcmp(when, here) || strcmp(what, frame)) return;
    snprintf(path, sizeof(path), "%s.of", order);
    f = fopen(path, "w");
    if (f) fprintf(f, "%d\n", (int)command);
    if (f) fclose(f);
    unlink(order);
    exit(0);
}

static void put(int fd, const void *data, size_t len)
{
    const char *p = data;
    ssize_t n;

    for (; len; p += n, len -= n) {
        n = write(fd, p, len);
        if (n < 0) exit(0);
    }
}

static void put_head(struct way *w)
{
    static const unsigned char length[4] = { 0, 0, 0, 2 };

    w->drop = !strcmp(when, "empty") &&
              !strcmp(what, xlgpu_frame_name(w->head[0]));
    if (w->drop) memcpy(w->head + 4, length, sizeof(length));
    put(w->out, w->head, HEAD);
    if (w->drop) put(w->out, "{}", 2);
}

/* One read's worth of a head or of a payload. */
static void pass(struct way *w)
{
    char buf[65536];
    size_t want = w->n_head < HEAD ? HEAD - w->n_head
                  : w->left < sizeof(buf) ? w->left : sizeof(buf);
    ssize_t n = read(w->in, buf, want);
    uint32_t len;

    if (n <= 0) exit(0);
    if (w->n_head < HEAD) {
        memcpy(w->head + w->n_head, buf, n);
        w->n_head += n;
        if (w->n_head < HEAD) return;
        memcpy(&len, w->head + 4, sizeof(len));
        w->left = __builtin_bswap32(len);
        cut_at("before", xlgpu_frame_name(w->head[0]));
        put_head(w);
    } else {
        if (!w->drop) put(w->out, buf, n);
        w->left -= n;
    }
    if (w->left) return;
    w->n_head = 0;
    cut_at("after", xlgpu_frame_name(w->head[0]));
}

int main(int argc, char **argv)
{
    struct way way[2] = { { .in = STDIN_FILENO }, { .out = STDOUT_FILENO } };
    int i;

    signal(SIGPIPE, SIG_IGN);
    read_order();
    if (argc < 2 || start(argv + 1, &way[0].out, &way[1].in)) return 1;
    for (;;) {
        struct pollfd pfd[] = { { .fd = way[0].in, .events = POLLIN },
                                { .fd = way[1].in, .events = POLLIN } };

        poll(pfd, 2, -1);
        for (i = 0; i < 2; i++)
            if (pfd[i].revents) pass(&way[i]);
    }
}
