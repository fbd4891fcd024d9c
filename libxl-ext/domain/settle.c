/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settle.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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

int xlgpu_quarantine(struct xlgpu_store *store,
                     const struct xlgpu_record *record, int err)
{
    struct xlgpu_record to =
        xlgpu_record_without_holder(record, XLGPU_QUARANTINED);
    char bdf[XLGPU_BDF_LEN];

    snprintf(to.reason, sizeof(to.reason), "reset failed: %s", strerror(err));
    xlgpu_warn(xlgpu_bdf_format(record->bdf, bdf),
               "see the kernel's log; partitioning the GPU anew ends it",
               "%s, so it is quarantined", to.reason);
    return xlgpu_store_replace(store, record, &to);
}

int xlgpu_release(struct xlgpu_store *store, const struct xlgpu_record *record)
{
    struct xlgpu_record resetting =
        xlgpu_record_without_holder(record, XLGPU_RESETTING);
    struct xlgpu_record free_record =
        xlgpu_record_without_holder(record, XLGPU_FREE);
    int rc, r;

    resetting.owner = xlgpu_owner_self();
    rc = xlgpu_store_replace(store, record, &resetting);
    if (rc) return rc == XLGPU_IN_USE ? XLGPU_OK : rc;

    r = xlgpu_partition_reset(record->bdf);
    rc = r ? xlgpu_quarantine(store, &resetting, r)
           : xlgpu_store_replace(store, &resetting, &free_record);
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
        .domain = *r->uuid && guest,
        .device = *r->uuid && guest && xlgpu_guest_has_device(guest, r->bdf),
        .owner = xlgpu_owner_alive(&r->owner),
        .expired = r->expires && r->expires <= now,
        .hot_plugged = r->hot_plugged,
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

int xlgpu_settle(struct xlgpu_host *host, const char *own_uuid)
{
    enum xlgpu_holder_verdict verdict;
    struct xlgpu_record *r, to;
    bool changed = false;
    int rc;

    for (r = host->records.record;
         r < host->records.record + host->records.n; r++) {
        verdict = judge(host, r, own_uuid);
        if (!settled(r, verdict, &to)) continue;
        if (host->dry_run) {
            *r = to;
            continue;
        }
        rc = verdict == XLGPU_HOLDER_RELEASE
                 ? xlgpu_release(host->store, r)
                 : xlgpu_store_replace(host->store, r, &to);
        if (rc && rc != XLGPU_IN_USE) return rc;
        changed = true;
    }
    return changed ? xlgpu_host_refresh(host) : XLGPU_OK;
}
