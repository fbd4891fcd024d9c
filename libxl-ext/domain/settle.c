/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settle.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "domain/lock.h"
#include "domain/partition.h"

struct xlgpu_record xlgpu_record_without_holder(
    const struct xlgpu_record *record, enum xlgpu_partition_state state)
{
    return (struct xlgpu_record){ .gpu = record->gpu,
                                  .index = record->index,
                                  .bdf = record->bdf,
                                  .state = state };
}

int xlgpu_quarantine(const struct xlgpu_host *host,
                     const struct xlgpu_record *record, const char *what,
                     const char *why)
{
    struct xlgpu_record to =
        xlgpu_record_without_holder(record, XLGPU_QUARANTINED);
    char bdf[XLGPU_BDF_LEN];

    snprintf(to.reason, sizeof(to.reason), "%s: %s", what, why);
    xlgpu_warn(xlgpu_bdf_format(record->bdf, bdf),
               "see the kernel's log; xl gpu-unpartition and gpu-partition "
               "of its GPU end it",
               "%s, so it is quarantined", to.reason);
    return xlgpu_store_replace(host->store, record, &to);
}

/* Who else has the device, as libxl knows. */
static bool has_new_holder(const struct xlgpu_host *host,
                           const struct xlgpu_record *record)
{
    const struct xlgpu_guest *guest =
        xlgpu_guests_find_device(&host->guests, record->bdf);

    return guest && strcmp(guest->uuid, record->uuid);
}

/* 0 or errno. */
static int reset(struct xlgpu_host *host, const struct xlgpu_record *record)
{
    int r;

    if (has_new_holder(host, record)) return 0;
    r = xlgpu_partition_reset(record->bdf);
    if (r) return r;

    host->reset = xlgpu_realloc(host->reset, host->n_reset + 1,
                                sizeof(*host->reset));
    host->reset[host->n_reset++] = record->bdf;
    return 0;
}

int xlgpu_release(struct xlgpu_host *host, const struct xlgpu_record *record)
{
    struct xlgpu_record resetting =
        xlgpu_record_without_holder(record, XLGPU_RESETTING);
    struct xlgpu_record free_record =
        xlgpu_record_without_holder(record, XLGPU_FREE);
    int rc, r;

    resetting.owner = xlgpu_owner_self();
    rc = xlgpu_store_replace(host->store, record, &resetting);
    if (rc) return rc == XLGPU_IN_USE ? XLGPU_OK : rc;

    r = reset(host, record);
    rc = r ? xlgpu_quarantine(host, &resetting, "reset failed", strerror(r))
           : xlgpu_store_replace(host->store, &resetting, &free_record);
    if (!rc && *record->uuid) xlgpu_guest_lock_forget(record->uuid);
    return rc;
}

static enum xlgpu_holder_verdict judge(const struct xlgpu_host *host,
                                       const struct xlgpu_record *r,
                                       const char *own_uuid)
{
    const struct xlgpu_guest *guest =
        xlgpu_guests_find_uuid(&host->guests, r->uuid);
    bool own = own_uuid && !strcmp(own_uuid, r->uuid);
    int64_t now = time(NULL);
    struct xlgpu_holder_facts facts = {
        .state = r->state,
        .locked = *r->uuid && !own && xlgpu_guest_locked(r->uuid),
        .domain = guest,
        .device = guest && xlgpu_guest_has_device(guest, r->bdf),
        .owner = xlgpu_owner_alive(&r->owner),
        .expired = r->expires && r->expires <= now,
        /* No grace where the caller is about to start the guest itself. */
        .hot_plugged = r->hot_plugged && !own,
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
                    const struct xlgpu_record *r, struct xlgpu_record *to)
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
    return true;
}

int xlgpu_settle(struct xlgpu_host *host, const char *own_uuid)
{
    enum xlgpu_holder_verdict verdict;
    struct xlgpu_record *r, to;
    bool changed = false;
    int rc;

    for (r = host->records.record;
         r < host->records.record + host->records.n; r++) {
        verdict = judge(host, r, own_uuid);
        if (!settled(r, verdict, &to) && !adopted(host, r, &to)) continue;
        if (host->dry_run) {
            *r = to;
            continue;
        }
        rc = verdict == XLGPU_HOLDER_RELEASE
                 ? xlgpu_release(host, r)
                 : xlgpu_store_replace(host->store, r, &to);
        if (rc && rc != XLGPU_IN_USE) return rc;
        changed = true;
    }
    return changed ? xlgpu_host_refresh(host) : XLGPU_OK;
}
