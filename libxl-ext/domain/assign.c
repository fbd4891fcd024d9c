/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assign.h"

#include <string.h>

#include "domain/partition.h"
#include "domain/settle.h"
#include "policy/place.h"
#include "xenstore/stale.h"

struct choice {
    const struct xlgpu_host *host;
    const struct xlgpu_request *request;
    const struct xlgpu_records *records;
    struct xlgpu_placement placement;
};

static bool is_free(const struct xlgpu_gpu *gpu, unsigned int index, void *arg)
{
    const struct choice *c = arg;
    struct xlgpu_bdf bdf = gpu->partition[index].bdf;
    const struct xlgpu_record *r =
        xlgpu_records_find(c->records, gpu->bdf, index);

    return r && r->state == XLGPU_FREE && xlgpu_bdf_equal(r->bdf, bdf) &&
           xlgpu_partition_is_idle(&gpu->partition[index]) &&
           (!c->request->exact || xlgpu_bdf_equal(*c->request->exact, bdf)) &&
           !xlgpu_guests_find_device(&c->host->guests, bdf);
}

static int choose(const struct xlgpu_records *records,
                  struct xlgpu_record *record, void *arg)
{
    struct choice *c = arg;
    const struct xlgpu_placement *p = &c->placement;
    int rc;

    c->records = records;
    if (xlgpu_records_find_uuid(records, c->request->uuid)) {
        c->placement.why = "it has a partition already";
        c->placement.remedy = "a guest can have only one, see xl gpu-list -l";
        return XLGPU_IN_USE;
    }

    rc = xlgpu_place(&c->host->inventory, &c->request->spec, is_free, c,
                     &c->placement);
    if (rc) return rc;

    *record = (struct xlgpu_record){
        .gpu = p->gpu->bdf,
        .index = p->index,
        .bdf = p->gpu->partition[p->index].bdf,
        .state = XLGPU_RESERVED,
        .owner = xlgpu_owner_self(),
        .vslot = c->request->vslot,
        .hot_plugged = c->request->hot_plugged,
    };
    strcpy(record->uuid, c->request->uuid);
    return XLGPU_OK;
}

static int reserve(struct xlgpu_host *host,
                   const struct xlgpu_request *request,
                   struct xlgpu_record *record_r)
{
    struct choice c = { .host = host, .request = request };
    int rc;

    rc = host->dry_run
             ? choose(&host->records, record_r, &c)
             : xlgpu_store_reserve(host->store, choose, &c, record_r);
    if (rc == XLGPU_NO_ROOM && request->exact) {
        c.placement.why = "the partition that it was saved with is not free";
        c.placement.remedy = "give xl restore its config too, and it takes "
                             "any";
    }
    if (rc && c.placement.why)
        xlgpu_fail(rc, request->what, c.placement.remedy, "%s",
                   c.placement.why);
    return rc;
}

/*
 * NULL, or why libxl would refuse the device. A note of libxl's that names a
 * domain that is gone is what a killed xl left, and is removed.
 */
static const char *check_assignable(struct xlgpu_host *host,
                                    struct xlgpu_bdf bdf)
{
    int64_t domid = xlgpu_libxl_note(bdf);
    size_t i;

    if (domid < 0) return NULL;
    for (i = 0; i < host->guests.n; i++)
        if (host->guests.guest[i].domid == domid)
            return "libxl says that a domain has it";

    xlgpu_libxl_note_remove(bdf);
    return NULL;
}

static bool was_reset(const struct xlgpu_host *host, struct xlgpu_bdf bdf)
{
    size_t i;

    for (i = 0; i < host->n_reset; i++)
        if (xlgpu_bdf_equal(host->reset[i], bdf)) return true;
    return false;
}

/* XLGPU_OK with *why_r set: this one can't be used, another one may. */
static int prepare(struct xlgpu_host *host, const struct xlgpu_record *record,
                   const char **what_r, const char **why_r)
{
    int rc, r;

    rc = xlgpu_partition_bind(host->xen, record->bdf);
    if (rc) {
        xlgpu_release(host, record);
        return rc;
    }

    *what_r = "not assignable";
    *why_r = check_assignable(host, record->bdf);
    if (*why_r) return XLGPU_OK;

    r = was_reset(host, record->bdf) ? 0 : xlgpu_partition_reset(record->bdf);
    *what_r = "reset failed";
    *why_r = r ? strerror(r) : NULL;
    return XLGPU_OK;
}

int xlgpu_assign(struct xlgpu_host *host, const struct xlgpu_request *request,
                 struct xlgpu_record *record_r)
{
    const char *what, *why;
    int rc;

    for (;;) {
        rc = reserve(host, request, record_r);
        if (rc || host->dry_run) return rc;
        rc = prepare(host, record_r, &what, &why);
        if (rc || !why) return rc;
        rc = xlgpu_quarantine(host, record_r, what, why);
        if (rc) return rc;
    }
}
