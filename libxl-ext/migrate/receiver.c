/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "receiver.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/control.h"
#include "domain/host.h"
#include "domain/lock.h"
#include "helper/clock.h"
#include "migrate/alive.h"
#include "migrate/gather.h"
#include "migrate/peer.h"
#include "migrate/settle_target.h"
#include "pool/serve.h"
#include "status.h"
#include "step.h"
#include "xenstore/tombstone.h"

#define SILENCE_S 60
/* More than a guest is given to shut down: the longest that a source has
 * nothing to say. */
#define STALL_S 900
#define HOPS_MAX 8

/* ---- What is said to the source when something fails ---- */

static struct failure {
    enum xlgpu_status status;
    char why[XLGPU_REFUSAL_MAX], remedy[512];
} failure;

static void keep_failure(enum xlgpu_status status, const char *what,
                         const char *why, const char *remedy)
{
    failure.status = status;
    snprintf(failure.why, sizeof(failure.why), "%s: %s", what, why);
    snprintf(failure.remedy, sizeof(failure.remedy), "%s",
             remedy ? remedy : "");
}

static void refuse(struct xlgpu_receiver *r)
{
    struct failure said = failure;
    char status[8];

    snprintf(status, sizeof(status), "%d", said.status);
    if (xlgpu_channel_say(&r->ch, XLGPU_FRAME_REFUSED, "status", status,
                          "why", said.why, "remedy", said.remedy, XLGPU_END))
        fprintf(stderr, "xl-gpu: %s%s%s\n", said.why,
                *said.remedy ? "; " : "", said.remedy);
}

/* ---- Before anything is reserved ---- */

static int offer(struct xlgpu_receiver *r, const struct xlgpu_frame *frame)
{
    struct xlgpu_offer o = { 0 };
    struct xlgpu_alive alive;
    struct xlgpu_host host;
    char *why, *text = NULL;
    int rc;

    xlgpu_moving_dispose(&r->moving);
    why = xlgpu_moving_parse(frame->payload, &r->moving);
    if (why) {
        rc = xlgpu_fail(XLGPU_FAILED, "moving",
                        "install the same version of xl-gpu on both", "%s",
                        why);
        free(why);
        return rc;
    }
    xlgpu_alive_begin(&alive, &r->ch);
    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){ .dry_run = true });
    if (!rc) rc = xlgpu_gather_offer(&host, &r->moving, &o);
    xlgpu_host_close(&host);
    xlgpu_alive_end(&alive);
    if (!rc) text = xlgpu_offer_json(&o);
    if (!rc && !text)
        rc = xlgpu_fail(XLGPU_FAILED, "offer", NULL, "a name is not UTF-8");
    if (!rc)
        rc = xlgpu_channel_send(&r->ch, XLGPU_FRAME_OFFER, text, strlen(text));
    xlgpu_offer_dispose(&o);
    free(text);
    return rc;
}

/* ---- Questions ---- */

/* However it came to be here: a person may have started it. */
static bool runs_here(struct xlgpu_receiver *r, const char *uuid)
{
    uint32_t domid;
    enum xlgpu_condition c = xlgpu_domain_condition(r->xen, uuid, &domid);

    return c == XLGPU_DOMAIN_RUNS || c == XLGPU_DOMAIN_PAUSED;
}

/* NULL: it is not here. */
static const char *word_here(struct xlgpu_receiver *r, const char *uuid)
{
    uint32_t domid;

    switch (xlgpu_domain_condition(r->xen, uuid, &domid)) {
    case XLGPU_DOMAIN_GONE:
        return NULL;
    case XLGPU_DOMAIN_UNKNOWN:
        return "unknown";
    default:
        return "runs";
    }
}

/* A migration that this host never heard of, or of which nothing came: it is
 * made certain that nothing will. Where the guest has moved on since, it has
 * left a tombstone. */
static const char *abort_unknown(struct xlgpu_receiver *r, const char *uuid,
                                 const char *id)
{
    struct xlgpu_tombstone t = { 0 };
    struct xlgpu_journal j;
    const char *word;
    bool moved_on;
    int rc;

    rc = xlgpu_tombstone_read(uuid, &t);
    moved_on = !rc && strcmp(t.id, id);
    xlgpu_tombstone_dispose(&t);
    if (rc && rc != XLGPU_NOT_FOUND) return "unknown";
    if (moved_on) return "runs";
    word = word_here(r, uuid);
    if (word) return word;
    xlgpu_journal_init(&j, XLGPU_JOURNAL_TARGET, id, uuid);
    j.state = XLGPU_JOURNAL_ABORTED;
    word = xlgpu_journal_write(&j) ? "unknown" : "aborted";
    xlgpu_journal_dispose(&j);
    return word;
}

