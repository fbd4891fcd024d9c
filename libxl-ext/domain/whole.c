/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "whole.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain/layout.h"
#include "domain/partition.h"
#include "domain/settle.h"
#include "driver/driver.h"
#include "inventory/sysfs.h"
#include "xenstore/desired.h"

const char *xlgpu_whole_holder(const struct xlgpu_host *host,
                               struct xlgpu_bdf gpu)
{
    const struct xlgpu_record *r =
        xlgpu_records_find(&host->records, gpu, XLGPU_WHOLE);
    const struct xlgpu_guest *guest =
        r && *r->uuid ? xlgpu_guests_find_uuid(&host->guests, r->uuid)
                      : xlgpu_guests_find_device(&host->guests, gpu);

    if (guest) return guest->name;
    return r ? *r->uuid ? r->uuid : "nobody, but it is quarantined" : NULL;
}

/* Rules 3 and 10. */
static int check(const struct xlgpu_host *host, const struct xlgpu_gpu *gpu)
{
    const char *holder = xlgpu_whole_holder(host, gpu->bdf);
    struct xlgpu_layout layout;
    char bdf[XLGPU_BDF_LEN];
    bool desired;
    int rc;

    xlgpu_bdf_format(gpu->bdf, bdf);
    if (gpu->console)
        return xlgpu_fail(XLGPU_UNABLE, bdf, "take another GPU",
                          "it drives dom0's console");
    if (holder)
        return xlgpu_fail(XLGPU_IN_USE, bdf, "end that guest first",
                          "it is assigned as a whole to %s", holder);
    if (gpu->count)
        return xlgpu_fail(XLGPU_IN_USE, bdf,
                          "xl gpu-unpartition makes it whole",
                          "it has %u partitions", gpu->count);

    if (xlgpu_layout_was_cut_off(host, gpu->bdf))
        return xlgpu_fail(XLGPU_IN_USE, bdf, "xl gpu-recover finishes that",
                          "a change of its layout was cut off");
    if (xlgpu_partition_is_taken(host->xen, gpu->bdf, 0))
        return xlgpu_fail(XLGPU_IN_USE, bdf, "see xl list",
                          "libxl says that a domain has it");

    rc = xlgpu_desired_read(&layout);
    if (rc) return rc;
    desired = xlgpu_desired_find(&layout, gpu->bdf);
    xlgpu_layout_dispose(&layout);
    if (desired)
        return xlgpu_fail(XLGPU_IN_USE, bdf,
                          "xl gpu-unpartition makes it whole",
                          "its desired layout has partitions");
    return XLGPU_OK;
}

static int prepare(struct xlgpu_host *host, const struct xlgpu_gpu *gpu,
                   const struct xlgpu_record *record)
{
    char *why = NULL, bdf[XLGPU_BDF_LEN];
    int rc;

    rc = *record->driver ? xlgpu_pf_let_go(gpu) : XLGPU_OK;
    if (!rc) rc = xlgpu_partition_bind(host->xen, record->bdf);
    if (!rc && xlgpu_sysfs_exists(record->bdf, "reset"))
        why = xlgpu_partition_reset(record->bdf, host->conf.reset_timeout);
    if (rc) {
        xlgpu_release(host, record);
    } else if (why) {
        xlgpu_quarantine(host, record, why);
        rc = xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(record->bdf, bdf),
                        "xl gpu-recover, or another GPU",
                        "it can't be assigned");
    }
    free(why);
    return rc;
}

int xlgpu_assign_whole(struct xlgpu_host *host,
                       const struct xlgpu_request *request,
                       struct xlgpu_record *record_r)
{
    const struct xlgpu_gpu *gpu =
        xlgpu_inventory_find(&host->inventory, request->spec->gpu);
    char bdf[XLGPU_BDF_LEN];
    int rc;

    if (!gpu)
        return xlgpu_fail(XLGPU_NOT_FOUND, request->what,
                          "xl gpu-list shows those that there are",
                          "%s: no such GPU on this host",
                          xlgpu_bdf_format(request->spec->gpu, bdf));
    rc = check(host, gpu);
    if (rc) return rc;

    *record_r = (struct xlgpu_record){
        .gpu = gpu->bdf,
        .index = XLGPU_WHOLE,
        .bdf = gpu->bdf,
        .state = XLGPU_RESERVED,
        .owner = xlgpu_owner_self(),
        .vslot = request->vslot,
        .hot_plugged = request->hot_plugged,
    };
    strcpy(record_r->uuid, request->uuid);
    /* What the administrator made assignable stays that afterwards. */
    if (strcmp(gpu->driver, XLGPU_PCIBACK))
        strcpy(record_r->driver, gpu->driver);
    if (host->dry_run) return XLGPU_OK;

    rc = xlgpu_store_reserve(host->store, record_r);
    if (rc == XLGPU_NO_ROOM)
        return xlgpu_fail(XLGPU_IN_USE, request->what, "try again",
                          "%s was taken a moment ago",
                          xlgpu_bdf_format(gpu->bdf, bdf));
    return rc ? rc : prepare(host, gpu, record_r);
}

int xlgpu_whole_stays(const char *guest, struct xlgpu_bdf gpu)
{
    char bdf[XLGPU_BDF_LEN], *remedy;
    int rc;

    xlgpu_bdf_format(gpu, bdf);
    remedy = xlgpu_asprintf("xl gpu-detach %s %s takes it away; or shut the "
                            "guest down and start it there", guest, bdf);
    rc = xlgpu_fail(XLGPU_UNABLE, guest, remedy,
                    "it has %s as a whole, and a whole GPU doesn't move", bdf);
    free(remedy);
    return rc;
}
