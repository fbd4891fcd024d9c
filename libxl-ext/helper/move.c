/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "json.h"
#include "migrate/link.h"

#define LINE_MAX_LEN 65536
#define DEVICES_MAX 256
#define ROUND_EVERY_US 200000

int64_t xlgpu_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* ---- What comes ---- */

/* A line without its end; false at the end of file. */
static bool read_line(int fd, char *buf, size_t size)
{
    size_t n = 0;
    ssize_t r;

    while (n + 1 < size) {
        r = read(fd, buf + n, 1);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) return false;
        if (buf[n] == '\n') break;
        n++;
    }
    buf[n] = '\0';
    return true;
}

static void read_devices(struct xlgpu_json *j, struct xlgpu_move *m)
{
    yajl_val *list;
    size_t i;

    list = xlgpu_json_array(j, j->root, "devices", DEVICES_MAX,
                            &m->n_devices);
    m->device = xlgpu_zalloc(m->n_devices + 1, sizeof(*m->device));
    for (i = 0; i < m->n_devices; i++)
        if (!xlgpu_bdf_parse(xlgpu_json_text(j, list[i], "devices",
                                             XLGPU_BDF_LEN),
                             &m->device[i]))
            xlgpu_json_wrong(j, "devices", "has what is no PCI address");
}

static void read_plan(struct xlgpu_json *j, struct xlgpu_move *m)
{
    static const char *const modes[] = { "live", "freeze" };
    static const char *const trackers[] = { "content", "iommu" };

    m->freeze = xlgpu_json_word(j, j->root, "mode", modes, 2);
    m->iommu = xlgpu_json_word(j, j->root, "tracker", trackers, 2);
    m->threads = xlgpu_json_number(j, j->root, "threads", 64);
    m->quiet_seconds = xlgpu_json_number(j, j->root, "quiet_seconds", 600);
    m->rule.max_rounds = xlgpu_json_number(j, j->root, "max_rounds", 1000);
    m->rule.max_seconds = xlgpu_json_number(j, j->root, "max_seconds", 86400);
    m->rule.pause_target_ms =
        xlgpu_json_number(j, j->root, "pause_target_ms", 60000);
    read_devices(j, m);
}

const char *xlgpu_move_open(struct xlgpu_move *m)
{
    const char *number = getenv(XLGPU_MOVE_FD), *why = NULL;
    char *line = xlgpu_zalloc(LINE_MAX_LEN, 1);
    struct xlgpu_json j = { 0 };

    *m = (struct xlgpu_move){ .fd = number ? atoi(number) : -1 };
    if (m->fd < 0) {
        why = "it is run by xl gpu-migrate alone";
    } else if (fcntl(m->fd, F_SETFD, FD_CLOEXEC) ||
               !read_line(m->fd, line, LINE_MAX_LEN)) {
        why = "gpu-migrate is gone";
    } else {
        xlgpu_json_parse(&j, line);
        read_plan(&j, m);
        if (j.why) why = "its plan can't be read";
        xlgpu_json_dispose(&j);
    }
    free(line);
    return why;
}

bool xlgpu_move_is_over(const struct xlgpu_move *m)
{
    struct pollfd pfd = { .fd = m->fd, .events = POLLIN };
    char byte;

    return poll(&pfd, 1, 0) > 0 &&
           recv(m->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* ---- What goes ---- */

static void say(struct xlgpu_move *m, yajl_gen g)
{
    char *text = xlgpu_gen_close(g);
    size_t len = strlen(text);

    text[len] = '\n';
    send(m->fd, text, len + 1, MSG_NOSIGNAL);
    free(text);
}

static yajl_gen event(const char *name)
{
    yajl_gen g = xlgpu_gen_open();

    xlgpu_gen_string(g, "event", name);
    return g;
}

void xlgpu_move_event(struct xlgpu_move *m, const char *name)
{
    say(m, event(name));
}

void xlgpu_move_tracker(struct xlgpu_move *m, const char *name)
{
    yajl_gen g = event("tracker");

    xlgpu_gen_string(g, "tracker", name);
    say(m, g);
}

void xlgpu_move_error(struct xlgpu_move *m, const char *why,
                      const char *remedy)
{
    yajl_gen g = event("error");

    xlgpu_gen_string(g, "why", why);
    xlgpu_gen_string(g, "remedy", remedy ? remedy : "");
    say(m, g);
}

void xlgpu_move_round(struct xlgpu_move *m, unsigned int round,
                      uint64_t pages, uint64_t bytes, uint64_t changed,
                      uint64_t left, bool at_once)
{
    int64_t now = xlgpu_now_us();
    yajl_gen g;

    if (!at_once && now - m->told < ROUND_EVERY_US) return;
    m->told = now;
    g = event("round");
    xlgpu_gen_number(g, "round", round);
    xlgpu_gen_number(g, "pages", pages);
    xlgpu_gen_number(g, "bytes", bytes);
    xlgpu_gen_number(g, "changed", changed);
    xlgpu_gen_number(g, "left", left);
    say(m, g);
}

bool xlgpu_move_quiet(struct xlgpu_move *m, const uint16_t *command)
{
    char bdf[XLGPU_BDF_LEN], line[256];
    yajl_gen g = event("quiet");
    size_t i;

    xlgpu_gen_list(g, "devices");
    for (i = 0; i < m->n_devices; i++) {
        xlgpu_gen_object(g, NULL);
        xlgpu_gen_string(g, "bdf", xlgpu_bdf_format(m->device[i], bdf));
        xlgpu_gen_number(g, "command", command[i]);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    say(m, g);
    return read_line(m->fd, line, sizeof(line)) &&
           !strcmp(line, "{\"go\":true}");
}

void xlgpu_move_done(struct xlgpu_move *m, const struct xlgpu_timing *t,
                     uint64_t populated, uint64_t sent, uint64_t resent)
{
    yajl_gen g = event("done");

    xlgpu_gen_object(g, "timing_us");
    xlgpu_gen_number(g, "freeze", t->freeze);
    xlgpu_gen_number(g, "device_model", t->device_model);
    xlgpu_gen_number(g, "types", t->types);
    xlgpu_gen_number(g, "map", t->map);
    xlgpu_gen_number(g, "hash", t->hash);
    xlgpu_gen_number(g, "send", t->send);
    xlgpu_gen_number(g, "context", t->context);
    xlgpu_gen_number(g, "paused", t->paused);
    yajl_gen_map_close(g);
    xlgpu_gen_object(g, "pages");
    xlgpu_gen_number(g, "populated", populated);
    xlgpu_gen_number(g, "sent", sent);
    xlgpu_gen_number(g, "resent", resent);
    yajl_gen_map_close(g);
    say(m, g);
}
