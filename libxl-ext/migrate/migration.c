/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "domain/control.h"
#include "domain/host.h"
#include "domain/lock.h"
#include "migrate/gather.h"
#include "migrate/settle_source.h"
#include "status.h"
#include "step.h"
#include "xenstore/kept.h"

#define GOES_ON "not moved, and goes on here"
#define RECOVER "xl gpu-recover"
/* As long as a target has for its source: more than locks, driver and reset
 * take. */
#define ANSWER_S 900
/* For a target that is called off. One that takes longer hears of it when it
 * finds the connection gone. */
#define CALL_OFF_S 60

volatile sig_atomic_t xlgpu_migration_interrupted;

static void interrupt(int sig)
{
    (void)sig;
    xlgpu_migration_interrupted = 1;
}

int xlgpu_migration_expect(struct xlgpu_migration *m,
                           enum xlgpu_frame_type type,
                           struct xlgpu_frame *frame_r)
{
    struct xlgpu_channel *ch = &m->peer.ch;
    int rc;

    ch->stop = &xlgpu_migration_interrupted;
    ch->patience = xlgpu_bound("XLGPU_ANSWER_S", ANSWER_S);
    rc = xlgpu_channel_expect(ch, type, frame_r);
    ch->stop = NULL;
    ch->patience = 0;
    return rc;
}

/* ---- The verdict ---- */

static int gather(struct xlgpu_migration *m, const char *name,
                  const struct xlgpu_migrate_how *how)
{
    const struct xlgpu_guest *guest;
    struct xlgpu_host host;
    int rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .dry_run = true,
                                    .verbose = how->verbose });
    if (rc) goto out;
    guest = xlgpu_guests_find(&host.guests, name);
    rc = guest ? xlgpu_gather_moving(&host, guest, how->mode, &m->moving)
               : xlgpu_fail(XLGPU_NOT_FOUND, name,
                            "xl list shows those that run",
                            "no such domain");
out:
    xlgpu_host_close(&host);
    return rc;
}

static int ask_offer(struct xlgpu_migration *m)
{
    char *text = xlgpu_moving_json(&m->moving), *why;
    struct xlgpu_frame frame;
    int rc;

    if (!text)
        return xlgpu_fail(XLGPU_UNABLE, m->moving.name, "rename what has it",
                          "a name of it is not UTF-8");
    rc = xlgpu_channel_send(&m->peer.ch, XLGPU_FRAME_MOVING, text,
                            strlen(text));
    free(text);
    if (!rc)
        rc = xlgpu_migration_expect(m, XLGPU_FRAME_OFFER, &frame);
    if (rc) return rc;

    why = xlgpu_offer_parse(frame.payload, &m->offer);
    if (why)
        rc = xlgpu_fail(XLGPU_FAILED, m->host,
                        "install the same version of xl-gpu on both",
                        "its answer can't be read: %s", why);
    free(why);
    return rc;
}

int xlgpu_migration_open(struct xlgpu_migration *m, const char *guest,
                         const char *host, struct xlgpu_migrate_how how)
{
    int rc;

    *m = (struct xlgpu_migration){ .host = host, .journal_lock = -1,
                                   .peer.ch = { .in = -1, .out = -1 } };
    rc = xlgpu_conf_read(&m->conf);
    if (rc) return rc;
    m->admin = (struct xlgpu_admin){
        .may_restart = how.allow_restart || m->conf.allow_restart,
        .by_content = m->conf.by_content,
    };
    rc = gather(m, guest, &how);
    if (rc) return rc;
    m->gathered = true;
    xlgpu_progress_begin(&m->progress, m->moving.name, how.quiet);
    rc = xlgpu_peer_open(&m->peer, &m->conf, host);
    if (!rc) rc = ask_offer(m);
    if (!rc) xlgpu_verdict(&m->moving, &m->offer, m->admin, &m->verdict);
    return rc;
}

