/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream of a guest: stock xl migrate writes it into pipes of which this
 * has the other ends, and it goes on to the target in compressed blocks. xl
 * sees an end of file only when this lets it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "child.h"
#include "dirs.h"
#include "domain/control.h"
#include "helper/clock.h"
#include "migrate/block.h"
#include "migrate/link.h"
#include "migrate/migration.h"
#include "migrate/settle_source.h"
#include "migrate/transport.h"
#include "migrate/xlwire.h"
#include "status.h"
#include "step.h"

#define TRANSPORT_WAIT_S 30
#define RECEIVING_WAIT_S 60
#define XL_END_WAIT_S 60
#define POLL_MS 200

struct stream {
    struct xlgpu_migration *m;
    bool our_helper;
    struct xlgpu_child xl;
    bool begun;           /* xl was started */
    int transport;        /* closed: the transport ends, which xl waits for */
    int from_xl, to_xl;
    struct xlgpu_link link;
    int64_t suspended, done, ready_at; /* when, us; 0: not yet */
    struct xlgpu_pause_arrival arrival;
    int64_t before;       /* the guest was paused that long when it was said
                           * to be suspended, us */
    bool ready;           /* the target has the guest, paused */
    char go[sizeof(XL_GO)];
    size_t n_go;
    struct xlgpu_packer packer;
    char *block;
    char *why;            /* what the helper says went wrong */
    char *remedy;
    struct xlgpu_progress_now now;
};

/* ---- xl ---- */

static int open_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0)
        xlgpu_fail(XLGPU_FAILED, path, NULL, "can't open the log: %s",
                   strerror(errno));
    return fd;
}

static int socket_pair(int fd[2])
{
    if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
        return XLGPU_OK;
    fd[0] = fd[1] = -1;
    return xlgpu_fail(XLGPU_FAILED, "socketpair", NULL, "%s",
                      strerror(errno));
}

/* Only constant text reaches the shell that xl runs: the domid is a number,
 * and everything else goes by the inherited sockets. */
static int run_xl(struct stream *s, int transport, int link, int log)
{
    char domid[16], *env[5] = { NULL };
    const char *argv[] = { xlgpu_stock_xl(), "migrate", "-s", "", domid,
                           xlgpu_transport_command(), NULL };
    int n = 0, rc;

    snprintf(domid, sizeof(domid), "%u", s->m->moving.domid);
    fcntl(transport, F_SETFD, 0);
    env[n++] = xlgpu_asprintf("%s=%d", XLGPU_TRANSPORT_FD, transport);
    env[n++] = xlgpu_asprintf("%s=%s", XLGPU_TRANSPORT_UUID,
                              s->m->moving.uuid);
    if (s->our_helper) {
        fcntl(link, F_SETFD, 0);
        env[n++] = xlgpu_asprintf("%s=%d", XLGPU_MOVE_FD, link);
        env[n++] = xlgpu_asprintf("LIBXL_SAVE_HELPER=%s", xlgpu_save_helper());
    }
    rc = xlgpu_child_start(&s->xl,
                           &(struct xlgpu_child_how){
                               .argv = argv,
                               .setenv = (const char *const *)env,
                               .in = -1, .out = log, .err = log,
                               .own_group = true });
    while (n) free(env[--n]);
    return rc;
}

/* libxl's own helper does not say when it has the guest suspended. */
static int note_xl(struct stream *s)
{
    s->m->journal.suspending = !s->our_helper;
    s->m->journal.process = xlgpu_owner_of(s->xl.pid);
    return xlgpu_journal_write(&s->m->journal);
}

static int start_xl(struct stream *s)
{
    int transport[2] = { -1, -1 }, link[2] = { -1, -1 }, log, rc;

    log = open_log(s->m->log);
    rc = log < 0 ? XLGPU_FAILED : socket_pair(transport);
    if (!rc) rc = socket_pair(link);
    if (!rc) rc = run_xl(s, transport[1], link[1], log);
    xlgpu_step("xl migrate started");
    xlgpu_close(&transport[1]);
    xlgpu_close(&link[1]);
    xlgpu_close(&log);
    s->begun = !rc;
    s->transport = transport[0];
    s->link.fd = link[0];
    if (!rc) rc = note_xl(s);
    if (!rc)
        rc = xlgpu_transport_take(s->transport, TRANSPORT_WAIT_S, &s->from_xl,
                                  &s->to_xl);
    return rc;
}

