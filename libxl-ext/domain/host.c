/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/lock.h"
#include "domain/partition.h"
#include "domain/promised.h"
#include "domain/settle.h"
#include "driver/driver.h"

/* ---- Records that follow the hardware ---- */

/*
 * Partitions that are there and can be handed out, but for a store that
 * started anew. What dom0 itself may be using is left alone.
 */
static bool is_ours(const struct xlgpu_gpu *gpu)
{
    unsigned int i;

    if (gpu->unreadable) return false;
    for (i = 0; i < gpu->count; i++)
        if (strcmp(gpu->partition[i].driver, XLGPU_PCIBACK)) return false;
    return true;
}

static bool is_changing(const struct xlgpu_change *change, size_t n,
                        struct xlgpu_bdf gpu)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (xlgpu_bdf_equal(change[i].gpu, gpu)) return true;
    return false;
}

static bool has_holder(const struct xlgpu_records *records,
                       struct xlgpu_bdf gpu)
{
    const struct xlgpu_record *r;

    for (r = records->record; r < records->record + records->n; r++)
        if (xlgpu_bdf_equal(r->gpu, gpu) && *r->uuid) return true;
    return false;
}

/* A GPU that is not there any more, with nobody on it, has no records. */
static int forget_gone(struct xlgpu_host *host)
{
    const struct xlgpu_record *r;
    struct xlgpu_gpu gone;
    int rc;

    for (r = host->records.record;
         r < host->records.record + host->records.n; r++) {
        if (r->index || xlgpu_inventory_find(&host->inventory, r->gpu) ||
            has_holder(&host->records, r->gpu))
            continue;
        gone = (struct xlgpu_gpu){ .bdf = r->gpu };
        rc = xlgpu_store_set_layout(host->store, &gone, 0);
        if (rc) return rc;
    }
    return XLGPU_OK;
}

/* Makes the records say what the hardware has. What a layout change that was
 * cut off left is for gpu-recover. */
static int reconcile(struct xlgpu_host *host)
{
    struct xlgpu_change *change = NULL;
    struct xlgpu_gpu *gpu;
    size_t n;
    int rc;

    rc = xlgpu_store_changes(host->store, &change, &n);
    for (gpu = host->inventory.gpu;
         !rc && gpu < host->inventory.gpu + host->inventory.n; gpu++) {
        /* What a guest has stays recorded, whatever became of it. */
        if (xlgpu_records_match(&host->records, gpu) || !is_ours(gpu) ||
            has_holder(&host->records, gpu->bdf) ||
            is_changing(change, n, gpu->bdf))
            continue;
        rc = xlgpu_store_set_layout(host->store, gpu,
                                    xlgpu_partition_memory(gpu));
    }
    if (!rc) rc = forget_gone(host);
    free(change);
    return rc ? rc : xlgpu_host_refresh(host);
}

int xlgpu_host_refresh(struct xlgpu_host *host)
{
    xlgpu_records_dispose(&host->records);
    return xlgpu_store_list(host->store, &host->records);
}

static void forget_read(struct xlgpu_host *host)
{
    xlgpu_records_dispose(&host->records);
    xlgpu_guests_dispose(&host->guests);
    xlgpu_inventory_dispose(&host->inventory);
}

int xlgpu_host_read(struct xlgpu_host *host)
{
    int rc;

    forget_read(host);
    xlgpu_inventory_read(&host->inventory);
    rc = xlgpu_host_refresh(host);
    if (rc) return rc;
    /* After the records: a guest that is in them already has its domain. */
    rc = xlgpu_guests_read(host->xen, &host->guests);
    if (rc) return rc;

    if (!host->dry_run) {
        rc = reconcile(host);
        if (!rc) rc = xlgpu_promised_restore(host);
        if (rc) return rc;
    }
    host->is_read = true;
    rc = xlgpu_settle(host);
    if (host->given_back) {
        xlgpu_inventory_dispose(&host->inventory);
        xlgpu_inventory_read(&host->inventory);
        host->given_back = false;
    }
    return rc;
}

int xlgpu_host_open(struct xlgpu_host *host, struct xlgpu_host_open how)
{
    int rc;

    *host = (struct xlgpu_host){ .layout_lock = -1,
                                 .dry_run = how.dry_run,
                                 .own_uuid = how.own_uuid };
    rc = xlgpu_conf_read(&host->conf);
    if (rc) return rc;
    rc = xlgpu_xen_open(&host->xen, how.verbose);
    if (rc) return rc;
    rc = xlgpu_store_open(&host->store);
    if (rc) return rc;
    rc = xlgpu_layout_lock(how.change_layout, &host->layout_lock);
    if (rc) return rc;
    return how.quick && !how.dry_run ? XLGPU_OK : xlgpu_host_read(host);
}

void xlgpu_host_close(struct xlgpu_host *host)
{
    forget_read(host);
    free(host->reset);
    free(host->tried);
    if (host->layout_lock >= 0) close(host->layout_lock);
    xlgpu_store_close(host->store);
    xlgpu_xen_close(host->xen);
    xlgpu_conf_dispose(&host->conf);
}

/* ---- Rooms ---- */

/* The state of a partition, recorded or as it would be. */
static enum xlgpu_partition_state state_seen(const struct xlgpu_host *host,
                                             const struct xlgpu_gpu *gpu,
                                             unsigned int index)
{
    const struct xlgpu_record *r =
        xlgpu_records_find(&host->records, gpu->bdf, index);

    if (r) return r->state;
    return xlgpu_guests_find_device(&host->guests, gpu->partition[index].bdf)
               ? XLGPU_HELD : XLGPU_FREE;
}

/* What the store would say after what a dry run only sees. */
static void rooms_seen(const struct xlgpu_host *host,
                       struct xlgpu_rooms *rooms)
{
    const struct xlgpu_gpu *gpu;
    struct xlgpu_room room;
    unsigned int i;

    for (gpu = host->inventory.gpu;
         gpu < host->inventory.gpu + host->inventory.n; gpu++) {
        if (!gpu->count || (!xlgpu_records_match(&host->records, gpu) &&
                            !is_ours(gpu)))
            continue;
        room = (struct xlgpu_room){ .gpu = gpu->bdf,
                                    .memory = xlgpu_partition_memory(gpu),
                                    .numa_node = gpu->numa_node,
                                    .count = gpu->count };
        snprintf(room.model, sizeof(room.model), "%s", gpu->model);
        room.state = xlgpu_zalloc(gpu->count, sizeof(*room.state));
        for (i = 0; i < gpu->count; i++)
            room.state[i] = state_seen(host, gpu, i);
        rooms->room = xlgpu_realloc(rooms->room, rooms->n + 1, sizeof(room));
        rooms->room[rooms->n++] = room;
    }
}

int xlgpu_host_rooms(struct xlgpu_host *host, const char *group,
                     struct xlgpu_rooms *rooms)
{
    struct xlgpu_room *room;
    int rc = XLGPU_OK;

    *rooms = (struct xlgpu_rooms){ 0 };
    if (host->dry_run)
        rooms_seen(host, rooms);
    else
        rc = xlgpu_store_rooms(host->store, rooms);

    for (room = rooms->room; room < rooms->room + rooms->n; room++)
        if (xlgpu_conf_in_group(&host->conf, room->gpu, group))
            snprintf(room->group, sizeof(room->group), "%s", group);
    return rc;
}
