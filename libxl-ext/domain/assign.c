/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assign.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "domain/partition.h"
#include "domain/settle.h"
#include "domain/whole.h"
#include "driver/driver.h"
#include "inventory/sysfs.h"
#include "policy/place.h"

#define RACES_MAX 1000 /* each is another guest's success */
#define POLL_MS 200

/* ---- Which one ---- */

/* The exact partition of a request: of which GPU, and its index there. */
static int find_exact(const struct xlgpu_host *host,
                      const struct xlgpu_request *request,
                      struct xlgpu_spec *spec, struct xlgpu_wish *wish)
{
    const struct xlgpu_gpu *gpu = xlgpu_inventory_find_partition(
        &host->inventory, *request->exact, &wish->index);

    if (!gpu) return XLGPU_NO_ROOM;
    spec->any_gpu = false;
    spec->gpu = gpu->bdf;
    wish->one_index = true;
    return XLGPU_OK;
}

/* One try, with the rooms as they are now. */
static int choose(struct xlgpu_host *host, const struct xlgpu_request *request,
                  struct xlgpu_place *place)
{
    struct xlgpu_spec spec = *request->spec;
    struct xlgpu_wish wish = { .spec = &spec,
                               .placement = host->conf.placement,
                               .numa_node = request->numa_node,
                               .tried = host->tried,
                               .n_tried = host->n_tried };
    struct xlgpu_rooms rooms;
    int rc;

    *place = (struct xlgpu_place){ .why = "its partition is not there" };
    rc = request->exact ? find_exact(host, request, &spec, &wish) : XLGPU_OK;
    if (rc) return rc;
    rc = xlgpu_host_rooms(host, spec.group, &rooms);
    if (!rc) rc = xlgpu_place(&rooms, &wish, place);
    xlgpu_rooms_dispose(&rooms);
    return rc;
}

/* Partitions that there are and that no record of ours offers. */
static void explain(const struct xlgpu_host *host,
                    const struct xlgpu_request *request,
                    const struct xlgpu_gpu *gpu, struct xlgpu_place *place)
{
    if (request->exact) {
        place->why = "the partition that it was saved with is not free";
        place->remedy = "give xl restore its config too, and it takes any";
        return;
    }
    if (request->spec->any_gpu) return;
    if (!gpu) {
        place->why = "no such GPU on this host";
        place->remedy = "xl gpu-list shows those that there are";
    } else if (xlgpu_driver_of(gpu)->mediator) {
        place->why = "partitions of that GPU need its vendor's vGPU manager";
        place->remedy = "assign the whole GPU: gpu = [ "
                        "\"passthrough,bdf=…\" ]";
    } else if (gpu->count && !xlgpu_records_match(&host->records, gpu)) {
        place->why = "dom0 may be using that GPU's partitions";
        place->remedy = "xl gpu-partition takes them over when it is not";
    }
}

static int no_room(const struct xlgpu_host *host,
                   const struct xlgpu_request *request,
                   struct xlgpu_place *place)
{
    const struct xlgpu_gpu *gpu =
        request->spec->any_gpu
            ? NULL
            : xlgpu_inventory_find(&host->inventory, request->spec->gpu);
    int rc = gpu && xlgpu_driver_of(gpu)->mediator ? XLGPU_UNABLE
                                                   : XLGPU_NO_ROOM;

    explain(host, request, gpu, place);
    return xlgpu_fail(rc, request->what, place->remedy, "%s", place->why);
}

static int has_one(const struct xlgpu_request *request)
{
    return xlgpu_fail(XLGPU_IN_USE, request->what,
                      "a guest can have only one, see xl gpu-list -l",
                      "it has a partition already");
}

static struct xlgpu_record record_of(const struct xlgpu_request *request,
                                     const struct xlgpu_place *place)
{
    struct xlgpu_record r = { .gpu = place->gpu,
                              .index = place->index,
                              .state = XLGPU_RESERVED,
                              .owner = xlgpu_owner_self(),
                              .vslot = request->vslot,
                              .hot_plugged = request->hot_plugged };

    strcpy(r.uuid, request->uuid);
    return r;
}

/* Whether a partition is just being reset by another command. */
static bool is_resetting(const struct xlgpu_host *host)
{
    const struct xlgpu_record *r;

    for (r = host->records.record;
         r < host->records.record + host->records.n; r++)
        if (r->state == XLGPU_RESETTING && xlgpu_owner_alive(&r->owner))
            return true;
    return false;
}

/* As choose(); what ended since, or is just being reset, may leave a place. */
static int choose_or_wait(struct xlgpu_host *host,
                          const struct xlgpu_request *request,
                          struct xlgpu_place *place)
{
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    int tries = host->conf.reset_timeout * 1000 / POLL_MS;
    int rc = choose(host, request, place);

