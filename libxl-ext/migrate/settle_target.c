/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settle_target.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "domain/control.h"
#include "domain/kept_start.h"
#include "domain/lock.h"
#include "domain/settle.h"
#include "domain/xen.h"
#include "step.h"
#include "xenstore/announced.h"
#include "xenstore/kept.h"
#include "xenstore/tombstone.h"

#define END_WAIT_S 15
#define LOCK_WAIT_S 30
#define CREATE_WAIT_S 60

static bool is_mode(const struct xlgpu_journal *journal, const char *mode)
{
    return !strcmp(journal->mode, mode);
}

/*
 * xl migrate-receive, and whoever keeps its pipes open, are one group of
 * processes; xl's monitor and the device model have left it.
 */
static void end_receiving(const struct xlgpu_journal *journal)
{
    pid_t group;
    int n;

    if (!journal->process.pid || !xlgpu_owner_alive(&journal->process)) return;
    group = getpgid(journal->process.pid);
    if (group <= 1) return;
    kill(-group, SIGTERM);
    for (n = END_WAIT_S * 10; n && !kill(-group, 0); n--) usleep(100000);
    kill(-group, SIGKILL);
    xlgpu_step("receiving xl ended");
}

/* ---- The record ---- */

static int open_host(struct xlgpu_host *host,
                     const struct xlgpu_journal *journal)
{
    return xlgpu_host_open(host,
                           (struct xlgpu_host_open){
                               .quick = true, .own_uuid = journal->uuid });
}

