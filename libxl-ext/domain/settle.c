/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "domain/lock.h"
#include "domain/partition.h"
#include "inventory/sysfs.h"
#include "xenstore/journal.h"
#include "xenstore/kept.h"
#include "xenstore/promise.h"

struct xlgpu_record xlgpu_record_without_holder(
    const struct xlgpu_record *record, enum xlgpu_partition_state state)
{
    struct xlgpu_record r = { .gpu = record->gpu,
                              .index = record->index,
                              .bdf = record->bdf,
                              .state = state };

    if (state != XLGPU_FREE) strcpy(r.driver, record->driver);
    return r;
}

int xlgpu_quarantine(const struct xlgpu_host *host,
                     const struct xlgpu_record *record, const char *why)
{
    struct xlgpu_record to =
        xlgpu_record_without_holder(record, XLGPU_QUARANTINED);
    char bdf[XLGPU_BDF_LEN];

    snprintf(to.reason, sizeof(to.reason), "%s", why);
    xlgpu_warn(xlgpu_bdf_format(record->bdf, bdf),
               "see the kernel's log; xl gpu-recover tries it again",
               "%s, so it is quarantined", to.reason);
    return xlgpu_store_replace(host->store, record, &to);
}

/* Whether another guest has the device, as libxl knows now. */
static bool has_new_holder(const struct xlgpu_host *host,
                           const struct xlgpu_record *record)
{
    const struct xlgpu_guest *guest =
        xlgpu_guests_find_uuid(&host->guests, record->uuid);

    return xlgpu_partition_is_taken(host->xen, record->bdf,
                                    guest ? guest->domid : 0);
}

/* A driver of dom0's may be using it. */
static bool is_dom0s(struct xlgpu_bdf bdf)
{
    struct xlgpu_partition p = { .bdf = bdf };

    return !xlgpu_sysfs_driver(bdf, p.driver, sizeof(p.driver)) &&
           !xlgpu_partition_is_idle(&p);
}

/* NULL, or why it failed; the caller frees it. */
static char *reset(struct xlgpu_host *host, const struct xlgpu_record *record)
{
    char *why;

    if (has_new_holder(host, record) || is_dom0s(record->bdf)) return NULL;
    /* Not every GPU can be reset as a whole; its driver starts it anew. */
    if (record->index == XLGPU_WHOLE &&
        !xlgpu_sysfs_exists(record->bdf, "reset"))
        return NULL;
    why = xlgpu_partition_reset(record->bdf, host->conf.reset_timeout);
    if (why) return why;

    host->reset = xlgpu_realloc(host->reset, host->n_reset + 1,
                                sizeof(*host->reset));
    host->reset[host->n_reset++] = record->bdf;
    return NULL;
}

/* What its driver does not take back is said, and is free. */
static void give_back(struct xlgpu_host *host,
                      const struct xlgpu_record *record)
{
    if (!*record->driver || has_new_holder(host, record)) return;
    xlgpu_partition_give_back(host->xen, record->bdf, record->driver,
                              host->conf.reset_timeout);
    host->given_back = true;
}

int xlgpu_release(struct xlgpu_host *host, const struct xlgpu_record *record)
{
    struct xlgpu_record resetting =
        xlgpu_record_without_holder(record, XLGPU_RESETTING);
    struct xlgpu_record free_record =
        xlgpu_record_without_holder(record, XLGPU_FREE);
    char *why;
    int rc;

    resetting.owner = xlgpu_owner_self();
    rc = xlgpu_store_replace(host->store, record, &resetting);
    if (rc) return rc == XLGPU_IN_USE ? XLGPU_OK : rc;

    why = reset(host, record);
    if (why) {
        rc = xlgpu_quarantine(host, &resetting, why);
    } else {
        give_back(host, record);
        rc = xlgpu_store_replace(host->store, &resetting, &free_record);
    }
    if (!rc && *record->uuid) xlgpu_guest_lock_forget(record->uuid);
    free(why);
    return rc;
}

/* The caller is about to start the record's guest. */
static bool own(const struct xlgpu_host *host, const struct xlgpu_record *r)
{
    return host->own_uuid && !strcmp(host->own_uuid, r->uuid);
}

static enum xlgpu_holder_verdict judge(const struct xlgpu_host *host,
                                       const struct xlgpu_record *r)
{
    const struct xlgpu_guest *guest =
        xlgpu_guests_find_uuid(&host->guests, r->uuid);
    int64_t now = time(NULL);
    struct xlgpu_holder_facts facts = {
        .state = r->state,
        .locked = *r->uuid && !own(host, r) && xlgpu_guest_locked(r->uuid),
        .domain = guest,
        .device = guest && xlgpu_guest_has_device(guest, r->bdf),
        .owner = xlgpu_owner_alive(&r->owner),
        .expired = r->expires && r->expires <= now,
        .journal = *r->uuid && xlgpu_journal_names(r->uuid),
        .promised = xlgpu_promise_names(r),
        /* No grace where the caller is about to start the guest itself. */
        .hot_plugged = r->hot_plugged && !own(host, r),
        .absent = r->absent_since ? now - r->absent_since : -1,
    };

    return xlgpu_holder_judge(&facts);
}