static const char *outcome(struct xlgpu_receiver *r, const char *uuid,
                           const char *id)
{
    struct xlgpu_journal *j = &r->journal;
    const char *word = "unknown";
    int rc;

    /* Somebody is still at it. */
    if (xlgpu_journal_lock(uuid, &r->journal_lock)) return word;
    rc = xlgpu_journal_read(uuid, j);
    if (rc == XLGPU_NOT_FOUND ||
        (!rc && (strcmp(j->id, id) || j->side != XLGPU_JOURNAL_TARGET)))
        word = abort_unknown(r, uuid, id);
    else if (!rc && !xlgpu_target_settle(r->xen, j))
        word = j->state == XLGPU_JOURNAL_DONE || runs_here(r, uuid)
                   ? "runs" : "aborted";
    xlgpu_journal_dispose(j);
    xlgpu_close(&r->journal_lock);
    return word;
}

/* A number below HOPS_MAX; that, where it is none. */
static unsigned int parse_hops(const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    return *text >= '0' && *text <= '9' && !*end && n < HOPS_MAX ? n
                                                                 : HOPS_MAX;
}

/* Where it went on from here, that host knows; hops is a number as text. */
static const char *runs(struct xlgpu_receiver *r, const char *uuid,
                        const char *hops)
{
    struct xlgpu_tombstone t = { 0 };
    struct xlgpu_conf conf = { 0 };
    unsigned int n = parse_hops(hops);
    const char *word;
    int rc;

    word = word_here(r, uuid);
    if (word) return word;
    if (xlgpu_journal_names(uuid) || xlgpu_guest_locked(uuid))
        return "unknown";
    word = "not";
    rc = xlgpu_tombstone_read(uuid, &t);
    if (!rc && n < HOPS_MAX && !xlgpu_conf_read(&conf))
        word = xlgpu_peer_word_string(
            xlgpu_peer_runs(&conf, t.target, uuid, n + 1));
    else if (rc != XLGPU_NOT_FOUND)
        word = "unknown";
    xlgpu_conf_dispose(&conf);
    xlgpu_tombstone_dispose(&t);
    return word;
}

static const char *settled(struct xlgpu_receiver *r, const char *uuid,
                           const char *id)
{
    struct xlgpu_journal j = { 0 };

    if (xlgpu_journal_lock(uuid, &r->journal_lock)) return "unknown";
    if (!xlgpu_journal_read(uuid, &j) && !strcmp(j.id, id) &&
        j.side == XLGPU_JOURNAL_TARGET && j.state >= XLGPU_JOURNAL_ABORTED)
        xlgpu_journal_remove(uuid);
    xlgpu_journal_dispose(&j);
    xlgpu_close(&r->journal_lock);
    return "settled";
}

static int answer(struct xlgpu_receiver *r, const struct xlgpu_frame *frame)
{
    char question[16], text[64], uuid[XLGPU_UUID_LEN], id[XLGPU_UUID_LEN];
    const char *word = "unknown";

    xlgpu_frame_string(frame, "question", question, sizeof(question));
    if (!xlgpu_frame_string(frame, "uuid", text, sizeof(text)) ||
        !xlgpu_uuid_parse(text, uuid))
        return xlgpu_fail(XLGPU_FAILED, "query", NULL, "it names no guest");
    xlgpu_frame_string(frame, "id", text, sizeof(text));
    if (!strcmp(question, "runs")) {
        word = runs(r, uuid, text);
    } else if (!xlgpu_uuid_parse(text, id)) {
        return xlgpu_fail(XLGPU_FAILED, "query", NULL,
                          "it names no migration");
    } else if (!strcmp(question, "outcome")) {
        word = outcome(r, uuid, id);
    } else if (!strcmp(question, "settled")) {
        word = settled(r, uuid, id);
    }
    return xlgpu_channel_say(&r->ch, XLGPU_FRAME_STATE, "state", word,
                             XLGPU_END);
}

/* ---- A migration ---- */

typedef int settle_fn(libxl_ctx *xen, struct xlgpu_journal *journal);

static int start(libxl_ctx *xen, struct xlgpu_journal *journal)
{
    return xlgpu_target_start(xen, journal);
}

/* In a process of its own, which may take its time, while the source is told
 * that we are alive. What it says goes to the terminal. */
