/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settle_source.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/control.h"
#include "domain/hypervisor.h"
#include "domain/kept_start.h"
#include "domain/lock.h"
#include "domain/monitor.h"
#include "domain/settle.h"
#include "domain/xen.h"
#include "helper/quiet.h"
#include "step.h"
#include "xenstore/kept.h"
#include "xenstore/shutdown.h"
#include "xenstore/tombstone.h"

/* libxl gives a guest that long from taking the request to suspending; one
 * that is still on its way then is waited for. */
#define LATE_S 60
/* xl resumes the guest by itself where it lives. */
#define XL_WAIT_S 90
#define DESTROY_WAIT_S 30
#define STOP_WAIT_S 60

/* ---- Undo ---- */

int xlgpu_source_wake_devices(const struct xlgpu_journal *journal)
{
    char bdf[XLGPU_BDF_LEN];
    int rc = XLGPU_OK, r;
    size_t i;

    /* The host has reset them since. */
    if (!xlgpu_journal_is_of_boot(journal)) return rc;
    for (i = 0; i < journal->n_quiet; i++) {
        struct xlgpu_quiet dev = { .bdf = journal->quiet[i].bdf,
                                   .command = journal->quiet[i].command,
                                   .touched = true };

        r = xlgpu_quiet_undo(&dev);
        if (r)
            rc = xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(dev.bdf, bdf),
                            "see the kernel's log",
                            "its bus mastering can't be turned on: %s",
                            strerror(r));
    }
    return rc;
}

static void wait_for(const struct xlgpu_owner *process, unsigned int seconds)
{
    for (; seconds && process->pid && xlgpu_owner_alive(process); seconds--)
        sleep(1);
}

/* Resumes the guest wherever it stands; *domid_r is 0 when it is gone. */
static int resume(libxl_ctx *xen, const struct xlgpu_journal *journal,
                  bool late, uint32_t *domid_r, bool *suspended_r)
{
    unsigned int seconds = 0;
    enum xlgpu_condition c;

    if (late && !xlgpu_shutdown_call_off(journal->domid))
        seconds = xlgpu_bound("XLGPU_LATE_S", LATE_S);

    for (;;) {
        c = xlgpu_domain_condition(xen, journal->uuid, domid_r);
        if ((c != XLGPU_DOMAIN_RUNS && c != XLGPU_DOMAIN_PAUSED) ||
            !seconds--)
            break;
        sleep(1);
    }
    if (c == XLGPU_DOMAIN_UNKNOWN)
        return xlgpu_fail(XLGPU_FAILED, journal->name, "xl gpu-recover",
                          "libxl does not say how it is");
    /* xl may have resumed it before we looked. */
    *suspended_r = c == XLGPU_DOMAIN_SUSPENDED || journal->suspending ||
                   journal->n_quiet;
    /* xl's monitor, which ends with a suspend, has to have seen it. */
    if (c == XLGPU_DOMAIN_SUSPENDED && late) sleep(1);
    if (c == XLGPU_DOMAIN_SUSPENDED)
        return xlgpu_domain_resume(xen, *domid_r, journal->name);
    return XLGPU_OK;
}

/* Its partition, which was taken from it for the move. */
static int attach_again(libxl_ctx *xen, const struct xlgpu_journal *journal,
                        uint32_t domid)
{
    struct xlgpu_guests guests;
    const struct xlgpu_guest *guest;
    int rc = xlgpu_guests_read(xen, &guests);

    if (rc) return rc;
    guest = xlgpu_guests_find_uuid(&guests, journal->uuid);
    if (guest && !xlgpu_guest_has_device(guest, journal->bdf) &&
        xlgpu_xen_attach_resumed(xen, domid, journal->bdf, journal->vslot))
        rc = xlgpu_fail(XLGPU_FAILED, journal->name,
                        "xl gpu-recover tries it again",
                        "it runs, but libxl could not give its partition "
                        "back");
    xlgpu_step("attached again");
    xlgpu_guests_dispose(&guests);
    return rc;
}

/*
 * It was to shut down. Where it has taken the request, or nobody knows, it
 * goes down, or it would do so some time when nobody starts it any more.
 */
