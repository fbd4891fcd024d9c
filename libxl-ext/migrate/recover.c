/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recover.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "domain/lock.h"
#include "domain/xen.h"
#include "migrate/peer.h"
#include "migrate/settle_source.h"
#include "migrate/settle_target.h"
#include "status.h"
#include "xenstore/tombstone.h"

struct recovery {
    const struct xlgpu_recover_how *how;
    struct xlgpu_conf conf;
    libxl_ctx *xen;
};

static bool tell(struct recovery *r, const struct xlgpu_journal *j,
                 const char *what)
{
    r->how->tell(j->name && *j->name ? j->name : j->uuid, what, r->how->arg);
    return !r->how->dry_run;
}

/* ---- At the source ---- */

static bool is_dead(const struct recovery *r, const struct xlgpu_journal *j)
{
    return r->how->dead_peer && !strcmp(r->how->dead_peer, j->peer);
}

/* xl has ended, and nobody knows whether the guest took its request. */
static bool may_suspend(const struct xlgpu_journal *j)
{
    return j->state == XLGPU_JOURNAL_OPEN && j->suspending && !j->n_quiet &&
           xlgpu_journal_is_of_boot(j);
}

/* The target learns it, or will when it is asked. */
static int undo(struct recovery *r, struct xlgpu_journal *j)
{
    int rc;

    if (!tell(r, j, "undo its migration: it goes on here")) return XLGPU_OK;
    rc = xlgpu_source_undo(r->xen, j, may_suspend(j));
    if (!rc && !is_dead(r, j) &&
        xlgpu_peer_ask(&r->conf, j->peer, j->uuid, j->id) ==
            XLGPU_PEER_ABORTED)
        xlgpu_peer_settled(&r->conf, j->peer, j->uuid, j->id);
    return rc;
}

static int finish(struct recovery *r, struct xlgpu_journal *j)
{
    int rc;

    if (!tell(r, j, "finish its migration: it runs at the target"))
        return XLGPU_OK;
    rc = xlgpu_source_finish(r->xen, j);
    if (rc) return rc;
    xlgpu_peer_settled(&r->conf, j->peer, j->uuid, j->id);
    return xlgpu_journal_remove(j->uuid);
}

static int undo_without_peer(struct recovery *r, struct xlgpu_journal *j)
{
    char *what = xlgpu_asprintf("go on here as if %s had not started it: that "
                                "host must be off, or fenced from its disks, "
                                "or the guest runs twice", j->peer);
    bool do_it = tell(r, j, what);

    free(what);
    return do_it ? undo(r, j) : XLGPU_OK;
}

static int ask_peer(struct recovery *r, struct xlgpu_journal *j)
{
    if (is_dead(r, j)) return undo_without_peer(r, j);
    if (r->how->dry_run) {
        tell(r, j, "ask its target what became of it");
        return XLGPU_OK;
    }
    switch (xlgpu_peer_ask(&r->conf, j->peer, j->uuid, j->id)) {
    case XLGPU_PEER_RUNS:
        return finish(r, j);
    case XLGPU_PEER_ABORTED:
        return undo(r, j);
    default:
        return xlgpu_fail(XLGPU_FAILED, j->name,
                          "again when it answers; or, when it is off for "
                          "good, --peer-is-dead",
                          "%s was told to start it and does not say what "
                          "became of it", j->peer);
    }
}

static int settle_source(struct recovery *r, struct xlgpu_journal *j)
{
    switch (j->state) {
    case XLGPU_JOURNAL_OPEN:
        return undo(r, j);
    case XLGPU_JOURNAL_GO_SENT:
        return ask_peer(r, j);
    case XLGPU_JOURNAL_DONE:
        if (!r->how->dry_run && !is_dead(r, j))
            xlgpu_peer_settled(&r->conf, j->peer, j->uuid, j->id);
        return r->how->dry_run ? XLGPU_OK : xlgpu_journal_remove(j->uuid);
    default:
        return XLGPU_OK;
    }
}