static int aside(struct xlgpu_receiver *r, settle_fn *fn)
{
    libxl_ctx *xen;
    pid_t pid = fork();
    int status = -1;

    if (pid < 0) return fn(r->xen, &r->journal);
    if (!pid) {
        xlgpu_fail_divert(NULL);
        _exit(xlgpu_xen_open(&xen, false) || fn(xen, &r->journal));
    }
    while (!waitpid(pid, &status, WNOHANG)) {
        usleep(100000);
        xlgpu_channel_keep(&r->ch);
    }
    return WIFEXITED(status) && !WEXITSTATUS(status) ? XLGPU_OK
                                                     : XLGPU_FAILED;
}

static bool is_restart(const struct xlgpu_receiver *r)
{
    return !strcmp(r->journal.mode, "restart");
}

static int failed_to_start(const struct xlgpu_receiver *r)
{
    return xlgpu_fail(XLGPU_FAILED, r->moving.name, "see xl's log there",
                      "it could not be started there");
}

/* From here on it stays: what is not settled is for the next who asks. */
static int finish(struct xlgpu_receiver *r)
{
    uint64_t began = xlgpu_clock_us();

    r->runs = true;
    if (aside(r, xlgpu_target_finish)) return XLGPU_FAILED;
    r->took.settle = xlgpu_clock_since(&began);
    r->journal.state = XLGPU_JOURNAL_DONE;
    return XLGPU_OK;
}

static int go_restart(struct xlgpu_receiver *r)
{
    uint64_t began;
    int rc;

    r->journal.state = XLGPU_JOURNAL_GO_TAKEN;
    rc = xlgpu_journal_write(&r->journal);
    xlgpu_step("GO-TAKEN");
    /* xl create takes it again. */
    xlgpu_close(&r->guest_lock);
    began = xlgpu_clock_us();
    if (!rc) rc = aside(r, start);
    r->took.start = xlgpu_clock_since(&began);
    return rc ? failed_to_start(r) : finish(r);
}

static int go(struct xlgpu_receiver *r)
{
    enum xlgpu_report report;
    int rc;

    if (is_restart(r)) return go_restart(r);
    rc = xlgpu_receiver_go(r, &report);
    if (rc) return rc;
    xlgpu_receiver_end_xl(r);
    if (report == XLGPU_REPORT_FAILED) return failed_to_start(r);
    if (report == XLGPU_REPORT_NONE) {
        r->runs = true;
        rc = aside(r, start);
    }
    return rc ? rc : finish(r);
}

/* GO, or the word that it is over. */
static int wait_for_go(struct xlgpu_receiver *r)
{
    struct xlgpu_frame frame = { .type = XLGPU_FRAME_ALIVE };
    int rc;

    rc = xlgpu_channel_expect(&r->ch, XLGPU_FRAME_GO, &frame);
    r->called_off = rc && frame.type == XLGPU_FRAME_ABORT;
    return rc ? rc : go(r);
}

/* The source is settled, or gone: then gpu-recover there asks. */
static int wait_for_close(struct xlgpu_receiver *r)
{
    struct xlgpu_frame frame;
    int rc;

    rc = xlgpu_pause_say_started(&r->ch, &r->took);
    xlgpu_step("started told");
    if (!rc) rc = xlgpu_channel_expect(&r->ch, XLGPU_FRAME_CLOSE, &frame);
    if (rc) return XLGPU_OK;
    rc = xlgpu_journal_remove(r->journal.uuid);
    xlgpu_channel_say(&r->ch, XLGPU_FRAME_STATE, "state", "settled", XLGPU_END);
    return rc;
}

static int migrate(struct xlgpu_receiver *r, const struct xlgpu_frame *frame)
{
    int rc = xlgpu_receiver_reserve(r, frame);

    if (!rc)
        rc = is_restart(r)
                 ? xlgpu_channel_say(&r->ch, XLGPU_FRAME_RECEIVING, XLGPU_END)
                 : xlgpu_receiver_stream(r);
    if (!rc) rc = wait_for_go(r);
    return rc ? rc : wait_for_close(r);
}

/* What was on its way as it was refused comes first. */
static bool is_called_off(struct xlgpu_receiver *r)
{
    struct pollfd pfd = { .fd = r->ch.in, .events = POLLIN };
    int64_t end = xlgpu_now_ms() + r->ch.silence * 1000LL;
    struct xlgpu_frame frame;
    bool got, readable = false;

    while (xlgpu_now_ms() < end) {
        if (xlgpu_channel_next(&r->ch, readable, &frame, &got)) break;
        readable = false;
        if (got && frame.type == XLGPU_FRAME_ABORT) return true;
        if (got) continue;
        if (xlgpu_channel_keep(&r->ch)) break;
        readable = poll(&pfd, 1, 1000) > 0;
    }
    return false;
}

