/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recover.h"

#include <stdlib.h>
#include <string.h>

#include "domain/layout.h"
#include "domain/lock.h"
#include "domain/partition.h"
#include "domain/settle.h"
#include "xenstore/journal.h"
#include "xenstore/kept.h"
#include "xenstore/stale.h"

struct recovery {
    struct xlgpu_host *host;
    xlgpu_recovered_fn *tell;
    void *arg;
    bool changed;
};

/* ---- Layout changes ---- */

/* Nothing was in use when it began, and what was wanted is on disk. */
static int finish_change(struct recovery *r, struct xlgpu_bdf gpu)
{
    struct xlgpu_gpu *found =
        xlgpu_inventory_find(&r->host->inventory, gpu);
    struct xlgpu_desired whole = { .gpu = gpu };
    const struct xlgpu_desired *desired;
    struct xlgpu_layout layout;
    bool nothing;
    int rc;

    r->tell(gpu, "finish a layout change that was cut off", r->arg);
    if (r->host->dry_run) return XLGPU_OK;

    rc = xlgpu_desired_read(&layout);
    if (rc) return rc;
    desired = xlgpu_desired_find(&layout, gpu);
    /* A GPU that went away; or a driver that is told nothing, and so far
     * nothing was desired of it. */
    nothing = !found || (!desired && xlgpu_driver_of(found)->of_module);
    rc = nothing ? xlgpu_store_end_change(r->host->store, gpu)
                 : xlgpu_layout_apply(r->host, desired ? desired : &whole,
                                      NULL);
    xlgpu_layout_dispose(&layout);
    if (rc || nothing) return rc;

    if (!found->count) rc = xlgpu_pf_clean(found);
    /* Also where nothing was left to do: the change has ended. */
    if (!rc)
        rc = xlgpu_store_set_layout(r->host->store, found,
                                    xlgpu_partition_memory(found));
    return rc;
}

static int finish_changes(struct recovery *r)
{
    struct xlgpu_change *change = NULL;
    size_t i, n = 0;
    int rc, first;

    first = xlgpu_store_changes(r->host->store, &change, &n);
    for (i = 0; i < n; i++) {
        if (xlgpu_owner_alive(&change[i].owner)) continue;
        rc = finish_change(r, change[i].gpu);
        if (!rc) r->changed = true;
        if (!first) first = rc;
    }
    free(change);
    return first;
}

/* ---- Quarantine ---- */

static int try_again(struct recovery *r, const struct xlgpu_record *record)
{
    r->tell(record->bdf, "try to reset it again", r->arg);
    return r->host->dry_run ? XLGPU_OK : xlgpu_release(r->host, record);
}

static size_t count_quarantined(const struct xlgpu_host *host)
{
    size_t i, n = 0;

    for (i = 0; i < host->records.n; i++)
        n += host->records.record[i].state == XLGPU_QUARANTINED;
    return n;
}

static int try_quarantined(struct recovery *r)
{
    const struct xlgpu_records *records = &r->host->records;
    int rc, first = XLGPU_OK;
    size_t i;

    for (i = 0; i < records->n; i++) {
        if (records->record[i].state != XLGPU_QUARANTINED) continue;
        rc = try_again(r, &records->record[i]);
        if (!first) first = rc;
    }
    return first;
}

/* ---- What nobody uses ---- */

/* Notes of libxl's that name domains that are gone. */
static void sweep_notes(struct recovery *r)
{
    const struct xlgpu_records *records = &r->host->records;
    int64_t domid;
    size_t i;

    for (i = 0; i < records->n; i++) {
        domid = xlgpu_libxl_note(records->record[i].bdf);
        if (domid < 0 || xlgpu_xen_has_domid(r->host->xen, domid)) continue;
        r->tell(records->record[i].bdf, "remove libxl's note of a domain "
                "that is gone", r->arg);
        r->changed = true;
        if (!r->host->dry_run)
            xlgpu_libxl_note_remove(records->record[i].bdf);
    }
}

/* Configs of guests that ended in a way that nobody saw. */
static void sweep_kept(const struct xlgpu_host *host)
{
    char (*uuid)[XLGPU_UUID_LEN];
    size_t i, n;

    xlgpu_kept_list(&uuid, &n);
    for (i = 0; i < n; i++)
        if (!xlgpu_guests_find_uuid(&host->guests, uuid[i]) &&
            !xlgpu_guest_locked(uuid[i]) && !xlgpu_journal_names(uuid[i]))
            xlgpu_kept_remove(uuid[i]);
    free(uuid);
}

int xlgpu_recover(struct xlgpu_host *host, xlgpu_recovered_fn *tell,
                  void *arg, bool *changed_r)
{
    struct recovery r = { host, tell, arg, false };
    size_t quarantined;
    int rc, first;

    first = finish_changes(&r);
    rc = host->dry_run ? XLGPU_OK : xlgpu_host_refresh(host);
    if (rc) return rc;
    quarantined = count_quarantined(host);
    rc = try_quarantined(&r);
    if (!first) first = rc;
    sweep_notes(&r);
    if (!host->dry_run) {
        xlgpu_desired_sweep();
        xlgpu_guest_locks_sweep();
        sweep_kept(host);
        rc = xlgpu_host_read(host);
        quarantined -= count_quarantined(host);
    }
    *changed_r = r.changed || quarantined;
    return first ? first : rc;
}