static int write_xl(struct stream *s, const void *data, size_t len)
{
    const char *p = data;
    ssize_t r;

    for (; len; p += r, len -= r) {
        r = write(s->to_xl, p, len);
        if (r < 0 && errno == EINTR) r = 0;
        if (r < 0)
            return xlgpu_fail(XLGPU_FAILED, s->m->moving.name, NULL,
                              "xl migrate has ended: see %s", s->m->log);
    }
    return XLGPU_OK;
}

/* ---- The save helper ---- */

static int send_plan(struct stream *s)
{
    const struct xlgpu_moving *g = &s->m->moving;
    struct xlgpu_bdf *device = xlgpu_zalloc(g->n_devices + 1, sizeof(*device));
    struct xlgpu_plan plan = {
        .mode = s->m->journal.mode,
        .tracker = xlgpu_tracker_string(s->m->verdict.tracker),
        .device = device, .n_devices = g->n_devices + 1 };
    size_t i;
    int rc;

    if (s->m->verdict.tracker == XLGPU_TRACKER_NONE) plan.tracker = "content";
    device[0] = g->partition;
    for (i = 0; i < g->n_devices; i++) device[i + 1] = g->device[i].bdf;
    rc = xlgpu_link_plan(&s->link, &plan);
    free(device);
    return rc;
}

/* Durably, before the helper does it. */
static int note(struct stream *s, const char *step)
{
    int rc = xlgpu_journal_write(&s->m->journal);

    xlgpu_step(step);
    return rc ? rc : xlgpu_link_go(&s->link);
}

/* The registers as they are. */
static int note_quiet(struct stream *s, yajl_val event)
{
    const char *path[] = { "devices", NULL };
    yajl_val list = yajl_tree_get(event, path, yajl_t_array), entry;
    struct xlgpu_journal *j = &s->m->journal;
    size_t i, n = list ? list->u.array.len : 0;

    j->quiet = xlgpu_realloc(j->quiet, n + 1, sizeof(*j->quiet));
    for (i = j->n_quiet = 0; i < n; i++) {
        entry = list->u.array.values[i];
        if (!xlgpu_bdf_parse(xlgpu_link_string(entry, "bdf"),
                             &j->quiet[i].bdf))
            return xlgpu_fail(XLGPU_FAILED, "save helper", NULL,
                              "it names no device");
        j->quiet[i].command = xlgpu_link_number(entry, "command");
        j->n_quiet++;
    }
    return note(s, "quiet noted");
}

static void end_round(struct stream *s)
{
    s->now.ended = true;
    if (s->now.round) xlgpu_progress_tell(&s->m->progress, &s->now);
    s->now = (struct xlgpu_progress_now){ .round = 0 };
}

static void note_round(struct stream *s, yajl_val event)
{
    unsigned int round = xlgpu_link_number(event, "round");

    if (round != s->now.round) end_round(s);
    s->now.round = round;
    s->now.pages = xlgpu_link_number(event, "pages");
    s->now.left = xlgpu_link_number(event, "left");
    s->now.bytes = s->packer.bytes_in;
    s->now.wire = s->packer.bytes_out;
    xlgpu_progress_tell(&s->m->progress, &s->now);
}

static void note_error(struct stream *s, yajl_val event)
{
    const char *remedy = xlgpu_link_string(event, "remedy");

    free(s->why);
    free(s->remedy);
    s->why = xlgpu_strdup(xlgpu_link_string(event, "why"));
    s->remedy = *remedy ? xlgpu_strdup(remedy) : NULL;
}

static void note_done(struct stream *s, yajl_val event)
{
    const char *path[] = { "timing_us", NULL };
    yajl_val timing = yajl_tree_get(event, path, yajl_t_object);

    s->done = xlgpu_clock_us();
    end_round(s);
    if (!timing) return;
    s->before = xlgpu_link_number(timing, "freeze") +
                xlgpu_link_number(timing, "device_model");
    free(s->m->timing);
    s->m->timing = NULL;
    xlgpu_pause_add_memory(&s->m->timing, timing);
}

/* It falls back to content where Xen does not log this guest. */
static void note_tracker(struct stream *s, yajl_val event)
{
    const char *used = xlgpu_link_string(event, "tracker");
    enum xlgpu_tracker *said = &s->m->verdict.tracker;

    if (!*said || !strcmp(used, xlgpu_tracker_string(*said))) return;
    *said = XLGPU_TRACKER_CONTENT;
    xlgpu_progress_step(&s->m->progress, "tracker %s", used);
}