    while (rc == XLGPU_NO_ROOM) {
        if (host->is_read && (!is_resetting(host) || !tries--)) break;
        if (host->is_read) nanosleep(&pause, NULL);
        rc = xlgpu_host_read(host);
        if (!rc) rc = choose(host, request, place);
    }
    return rc;
}

static int reserve(struct xlgpu_host *host,
                   const struct xlgpu_request *request,
                   struct xlgpu_record *record_r)
{
    struct xlgpu_place place;
    int races, rc;

    for (races = 0; races < RACES_MAX; races++) {
        rc = choose_or_wait(host, request, &place);
        if (rc == XLGPU_NO_ROOM) return no_room(host, request, &place);
        if (rc) return rc;

        *record_r = record_of(request, &place);
        rc = xlgpu_store_reserve(host->store, record_r);
        if (rc == XLGPU_IN_USE) return has_one(request);
        if (rc != XLGPU_NO_ROOM) return rc;
    }
    return xlgpu_fail(XLGPU_FAILED, request->what, "try again",
                      "others were quicker all the time");
}

static int reserve_dry(struct xlgpu_host *host,
                       const struct xlgpu_request *request,
                       struct xlgpu_record *record_r)
{
    const struct xlgpu_gpu *gpu;
    struct xlgpu_place place;
    int rc;

    if (xlgpu_records_find_uuid(&host->records, request->uuid))
        return has_one(request);
    rc = choose(host, request, &place);
    if (rc == XLGPU_NO_ROOM) return no_room(host, request, &place);
    if (rc) return rc;

    *record_r = record_of(request, &place);
    gpu = xlgpu_inventory_find(&host->inventory, place.gpu);
    record_r->bdf = gpu->partition[place.index].bdf;
    return XLGPU_OK;
}

/* ---- Made ready ---- */

/* Whether the partition still is what its record says. */
static bool is_usable(const struct xlgpu_host *host, struct xlgpu_bdf bdf)
{
    struct xlgpu_partition p = { .bdf = bdf };

    return !xlgpu_sysfs_driver(bdf, p.driver, sizeof(p.driver)) &&
           xlgpu_partition_is_idle(&p) &&
           !xlgpu_partition_is_taken(host->xen, bdf, 0);
}

/* Somebody else's, without our knowing: not for this guest, nor reset. */
static int pass_over(struct xlgpu_host *host,
                     const struct xlgpu_record *record)
{
    struct xlgpu_record free_record =
        xlgpu_record_without_holder(record, XLGPU_FREE);
    int rc = xlgpu_store_replace(host->store, record, &free_record);

    host->tried = xlgpu_realloc(host->tried, host->n_tried + 1,
                                sizeof(*host->tried));
    host->tried[host->n_tried++] =
        (struct xlgpu_tried){ record->gpu, record->index };
    /* Otherwise somebody settled it meanwhile. */
    if (rc && rc != XLGPU_IN_USE) return rc;
    return xlgpu_host_read(host);
}

static bool was_reset(const struct xlgpu_host *host, struct xlgpu_bdf bdf)
{
    size_t i;

    for (i = 0; i < host->n_reset; i++)
        if (xlgpu_bdf_equal(host->reset[i], bdf)) return true;
    return false;
}

/* Sets *again_r where another one has to be taken. */
static int prepare(struct xlgpu_host *host, const struct xlgpu_record *record,
                   bool *again_r)
{
    char *why;
    int rc;

    *again_r = !is_usable(host, record->bdf);
    if (*again_r) return pass_over(host, record);

    rc = xlgpu_partition_bind(host->xen, record->bdf);
    if (rc) {
        xlgpu_release(host, record);
        return rc;
    }
    if (was_reset(host, record->bdf)) return XLGPU_OK;

    why = xlgpu_partition_reset(record->bdf, host->conf.reset_timeout);
    *again_r = why;
    if (why) rc = xlgpu_quarantine(host, record, why);
    if (rc == XLGPU_IN_USE) rc = XLGPU_OK;
    free(why);
    return rc;
}

int xlgpu_assign(struct xlgpu_host *host, const struct xlgpu_request *request,
                 struct xlgpu_record *record_r)
{
    bool again = true;
    int rc = XLGPU_OK;

    if (request->spec->type == XLGPU_SPEC_PASSTHROUGH)
        return xlgpu_assign_whole(host, request, record_r);
    if (host->dry_run) return reserve_dry(host, request, record_r);
    while (!rc && again) {
        rc = reserve(host, request, record_r);
        if (!rc) rc = prepare(host, record_r, &again);
    }
    return rc;
}