static int drop_reservation(const struct xlgpu_journal *journal)
{
    struct xlgpu_record record = { .index = 0 };
    struct xlgpu_host host;
    int rc;

    rc = open_host(&host, journal);
    if (!rc) rc = xlgpu_store_find(host.store, journal->uuid, &record);
    if (!rc) rc = xlgpu_release(&host, &record);
    xlgpu_host_close(&host);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

static int hold(const struct xlgpu_journal *journal)
{
    struct xlgpu_record record = { .index = 0 }, held;
    struct xlgpu_host host;
    int rc;

    rc = open_host(&host, journal);
    if (!rc) rc = xlgpu_store_find(host.store, journal->uuid, &record);
    if (!rc && record.state != XLGPU_HELD) {
        held = record;
        held.state = XLGPU_HELD;
        held.owner = (struct xlgpu_owner){ 0 };
        held.expires = 0;
        rc = xlgpu_store_replace(host.store, &record, &held);
    }
    xlgpu_host_close(&host);
    /* Another command has seen that it is held; or the store started anew,
     * and is rebuilt from libxl. */
    return rc == XLGPU_IN_USE || rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

/* ---- Abort ---- */

int xlgpu_target_abort(libxl_ctx *xen, struct xlgpu_journal *journal)
{
    enum xlgpu_condition c;
    int rc = XLGPU_OK, lock = -1;
    uint32_t domid;

    end_receiving(journal);
    c = xlgpu_domain_condition(xen, journal->uuid, &domid);
    if (c == XLGPU_DOMAIN_UNKNOWN)
        return xlgpu_fail(XLGPU_FAILED, journal->name, "xl gpu-recover",
                          "libxl does not say what came of it");
    if (c != XLGPU_DOMAIN_GONE)
        rc = xlgpu_domain_destroy(xen, domid, journal->name);
    /* An xl create that nobody waits for any more may still have it. */
    if (!rc) rc = xlgpu_guest_lock(journal->uuid, LOCK_WAIT_S, &lock);
    if (rc == XLGPU_IN_USE)
        rc = xlgpu_fail(rc, journal->name, "xl gpu-recover",
                        "it is still ending, or being started");
    if (!rc) rc = drop_reservation(journal);
    if (!rc) rc = xlgpu_kept_remove(journal->uuid);
    if (rc) goto out;

    journal->state = XLGPU_JOURNAL_ABORTED;
    rc = xlgpu_journal_write(journal);
    xlgpu_step("aborted");
out:
    if (lock >= 0) close(lock);
    if (!rc) xlgpu_guest_lock_forget(journal->uuid);
    return rc;
}

/* ---- Finish ---- */

/* A restart, of which xl create may have been cut off, or goes on without
 * whoever began it. */
static int create(libxl_ctx *xen, const struct xlgpu_journal *journal)
{
    unsigned int seconds = CREATE_WAIT_S;
    enum xlgpu_condition c;
    uint32_t domid;
    int rc = XLGPU_OK;

    for (;;) {
        c = xlgpu_domain_condition(xen, journal->uuid, &domid);
        if (c != XLGPU_DOMAIN_PAUSED ||
            !xlgpu_guest_lock_holder(journal->uuid, "xl", NULL))
            break;
        if (!seconds--)
            return xlgpu_fail(XLGPU_IN_USE, journal->name, "xl gpu-recover",
                              "xl is still creating it");
        sleep(1);
    }
    /* Half made. */
    if (c == XLGPU_DOMAIN_PAUSED)
        rc = xlgpu_domain_destroy(xen, domid, journal->name);
    if (c != XLGPU_DOMAIN_PAUSED && c != XLGPU_DOMAIN_GONE) return XLGPU_OK;
    return rc ? rc : xlgpu_kept_start(xen, journal->uuid);
}

/* It went down with the host, which has booted since: its source's copy is
 * out of date, so it is started anew, as far as its config is known here. */
static int start_lost(libxl_ctx *xen, const struct xlgpu_journal *journal)
{
    struct xlgpu_kept kept = { 0 };
    int rc;

    if (xlgpu_journal_is_of_boot(journal)) return XLGPU_OK;
    rc = xlgpu_kept_read(journal->uuid, &kept);
    xlgpu_kept_dispose(&kept);
    if (rc == XLGPU_NOT_FOUND) return XLGPU_OK;
    return rc ? rc : xlgpu_kept_start(xen, journal->uuid);
}

int xlgpu_target_start(libxl_ctx *xen, const struct xlgpu_journal *journal)
{
    enum xlgpu_condition c;
    uint32_t domid;
    int rc;

    end_receiving(journal);
    c = xlgpu_domain_condition(xen, journal->uuid, &domid);
    if (c == XLGPU_DOMAIN_UNKNOWN)
        return xlgpu_fail(XLGPU_FAILED, journal->name, "xl gpu-recover",
                          "libxl does not say how it is");
    if (is_mode(journal, "restart")) return create(xen, journal);
    if (c == XLGPU_DOMAIN_GONE) return start_lost(xen, journal);
    rc = xlgpu_domain_rename(xen, domid, journal->name);
    if (!rc && c == XLGPU_DOMAIN_PAUSED)
        rc = xlgpu_domain_unpause(xen, domid, journal->name);
    return rc;
}

/* The partition of a guest that came without; it runs in any case. */
static int attach(libxl_ctx *xen, const struct xlgpu_journal *journal)
{
    const struct xlgpu_guest *guest;
    struct xlgpu_guests guests;
    int rc = xlgpu_guests_read(xen, &guests);

    if (rc) return rc;
    guest = xlgpu_guests_find_uuid(&guests, journal->uuid);
    if (guest && !xlgpu_guest_has_device(guest, journal->bdf) &&
        xlgpu_xen_attach_resumed(xen, guest->domid, journal->bdf,
                                 journal->vslot)) {
        xlgpu_warn(journal->name, "xl gpu-attach gives it one",
                   "it runs, but libxl could not attach its partition");
        rc = drop_reservation(journal);
    }
    xlgpu_step("attached");
    xlgpu_guests_dispose(&guests);
    return rc;
}

/* It has just shown that it handles suspend, and may move on. */
static void announce(libxl_ctx *xen, const struct xlgpu_journal *journal)
{
    uint32_t domid;

    if (xlgpu_domain_condition(xen, journal->uuid, &domid) ==
        XLGPU_DOMAIN_RUNS)
        xlgpu_announce_suspend(domid);
}

int xlgpu_target_finish(libxl_ctx *xen, struct xlgpu_journal *journal)
{
    int rc = XLGPU_OK;

    if (is_mode(journal, "live") || is_mode(journal, "freeze"))
        announce(xen, journal);
    if (is_mode(journal, "hotplug")) rc = attach(xen, journal);
    if (!rc) rc = hold(journal);
    /* It may have left here before. */
    if (!rc) rc = xlgpu_tombstone_remove(journal->uuid);
    if (rc) return rc;

    journal->state = XLGPU_JOURNAL_DONE;
    rc = xlgpu_journal_write(journal);
    xlgpu_step("done");
    return rc;
}

static int start_and_finish(libxl_ctx *xen, struct xlgpu_journal *journal)
{
    int rc = xlgpu_target_start(xen, journal);

    if (!rc) return xlgpu_target_finish(xen, journal);
    /* Then its source starts it. What came here as it ran stays, and so does
     * what somebody is still at. */
    return is_mode(journal, "restart") &&
                   !xlgpu_guest_lock_holder(journal->uuid, "xl", NULL)
               ? xlgpu_target_abort(xen, journal) : rc;
}

bool xlgpu_target_lost(libxl_ctx *xen, const struct xlgpu_journal *journal)
{
    uint32_t domid;

    return journal->state == XLGPU_JOURNAL_GO_TAKEN &&
           !xlgpu_journal_is_of_boot(journal) &&
           xlgpu_domain_condition(xen, journal->uuid, &domid) ==
               XLGPU_DOMAIN_GONE;
}

int xlgpu_target_settle(libxl_ctx *xen, struct xlgpu_journal *journal)
{
    switch (journal->state) {
    case XLGPU_JOURNAL_OPEN:
        return xlgpu_target_abort(xen, journal);
    case XLGPU_JOURNAL_GO_TAKEN:
        return start_and_finish(xen, journal);
    default:
        return XLGPU_OK;
    }
}