static int take_event(struct stream *s, yajl_val event)
{
    const char *what = xlgpu_link_string(event, "event");

    if (!strcmp(what, "suspending")) {
        s->m->journal.suspending = true;
        return note(s, "suspending noted");
    }
    if (!strcmp(what, "quiet")) return note_quiet(s, event);
    if (!strcmp(what, "round")) note_round(s, event);
    if (!strcmp(what, "error")) note_error(s, event);
    if (!strcmp(what, "done")) note_done(s, event);
    if (!strcmp(what, "tracker")) note_tracker(s, event);
    if (!strcmp(what, "suspended")) {
        s->suspended = xlgpu_clock_us();
        end_round(s);
        xlgpu_progress_step(&s->m->progress, "suspended");
    }
    return XLGPU_OK;
}

static int take_events(struct stream *s, bool readable)
{
    yajl_val event;
    bool ended = false;
    int rc = XLGPU_OK;

    while (!rc && (event = xlgpu_link_next(&s->link, readable, &ended))) {
        rc = take_event(s, event);
        yajl_tree_free(event);
        readable = false;
    }
    if (ended) xlgpu_link_close(&s->link);
    return rc;
}

/* ---- The stream ---- */

static int forward(struct stream *s)
{
    int64_t began;
    const void *block;
    ssize_t r;
    size_t len;
    int rc;

    r = read(s->from_xl, s->block, XLGPU_BLOCK_MAX);
    if (r < 0 && (errno == EINTR || errno == EAGAIN)) return XLGPU_OK;
    if (r <= 0) {
        xlgpu_close(&s->from_xl);
        return XLGPU_OK;
    }
    block = xlgpu_pack(&s->packer, s->block, r, &len);
    began = xlgpu_now_ms();
    rc = xlgpu_channel_send(&s->m->peer.ch, XLGPU_FRAME_DATA, block, len);
    xlgpu_packer_sent(&s->packer, (xlgpu_now_ms() - began) * 1000);
    return rc;
}

/* xl's GO, after which it neither resumes nor destroys by itself. */
static int take_go(struct stream *s)
{
    ssize_t r = read(s->from_xl, s->go + s->n_go, sizeof(s->go) - s->n_go);

    if (r <= 0) {
        xlgpu_close(&s->from_xl);
        return XLGPU_OK;
    }
    s->n_go += r;
    if (s->n_go < sizeof(s->go) || !memcmp(s->go, XL_GO, sizeof(s->go)))
        return XLGPU_OK;
    return xlgpu_fail(XLGPU_FAILED, "xl migrate", NULL,
                      "it says what is not known to xl-gpu: see %s",
                      s->m->log);
}

static int take_frame(struct stream *s, bool readable)
{
    struct xlgpu_frame frame;
    bool got = false;
    int rc;

    rc = xlgpu_channel_next(&s->m->peer.ch, readable, &frame, &got);
    if (rc || !got) return rc;
    switch (frame.type) {
    case XLGPU_FRAME_READY:
        xlgpu_step("ready heard");
        s->ready = true;
        s->ready_at = xlgpu_clock_us();
        s->arrival = xlgpu_pause_hear_ready(&frame);
        return write_xl(s, XL_READY, sizeof(XL_READY));
    case XLGPU_FRAME_REFUSED:
        return xlgpu_frame_refused(&s->m->peer.ch, &frame);
    default:
        return xlgpu_fail(XLGPU_FAILED, s->m->host,
                          "install the same version of xl-gpu on both",
                          "it said %s during the stream",
                          xlgpu_frame_name(frame.type));
    }
}

/* Why xl gave up: the helper knows best. */
static int xl_ended(struct stream *s)
{
    if (s->why)
        return xlgpu_fail(XLGPU_FAILED, s->m->moving.name, s->remedy, "%s",
                          s->why);
    return xlgpu_fail(XLGPU_FAILED, s->m->moving.name, NULL,
                      "xl migrate failed: see %s", s->m->log);
}

