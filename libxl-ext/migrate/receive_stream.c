/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "helper/clock.h"
#include "migrate/block.h"
#include "migrate/header.h"
#include "migrate/receiver.h"
#include "migrate/xlwire.h"
#include "status.h"
#include "step.h"
#include "xenstore/arrival.h"

#define POLL_MS 200
/* xl takes nothing, or says nothing, for that long: it hangs. */
#define STALL_MS 120000
#define END_WAIT_S 30

struct stream {
    struct xlgpu_receiver *r;
    char log[512];
    struct xlgpu_swap *swap;
    struct xlgpu_header header;
    char *block;
    bool hotplug;
    struct xlgpu_arrival *arrival;
    int64_t passed; /* the stream's last byte so far, to xl; us */
};

static int xl_failed(const struct stream *s)
{
    return xlgpu_fail(XLGPU_FAILED, "xl migrate-receive", NULL,
                      "it failed: see %s there", s->log);
}

/* ---- xl ---- */

static int start_xl(struct stream *s)
{
    const char *argv[] = { xlgpu_stock_xl(), "migrate-receive", NULL };
    int to[2] = { -1, -1 }, from[2] = { -1, -1 }, log, rc;

    log = open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    rc = xlgpu_pipe(to);
    if (!rc) rc = xlgpu_pipe(from);
    if (!rc)
        rc = xlgpu_child_start(&s->r->xl,
                               &(struct xlgpu_child_how){
                                   .argv = argv, .in = to[0], .out = from[1],
                                   .err = log, .own_group = true });
    xlgpu_step("xl migrate-receive started");
    xlgpu_close(&to[0]);
    xlgpu_close(&from[1]);
    xlgpu_close(&log);
    s->r->to_xl = to[1];
    s->r->from_xl = from[0];
    if (rc) return rc;
    fcntl(s->r->to_xl, F_SETFL, O_NONBLOCK);
    s->r->journal.process = xlgpu_owner_of(s->r->xl.pid);
    return xlgpu_journal_write(&s->r->journal);
}

/* While xl takes its time, the source is told that we are alive. */
static int write_xl(struct stream *s, const void *data, size_t len)
{
    struct pollfd pfd = { .fd = s->r->to_xl, .events = POLLOUT };
    int64_t began = xlgpu_now_ms();
    const char *p = data;
    ssize_t n;
    int rc;

    while (len) {
        n = write(s->r->to_xl, p, len);
        if (n > 0) {
            p += n;
            len -= n;
            began = xlgpu_now_ms();
            continue;
        }
        if (n < 0 && errno != EAGAIN && errno != EINTR) return xl_failed(s);
        if (xlgpu_now_ms() - began > STALL_MS)
            return xlgpu_fail(XLGPU_FAILED, "xl migrate-receive", NULL,
                              "it hangs: see %s there", s->log);
        poll(&pfd, 1, POLL_MS);
        rc = xlgpu_channel_keep(&s->r->ch);
        if (rc) return rc;
    }
    return XLGPU_OK;
}

/* The text, exactly. */
static int expect_text(struct stream *s, const char *text, size_t len)
{
    struct pollfd pfd = { .fd = s->r->from_xl, .events = POLLIN };
    int64_t began = xlgpu_now_ms();
    char got[64] = "";
    size_t n = 0;
    ssize_t r;

    while (n < len) {
        if (xlgpu_now_ms() - began > STALL_MS) return xl_failed(s);
        xlgpu_channel_keep(&s->r->ch);
        if (poll(&pfd, 1, POLL_MS) <= 0) continue;
        r = read(s->r->from_xl, got + n, len - n);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) return xl_failed(s);
        n += r;
    }
    return memcmp(got, text, len) ? xl_failed(s) : XLGPU_OK;
}

/* ---- The stream ---- */

/* The partition is another one here, other devices are the same; a guest
 * without its partition has neither. */
static void fill_swaps(struct stream *s)
{
    const struct xlgpu_moving *g = &s->r->moving;
    size_t i, n = 0;

    s->swap = xlgpu_zalloc(g->n_devices + 1, sizeof(*s->swap));
    if (!s->hotplug)
        s->swap[n++] = (struct xlgpu_swap){ g->partition, s->r->record.bdf };
    for (i = 0; i < g->n_devices; i++)
        s->swap[n++] =
            (struct xlgpu_swap){ g->device[i].bdf, g->device[i].bdf };
    s->header = (struct xlgpu_header){ .uuid = g->uuid, .swap = s->swap,
                                       .n_swaps = n };
}

static int pass_on(struct stream *s, const void *data, size_t len)
{
    int rc = write_xl(s, data, len);

    s->passed = xlgpu_clock_us();
    return rc;
}

static int take_data(struct stream *s, const struct xlgpu_frame *frame)
{
    struct xlgpu_header *h = &s->header;
    size_t len;

    if (!xlgpu_unpack(frame->payload, frame->len, s->block, &len))
        return xlgpu_fail(XLGPU_FAILED, s->r->moving.name, "try again",
                          "the stream is damaged");
    if (h->done) return pass_on(s, s->block, len);
    if (!xlgpu_header_take(h, s->block, len))
        return xlgpu_fail(XLGPU_FAILED, s->r->moving.name, NULL,
                          "the head of the stream is refused: %s", h->why);
    return h->done ? pass_on(s, h->buf, h->len) : XLGPU_OK;
}

