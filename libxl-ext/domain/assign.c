/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assign.h"

#include <string.h>

#include "domain/partition.h"
#include "domain/settle.h"
#include "policy/place.h"

struct choice {
    const struct xlgpu_host *host;
    const struct xlgpu_request *request;
    const struct xlgpu_records *records;
    struct xlgpu_placement placement;
};

/* Guests of a plain pci= have no record, but libxl knows of their device. */
static bool is_free(const struct xlgpu_gpu *gpu, unsigned int index, void *arg)
{
    const struct choice *c = arg;
    struct xlgpu_bdf bdf = gpu->partition[index].bdf;
    const struct xlgpu_record *r =
        xlgpu_records_find(c->records, gpu->bdf, index);

    return r && r->state == XLGPU_FREE && xlgpu_bdf_equal(r->bdf, bdf) &&
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
    if (rc && c.placement.why)
        xlgpu_fail(rc, request->what, c.placement.remedy, "%s",
                   c.placement.why);
    return rc;
}

int xlgpu_assign(struct xlgpu_host *host, const struct xlgpu_request *request,
                 struct xlgpu_record *record_r)
{
    int rc, r;

    for (;;) {
        rc = reserve(host, request, record_r);
        if (rc || host->dry_run) return rc;

        rc = xlgpu_partition_bind(host->xen, record_r->bdf);
        if (rc) {
            xlgpu_unassign(host, record_r);
            return rc;
        }

        r = xlgpu_partition_reset(record_r->bdf);
        if (!r) return XLGPU_OK;
        rc = xlgpu_quarantine(host->store, record_r, r);
        if (rc) return rc;
    }
}

int xlgpu_unassign(struct xlgpu_host *host, const struct xlgpu_record *record)
{
    return xlgpu_release(host->store, record);
}