/* ---- At the target ---- */

static int leave_lost(const struct xlgpu_journal *j)
{
    char *remedy = xlgpu_asprintf("xl gpu-recover at %s starts it here; or, "
                                  "when that host is off for good, "
                                  "--peer-is-dead=%s", j->peer, j->peer);
    int rc = xlgpu_fail(XLGPU_FAILED, j->name, remedy,
                        "it went down with this host as it came from %s, "
                        "where it may run again since", j->peer);

    free(remedy);
    return rc;
}

static int settle_target(struct recovery *r, struct xlgpu_journal *j)
{
    int rc;

    if (!is_dead(r, j) && xlgpu_target_lost(r->xen, j)) return leave_lost(j);

    if (j->state == XLGPU_JOURNAL_OPEN &&
        !tell(r, j, "drop what a migration to this host left"))
        return XLGPU_OK;
    if (j->state == XLGPU_JOURNAL_GO_TAKEN &&
        !tell(r, j, "start it: it has come to this host"))
        return XLGPU_OK;
    rc = xlgpu_target_settle(r->xen, j);
    /* A source that asks later is told the same without it. */
    if (!rc && j->state == XLGPU_JOURNAL_ABORTED && !r->how->dry_run)
        rc = xlgpu_journal_remove(j->uuid);
    return rc;
}

/* ---- All ---- */

/* Refuses what is for the cluster to do. */
static int check_cluster(const struct recovery *r,
                         const struct xlgpu_journal *j)
{
    if (r->how->outside_cluster || j->state == XLGPU_JOURNAL_DONE ||
        xlgpu_journal_is_of_boot(j) || !xlgpu_has_cluster())
        return XLGPU_OK;
    return xlgpu_fail(XLGPU_IN_USE, j->name,
                      "start the cluster on this host; or, when it is no "
                      "guest of the cluster's, --outside-cluster",
                      "the end of this host cut its migration off, and the "
                      "cluster may have started it elsewhere");
}

/* As it is once nobody else is at it. */
static int settle(struct recovery *r, const char *uuid)
{
    struct xlgpu_journal j = { 0 };
    int lock = -1, rc;

    rc = xlgpu_journal_lock(uuid, &lock);
    if (rc) return rc == XLGPU_IN_USE ? XLGPU_OK : rc;
    rc = xlgpu_journal_read(uuid, &j);
    if (!rc) rc = check_cluster(r, &j);
    if (!rc)
        rc = j.side == XLGPU_JOURNAL_SOURCE ? settle_source(r, &j)
                                            : settle_target(r, &j);
    xlgpu_journal_dispose(&j);
    close(lock);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

int xlgpu_recover_migrations(const struct xlgpu_recover_how *how)
{
    struct recovery r = { .how = how };
    struct xlgpu_journals journals = { 0 };
    int rc, first;
    size_t i;

    first = xlgpu_journal_list(&journals);
    rc = xlgpu_conf_read(&r.conf);
    if (!rc && journals.n) rc = xlgpu_xen_open(&r.xen, false);
    for (i = 0; !rc && i < journals.n; i++) {
        int each = settle(&r, journals.journal[i].uuid);

        if (!first) first = each;
    }
    xlgpu_journals_dispose(&journals);
    xlgpu_xen_close(r.xen);
    xlgpu_conf_dispose(&r.conf);
    return rc ? rc : first;
}

int xlgpu_recover_forget(const char *guest, bool dry_run, bool *found_r)
{
    struct xlgpu_tombstone t = { 0 };
    char uuid[XLGPU_UUID_LEN];
    int rc;

    if (!xlgpu_uuid_parse(guest, uuid)) *uuid = '\0';
    rc = xlgpu_tombstone_find(uuid, "", guest, &t);
    *found_r = !rc;
    if (!rc && !dry_run) rc = xlgpu_tombstone_remove(t.uuid);
    xlgpu_tombstone_dispose(&t);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}