/* Until xl has said GO. */
static int pump(struct stream *s)
{
    struct xlgpu_channel *ch = &s->m->peer.ch;
    int rc = XLGPU_OK;

    while (!rc && s->n_go < sizeof(s->go)) {
        struct pollfd pfd[] = { { .fd = ch->in, .events = POLLIN },
                                { .fd = s->from_xl, .events = POLLIN },
                                { .fd = s->link.fd, .events = POLLIN } };

        if (poll(pfd, 3, POLL_MS) < 0 && errno != EINTR)
            return xlgpu_fail(XLGPU_FAILED, "poll", NULL, "%s",
                              strerror(errno));
        rc = take_events(s, pfd[2].revents);
        if (!rc) rc = take_frame(s, pfd[0].revents);
        if (!rc && s->from_xl >= 0 && pfd[1].revents)
            rc = s->ready ? take_go(s) : forward(s);
        if (!rc) rc = xlgpu_channel_keep(ch);
        if (!rc && xlgpu_migration_interrupted)
            rc = xlgpu_fail(XLGPU_FAILED, s->m->moving.name, NULL,
                            "the move was interrupted");
        if (!rc && (s->from_xl < 0 || xlgpu_child_ended(&s->xl)) &&
            s->n_go < sizeof(s->go))
            rc = xl_ended(s);
    }
    return rc;
}

/* ---- The end ---- */

static int report(struct stream *s, char status)
{
    int rc = write_xl(s, XL_REPORT, sizeof(XL_REPORT));

    return rc ? rc : write_xl(s, &status, 1);
}

static bool is_suspended(const struct xlgpu_migration *m)
{
    uint32_t domid;

    return xlgpu_domain_condition(m->xen, m->moving.uuid, &domid) ==
           XLGPU_DOMAIN_SUSPENDED;
}

/*
 * xl goes its own way: it destroys its copy, resumes it, or leaves it to us.
 * Its end of file comes after the devices are as they were. The guest may
 * suspend later when it was asked to and has not, as far as the helper said;
 * libxl's own says nothing, there it may when xl failed, or had to be ended.
 */
static void let_xl_end(struct stream *s)
{
    struct xlgpu_migration *m = s->m;
    bool down = is_suspended(m);
    bool failed = s->from_xl < 0 || xlgpu_child_ended(&s->xl);

    xlgpu_link_stop(&s->link);
    if (m->outcome == XLGPU_OUTCOME_ABORTED)
        xlgpu_source_wake_devices(&m->journal);
    if (m->outcome != XLGPU_OUTCOME_UNKNOWN && s->n_go == sizeof(s->go))
        report(s, m->outcome == XLGPU_OUTCOME_STARTED ? 0 : 1);
    xlgpu_close(&s->from_xl);
    xlgpu_close(&s->to_xl);
    xlgpu_close(&s->transport);
    if (!xlgpu_child_wait(&s->xl, XL_END_WAIT_S)) {
        failed = true;
        xlgpu_warn(m->moving.name, NULL, "xl migrate does not end, and is "
                   "ended: see %s", m->log);
        xlgpu_child_end(&s->xl, 5);
    }
    xlgpu_step("xl migrate ended");
    if (xlgpu_link_rest_has(&s->link, "suspended")) down = true;
    m->late = m->outcome == XLGPU_OUTCOME_ABORTED && !down &&
              m->journal.suspending && !s->suspended &&
              (s->our_helper || failed);
}

/* total is from the request to suspend until STARTED. */
static void add_timing(struct stream *s)
{
    int64_t now = xlgpu_clock_us();
    char **text = &s->m->timing;

    if (!*text) return;
    xlgpu_pause_add_target(text, s->ready_at - s->done, &s->arrival);
    xlgpu_pause_add_resume(text, now - s->ready_at, "unpause",
                           &s->m->started);
    xlgpu_pause_add(text, "total", s->before + now - s->suspended);
}

int xlgpu_stream_run(struct xlgpu_migration *m, bool our_helper)
{
    struct stream s = { .m = m, .our_helper = our_helper, .transport = -1,
                        .from_xl = -1, .to_xl = -1, .link.fd = -1 };
    struct xlgpu_frame frame;
    int rc;

    xlgpu_packer_init(&s.packer, m->conf.compress);
    s.block = xlgpu_zalloc(XLGPU_BLOCK_MAX, 1);
    rc = xlgpu_migration_expect(m, XLGPU_FRAME_RECEIVING, &frame);
    if (!rc) rc = start_xl(&s);
    if (!rc && our_helper) rc = send_plan(&s);
    if (!rc) rc = write_xl(&s, XL_BANNER, sizeof(XL_BANNER) - 1);
    if (!rc) rc = pump(&s);
    if (!rc) rc = xlgpu_commit(m);
    if (!rc) add_timing(&s);
    if (s.begun) let_xl_end(&s);
    xlgpu_progress_end(&m->progress);

    m->bytes = s.packer.bytes_in;
    m->wire = s.packer.bytes_out;
    xlgpu_link_close(&s.link);
    xlgpu_packer_dispose(&s.packer);
    free(s.block);
    free(s.why);
    free(s.remedy);
    return rc;
}