void xlgpu_migration_close(struct xlgpu_migration *m)
{
    xlgpu_peer_close(&m->peer);
    if (m->journal_lock >= 0) close(m->journal_lock);
    xlgpu_progress_end(&m->progress);
    xlgpu_journal_dispose(&m->journal);
    xlgpu_verdict_dispose(&m->verdict);
    xlgpu_offer_dispose(&m->offer);
    xlgpu_moving_dispose(&m->moving);
    xlgpu_xen_close(m->xen);
    xlgpu_conf_dispose(&m->conf);
    free(m->log);
    free(m->timing);
}

/* ---- The reservation ---- */

static int begin_journal(struct xlgpu_migration *m,
                         const struct xlgpu_kept *kept)
{
    struct xlgpu_journal *j = &m->journal;
    char id[XLGPU_UUID_LEN];
    int rc;

    rc = xlgpu_journal_lock(m->moving.uuid, &m->journal_lock);
    if (rc == XLGPU_IN_USE)
        return xlgpu_fail(rc, m->moving.name, "wait for its end",
                          "it is just being moved");
    if (rc) return rc;

    xlgpu_uuid_generate(id);
    xlgpu_journal_init(j, XLGPU_JOURNAL_SOURCE, id, m->moving.uuid);
    snprintf(j->mode, sizeof(j->mode), "%s",
             xlgpu_move_string(m->verdict.move));
    free(j->name);
    free(j->peer);
    free(j->config_path);
    j->name = xlgpu_strdup(m->moving.name);
    j->peer = xlgpu_strdup(m->host);
    j->config_path = xlgpu_strdup(kept->path ? kept->path : "");
    j->domid = m->moving.domid;
    j->bdf = m->moving.partition;
    j->vslot = m->moving.vslot;
    return xlgpu_journal_write(j);
}

static int reserve(struct xlgpu_migration *m, const struct xlgpu_kept *kept)
{
    char bdf[XLGPU_BDF_LEN], host[256] = "";
    struct xlgpu_frame frame;
    char *text;
    int rc;

    gethostname(host, sizeof(host) - 1);
    text = kept->config ? xlgpu_kept_json(kept) : NULL;
    rc = xlgpu_channel_say(&m->peer.ch, XLGPU_FRAME_RESERVE, "id",
                           m->journal.id, "mode", m->journal.mode, "source",
                           host, "kept", text ? text : "", XLGPU_END);
    free(text);
    if (!rc)
        rc = xlgpu_migration_expect(m, XLGPU_FRAME_RESERVED, &frame);
    if (rc) return rc;
    if (!xlgpu_frame_string(&frame, "bdf", bdf, sizeof(bdf)) ||
        !xlgpu_bdf_parse(bdf, &m->partition))
        return xlgpu_fail(XLGPU_FAILED, m->host,
                          "install the same version of xl-gpu on both",
                          "it does not say what it has reserved");
    xlgpu_progress_step(&m->progress, "%s: %s is reserved for it at %s",
                        m->journal.mode, bdf, m->host);
    return XLGPU_OK;
}

/* ---- The end ---- */

/* It forgets the migration; where it is not reached, gpu-recover sees to
 * that. */
static void tell_settled(struct xlgpu_migration *m)
{
    struct xlgpu_frame frame;

    if (!xlgpu_channel_send(&m->peer.ch, XLGPU_FRAME_CLOSE, "{}", 2) &&
        !xlgpu_channel_expect(&m->peer.ch, XLGPU_FRAME_STATE, &frame))
        return;
    xlgpu_peer_settled(&m->conf, m->host, m->journal.uuid, m->journal.id);
}

void xlgpu_migration_stands(struct xlgpu_migration *m, const char *how,
                            const char *remedy, bool changed)
{
    m->stands.how = how;
    m->stands.remedy = remedy;
    m->stands.changed = changed;
}

static int finish(struct xlgpu_migration *m)
{
    int rc;

    xlgpu_migration_stands(m, "it runs there, and not all is settled here",
                           RECOVER, true);
    rc = xlgpu_source_finish(m->xen, &m->journal);
    if (rc) return rc;
    tell_settled(m);
    rc = xlgpu_journal_remove(m->journal.uuid);
    xlgpu_step("journal closed");
    return rc;
}