/* Not for the source to take for an end: it hears no more. */
static void say_left(void)
{
    fprintf(stderr, "xl-gpu: %s; xl gpu-recover there\n", failure.why);
}

/* The guest will not run here: that is durable before it is said. */
static void give_up(struct xlgpu_receiver *r)
{
    xlgpu_receiver_end_xl(r);
    /* What it is not certain of it does not say; the source will ask. */
    if (r->runs) return;
    if (r->left) {
        say_left();
        return;
    }
    if (*r->journal.uuid) {
        struct failure first = failure;

        xlgpu_close(&r->guest_lock);
        if (xlgpu_target_abort(r->xen, &r->journal)) {
            say_left();
            return;
        }
        failure = first;
    }
    if (!r->called_off) {
        refuse(r);
        r->called_off = *r->journal.uuid && is_called_off(r);
    }
    /* The answer is the same without it, and nobody may ask any more. */
    if (*r->journal.uuid) xlgpu_journal_remove(r->journal.uuid);
    if (r->called_off)
        xlgpu_channel_say(&r->ch, XLGPU_FRAME_ABORTED, XLGPU_END);
}

/* It went away when all that it had said was answered. */
static bool only_asked(const struct xlgpu_receiver *r)
{
    return r->ch.ended && r->ch.eaten == r->ch.used && !*r->journal.uuid;
}

static int serve(struct xlgpu_receiver *r)
{
    struct xlgpu_frame frame;
    bool got, more = true;
    int rc = XLGPU_OK;

    while (!rc && more) {
        struct pollfd pfd = { .fd = r->ch.in, .events = POLLIN };

        rc = xlgpu_channel_next(&r->ch, poll(&pfd, 1, 1000) > 0, &frame, &got);
        if (rc || !got) {
            if (!rc) rc = xlgpu_channel_keep(&r->ch);
            continue;
        }
        switch (frame.type) {
        case XLGPU_FRAME_MOVING:
            rc = offer(r, &frame);
            break;
        case XLGPU_FRAME_QUERY:
            rc = answer(r, &frame);
            break;
        case XLGPU_FRAME_INVENTORY:
            rc = xlgpu_pool_serve_inventory(&r->ch);
            break;
        case XLGPU_FRAME_LAYOUT:
            rc = xlgpu_pool_serve_layout(&r->ch, &frame, &r->left);
            more = false;
            break;
        case XLGPU_FRAME_RESERVE:
            rc = migrate(r, &frame);
            more = false;
            break;
        default:
            rc = xlgpu_fail(XLGPU_FAILED, "source",
                            "install the same version of xl-gpu on both",
                            "%s is not what may come first",
                            xlgpu_frame_name(frame.type));
        }
    }
    return rc && only_asked(r) ? XLGPU_OK : rc;
}

int xlgpu_receive(int in, int out)
{
    struct xlgpu_receiver r = { .journal_lock = -1, .guest_lock = -1,
                                .to_xl = -1, .from_xl = -1,
                                .took = { XLGPU_PAUSE_UNKNOWN,
                                          XLGPU_PAUSE_UNKNOWN } };
    char host[256] = "", protocol[8];
    int rc;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    xlgpu_channel_init(&r.ch, "source", in, out,
                       xlgpu_bound("XLGPU_SILENCE_S", SILENCE_S));
    r.ch.patience = xlgpu_bound("XLGPU_STALL_S", STALL_S);
    gethostname(host, sizeof(host) - 1);
    snprintf(protocol, sizeof(protocol), "%d", XLGPU_PROTOCOL);
    xlgpu_fail_divert(keep_failure);
    rc = xlgpu_xen_open(&r.xen, false);
    if (!rc)
        rc = xlgpu_channel_say(&r.ch, XLGPU_FRAME_HELLO, "protocol", protocol,
                               "host", host, XLGPU_END);
    if (!rc) rc = serve(&r);
    if (rc) give_up(&r);

    xlgpu_fail_divert(NULL);
    xlgpu_channel_close(&r.ch);
    xlgpu_close(&r.guest_lock);
    xlgpu_close(&r.journal_lock);
    xlgpu_journal_dispose(&r.journal);
    xlgpu_moving_dispose(&r.moving);
    xlgpu_xen_close(r.xen);
    return rc;
}