/* What the record becomes; false when it stays. */
static bool settled(const struct xlgpu_record *r,
                    enum xlgpu_holder_verdict verdict,
                    struct xlgpu_record *to)
{
    *to = *r;
    switch (verdict) {
    case XLGPU_HOLDER_KEEP:
        return false;
    case XLGPU_HOLDER_CONFIRM:
        to->state = XLGPU_HELD;
        to->owner = (struct xlgpu_owner){ 0 };
        to->expires = to->absent_since = 0;
        return true;
    case XLGPU_HOLDER_RESERVE:
        to->state = XLGPU_RESERVED;
        to->absent_since = 0;
        return true;
    case XLGPU_HOLDER_MISSED:
        to->absent_since = time(NULL);
        return true;
    case XLGPU_HOLDER_RELEASE:
        *to = xlgpu_record_without_holder(r, XLGPU_FREE);
        return true;
    }
    return false;
}

/*
 * A partition that a guest has without our knowing, by a plain pci= or since
 * before the records were lost, is held by it; in its reboots too.
 */
static bool adopted(const struct xlgpu_host *host,
                    const struct xlgpu_record *r, struct xlgpu_record *to,
                    uint32_t *domid_r)
{
    const struct xlgpu_guest *guest =
        xlgpu_guests_find_device(&host->guests, r->bdf);

    if (r->state != XLGPU_FREE || !guest ||
        xlgpu_records_find_uuid(&host->records, guest->uuid))
        return false;

    *to = *r;
    to->state = XLGPU_HELD;
    strcpy(to->uuid, guest->uuid);
    to->hot_plugged = !xlgpu_guest_locked(guest->uuid);
    *domid_r = guest->domid;
    return true;
}

/* A GPU that a guest has as a whole without our knowing. */
static int adopt_whole(struct xlgpu_host *host, const struct xlgpu_gpu *gpu,
                       bool *changed)
{
    const struct xlgpu_guest *guest =
        xlgpu_guests_find_device(&host->guests, gpu->bdf);
    struct xlgpu_record none = { .gpu = gpu->bdf, .index = XLGPU_WHOLE,
                                 .bdf = gpu->bdf }, to = none;
    int rc;

    if (!guest || host->dry_run ||
        xlgpu_records_find(&host->records, gpu->bdf, XLGPU_WHOLE))
        return XLGPU_OK;

    to.state = XLGPU_HELD;
    strcpy(to.uuid, guest->uuid);
    to.hot_plugged = !xlgpu_guest_locked(guest->uuid);
    rc = xlgpu_store_adopt(host->store, &none, &to, guest->domid);
    *changed = true;
    return rc == XLGPU_IN_USE ? XLGPU_OK : rc;
}

static int settle_one(struct xlgpu_host *host, struct xlgpu_record *r,
                      bool *changed)
{
    enum xlgpu_holder_verdict verdict = judge(host, r);
    struct xlgpu_record to;
    uint32_t domid = 0;
    int rc;

    if (!settled(r, verdict, &to) && !adopted(host, r, &to, &domid))
        return XLGPU_OK;
    if (host->dry_run) {
        *r = to;
        return XLGPU_OK;
    }
    if (verdict == XLGPU_HOLDER_RELEASE && *r->uuid && !own(host, r))
        xlgpu_kept_remove(r->uuid);
    rc = verdict == XLGPU_HOLDER_RELEASE
             ? xlgpu_release(host, r)
             : xlgpu_store_adopt(host->store, r, &to, domid);
    *changed = true;
    return rc == XLGPU_IN_USE ? XLGPU_OK : rc;
}

int xlgpu_settle(struct xlgpu_host *host)
{
    bool changed = false;
    int rc = XLGPU_OK;
    size_t i;

    for (i = 0; !rc && i < host->records.n; i++)
        rc = settle_one(host, &host->records.record[i], &changed);
    for (i = 0; !rc && i < host->inventory.n; i++)
        rc = adopt_whole(host, &host->inventory.gpu[i], &changed);
    return !rc && changed ? xlgpu_host_refresh(host) : rc;
}

int xlgpu_settle_own(struct xlgpu_host *host)
{
    struct xlgpu_record record = { .index = 0 };
    bool changed;
    int rc;

    rc = xlgpu_store_find(host->store, host->own_uuid, &record);
    if (rc) return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
    return settle_one(host, &record, &changed);
}