static int stop(libxl_ctx *xen, const struct xlgpu_journal *journal,
                uint32_t *domid)
{
    unsigned int seconds = xlgpu_bound("XLGPU_STOP_WAIT_S", STOP_WAIT_S);
    bool pv;

    if (xlgpu_shutdown_call_off(*domid)) return XLGPU_OK;
    xlgpu_domain_shutdown(xen, *domid, journal->name, &pv);
    while (xlgpu_domain_condition(xen, journal->uuid, domid) !=
           XLGPU_DOMAIN_GONE) {
        if (!seconds--)
            return xlgpu_fail(XLGPU_IN_USE, journal->name,
                              "xl gpu-recover when it is down",
                              "it is still shutting down");
        sleep(1);
    }
    return XLGPU_OK;
}

static int undo_running(libxl_ctx *xen, const struct xlgpu_journal *journal,
                        uint32_t domid, bool suspended)
{
    int rc;

    xlgpu_hypervisor_log_off(domid);
    xlgpu_shutdown_call_off(domid);
    rc = xlgpu_domain_rename(xen, domid, journal->name);
    if (!rc) rc = xlgpu_monitor_ensure(xen, domid, journal->uuid,
                                       suspended);
    if (!rc && journal->detached) rc = attach_again(xen, journal, domid);
    return rc;
}

int xlgpu_source_undo(libxl_ctx *xen, struct xlgpu_journal *journal, bool late)
{
    bool suspended;
    uint32_t domid;
    int rc, woken;

    /* A device that does not wake is no reason to leave the guest asleep. */
    woken = xlgpu_source_wake_devices(journal);
    /* It undoes what it began; what it can't is done below. */
    wait_for(&journal->process, XL_WAIT_S);
    rc = resume(xen, journal, late, &domid, &suspended);
    if (!rc && domid && journal->stopped) rc = stop(xen, journal, &domid);
    if (rc) return rc;
    if (domid)
        rc = undo_running(xen, journal, domid, suspended);
    else if (journal->stopped)
        rc = xlgpu_kept_start(xen, journal->uuid);
    if (!rc) rc = woken;
    return rc ? rc : xlgpu_journal_remove(journal->uuid);
}

/* ---- Finish ---- */

/* xl destroys it itself where it lives to. */
static int destroy_copy(libxl_ctx *xen, const struct xlgpu_journal *journal)
{
    uint32_t domid;
    enum xlgpu_condition c;

    wait_for(&journal->process, DESTROY_WAIT_S);
    c = xlgpu_domain_condition(xen, journal->uuid, &domid);
    switch (c) {
    case XLGPU_DOMAIN_GONE:
        return XLGPU_OK;
    case XLGPU_DOMAIN_SUSPENDED:
    case XLGPU_DOMAIN_SHUT_DOWN:
        return xlgpu_domain_destroy(xen, domid, journal->name);
    default:
        return xlgpu_fail(XLGPU_IN_USE, journal->name,
                          "find out which copy is to stay, destroy the "
                          "other, then xl gpu-recover",
                          "it runs at %s and has not ended here",
                          journal->peer);
    }
}

static int bury(const struct xlgpu_journal *journal)
{
    struct xlgpu_tombstone t = { .name = journal->name,
                                 .config_path = journal->config_path,
                                 .target = journal->peer,
                                 .when = time(NULL) };

    strcpy(t.uuid, journal->uuid);
    strcpy(t.id, journal->id);
    return xlgpu_tombstone_write(&t);
}

static int release(const char *uuid)
{
    struct xlgpu_record record = { .index = 0 };
    struct xlgpu_host host;
    int rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){ .quick = true,
                                                          .own_uuid = uuid });
    if (!rc) rc = xlgpu_store_find(host.store, uuid, &record);
    if (!rc) rc = xlgpu_release(&host, &record);
    xlgpu_host_close(&host);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

int xlgpu_source_finish(libxl_ctx *xen, struct xlgpu_journal *journal)
{
    int rc;

    rc = destroy_copy(xen, journal);
    if (!rc) rc = bury(journal);
    if (!rc) rc = release(journal->uuid);
    if (rc) return rc;

    journal->state = XLGPU_JOURNAL_DONE;
    rc = xlgpu_journal_write(journal);
    if (!rc) rc = xlgpu_kept_remove(journal->uuid);
    return rc;
}