static int take_frame(struct stream *s, bool readable)
{
    struct xlgpu_frame frame;
    bool got = true;
    int rc = XLGPU_OK;

    while (!rc) {
        rc = xlgpu_channel_next(&s->r->ch, readable, &frame, &got);
        if (rc || !got) return rc;
        readable = false;
        s->r->called_off = frame.type == XLGPU_FRAME_ABORT;
        if (s->r->called_off) return XLGPU_FAILED;
        if (frame.type != XLGPU_FRAME_DATA)
            return xlgpu_fail(XLGPU_FAILED, s->r->moving.name,
                              "install the same version of xl-gpu on both",
                              "%s came during the stream",
                              xlgpu_frame_name(frame.type));
        rc = take_data(s, &frame);
    }
    return rc;
}

static int pump(struct stream *s)
{
    struct xlgpu_receiver *r = s->r;
    struct pollfd pfd[] = { { .fd = r->ch.in, .events = POLLIN },
                            { .fd = r->from_xl, .events = POLLIN },
                            { .fd = xlgpu_arrival_fd(s->arrival),
                              .events = POLLIN } };
    int rc = XLGPU_OK;

    while (!rc) {
        if (poll(pfd, 3, POLL_MS) < 0)
            pfd[0].revents = pfd[1].revents = pfd[2].revents = 0;
        if (pfd[2].revents) xlgpu_arrival_take(s->arrival, xlgpu_clock_us());
        rc = take_frame(s, pfd[0].revents);
        if (!rc && pfd[1].revents)
            return expect_text(s, XL_READY, sizeof(XL_READY));
        if (!rc) rc = xlgpu_channel_keep(&r->ch);
    }
    return rc;
}

static int64_t since(const struct stream *s, int64_t when)
{
    return when && when >= s->passed ? when - s->passed : XLGPU_PAUSE_UNKNOWN;
}

static int say_ready(struct stream *s)
{
    int64_t now = xlgpu_clock_us();
    const struct xlgpu_arrived *seen;

    xlgpu_arrival_take_all(s->arrival, now);
    seen = xlgpu_arrival_seen(s->arrival);
    return xlgpu_pause_say_ready(
        &s->r->ch, &(struct xlgpu_pause_arrival){
                       .device_model = since(s, seen->device_model),
                       .vf_begun = since(s, seen->vf_begun),
                       .vf = since(s, seen->vf),
                       .ready = since(s, now) });
}

int xlgpu_receiver_stream(struct xlgpu_receiver *r)
{
    struct stream s = { .r = r,
                        .hotplug = !strcmp(r->journal.mode, "hotplug") };
    int rc;

    snprintf(s.log, sizeof(s.log), "%s/xl-gpu-%s.log", xlgpu_log_dir(),
             r->moving.uuid);
    s.block = xlgpu_zalloc(XLGPU_BLOCK_MAX, 1);
    fill_swaps(&s);
    rc = start_xl(&s);
    if (!rc) rc = expect_text(&s, XL_BANNER, sizeof(XL_BANNER) - 1);
    if (!rc && !s.hotplug)
        s.arrival = xlgpu_arrival_watch(r->journal.uuid, r->record.bdf);
    if (!rc) rc = xlgpu_channel_say(&r->ch, XLGPU_FRAME_RECEIVING, XLGPU_END);
    if (!rc) rc = pump(&s);
    xlgpu_step("ready");
    if (!rc) rc = say_ready(&s);
    xlgpu_arrival_close(s.arrival);
    xlgpu_header_dispose(&s.header);
    free(s.swap);
    free(s.block);
    return rc;
}

/* ---- GO ---- */

/*
 * Should this process be killed between GO-TAKEN and xl's own GO, xl must see
 * no end of file: it would destroy the guest. gpu-recover ends the two.
 */
static int start_keeper(struct xlgpu_receiver *r)
{
    pid_t pid = fork();

    if (pid < 0)
        return xlgpu_fail(XLGPU_FAILED, "keeper", NULL, "can't fork: %s",
                          strerror(errno));
    if (!pid) {
        setpgid(0, r->xl.pid);
        close(r->ch.in);
        close(r->ch.out);
        /* ssh waits for the end of that too. */
        close(STDERR_FILENO);
        close(r->journal_lock);
        close(r->guest_lock);
        for (;;) pause();
    }
    setpgid(pid, r->xl.pid);
    r->keeper = pid;
    r->journal.process = xlgpu_owner_of(pid);
    return XLGPU_OK;
}

int xlgpu_receiver_go(struct xlgpu_receiver *r, enum xlgpu_report *report_r)
{
    struct stream s = { .r = r };
    uint64_t began;
    char status;
    int rc;

    *report_r = XLGPU_REPORT_NONE;
    rc = start_keeper(r);
    if (rc) return rc;
    r->journal.state = XLGPU_JOURNAL_GO_TAKEN;
    rc = xlgpu_journal_write(&r->journal);
    if (rc) {
        r->journal.state = XLGPU_JOURNAL_OPEN;
        return rc;
    }
    xlgpu_step("GO-TAKEN");

    began = xlgpu_clock_us();
    rc = write_xl(&s, XL_GO, sizeof(XL_GO));
    xlgpu_step("GO passed on");
    if (!rc) rc = expect_text(&s, XL_REPORT, sizeof(XL_REPORT));
    if (!rc && read(r->from_xl, &status, 1) == 1)
        *report_r = status ? XLGPU_REPORT_FAILED : XLGPU_REPORT_STARTED;
    r->took.start = xlgpu_clock_since(&began);
    xlgpu_step("report heard");
    return XLGPU_OK;
}

void xlgpu_receiver_end_xl(struct xlgpu_receiver *r)
{
    xlgpu_close(&r->to_xl);
    xlgpu_close(&r->from_xl);
    if (r->keeper > 0) {
        kill(r->keeper, SIGKILL);
        waitpid(r->keeper, NULL, 0);
        r->keeper = 0;
    }
    if (r->xl.pid && !xlgpu_child_wait(&r->xl, END_WAIT_S))
        xlgpu_child_end(&r->xl, 5);
}