/* What the target said before it heard of it is of no interest any more. */
static void call_off(struct xlgpu_migration *m)
{
    struct xlgpu_frame frame = { .type = XLGPU_FRAME_ALIVE };
    int rc;

    /* A target that is gone has been said to be. */
    xlgpu_fail_divert(xlgpu_fail_ignore);
    m->peer.ch.patience = xlgpu_bound("XLGPU_CALL_OFF_S", CALL_OFF_S);
    rc = xlgpu_channel_send(&m->peer.ch, XLGPU_FRAME_ABORT, "{}", 2);
    while (!rc && frame.type != XLGPU_FRAME_ABORTED)
        rc = xlgpu_channel_wait(&m->peer.ch, &frame);
    xlgpu_fail_divert(NULL);
}

/* The guest first: GO was never sent, or is never taken, whether or not the
 * target hears of it. */
static int undo(struct xlgpu_migration *m, int why)
{
    uint32_t domid = m->moving.domid;
    bool gone;
    int rc;

    /* A guest that runs meanwhile is waited for, longer than the target
     * waits. */
    if (m->late) call_off(m);
    rc = xlgpu_source_undo(m->xen, &m->journal, m->late);
    /* Where the journal stays, so does the target's, for gpu-recover. */
    if (!rc && !m->late) call_off(m);
    if (rc) {
        xlgpu_migration_stands(m, "it was not moved, and not all is as it was",
                               RECOVER, true);
        return xlgpu_fail(why, m->moving.name, RECOVER, "%s", m->stands.how);
    }
    /* Meanwhile it may have shut down, or crashed. */
    gone = xlgpu_domain_condition(m->xen, m->moving.uuid, &domid) ==
           XLGPU_DOMAIN_GONE;
    xlgpu_migration_stands(m, gone ? "not moved; it has ended here" : GOES_ON,
                           NULL, gone || domid != m->moving.domid);
    xlgpu_progress_step(&m->progress, "%s", m->stands.how);
    return why;
}

static int move(struct xlgpu_migration *m)
{
    if (xlgpu_migration_interrupted)
        return xlgpu_fail(XLGPU_FAILED, m->moving.name, NULL,
                          "the move was interrupted");
    switch (m->verdict.move) {
    case XLGPU_MOVE_LIVE:
    case XLGPU_MOVE_FREEZE:
        return xlgpu_stream_run(m, true);
    case XLGPU_MOVE_HOTPLUG:
        return xlgpu_hotplug_run(m);
    case XLGPU_MOVE_RESTART:
        return xlgpu_restart_run(m);
    default:
        return m->verdict.status;
    }
}

static int begin(struct xlgpu_migration *m)
{
    struct xlgpu_kept kept = { 0 };
    int rc;

    m->log = xlgpu_asprintf("%s/xl-gpu-%s.log", xlgpu_log_dir(),
                            m->moving.uuid);
    rc = xlgpu_xen_open(&m->xen, false);
    if (!rc) rc = xlgpu_kept_read(m->moving.uuid, &kept);
    if (rc == XLGPU_NOT_FOUND) rc = XLGPU_OK;
    if (!rc) rc = begin_journal(m, &kept);
    if (rc) goto out;
    xlgpu_step("journal opened");
    rc = reserve(m, &kept);
    if (rc) {
        xlgpu_journal_remove(m->journal.uuid);
        call_off(m);
    }
out:
    xlgpu_kept_dispose(&kept);
    return rc;
}

int xlgpu_migration_run(struct xlgpu_migration *m)
{
    const struct sigaction action = { .sa_handler = interrupt };
    int rc;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    xlgpu_migration_stands(m, GOES_ON, NULL, false);
    rc = begin(m);
    if (rc) return rc;
    m->outcome = XLGPU_OUTCOME_ABORTED;
    rc = move(m);
    switch (m->outcome) {
    case XLGPU_OUTCOME_STARTED:
        return finish(m);
    case XLGPU_OUTCOME_ABORTED:
        return undo(m, rc);
    default:
        return rc;
    }
}
