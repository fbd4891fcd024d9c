/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/lock.h"
#include "domain/partition.h"
#include "domain/settle.h"

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

/* Makes the records say what the hardware has. */
static int reconcile(struct xlgpu_host *host)
{
    struct xlgpu_gpu *gpu;
    int rc;

    for (gpu = host->inventory.gpu;
         gpu < host->inventory.gpu + host->inventory.n; gpu++) {
        if (xlgpu_records_match(&host->records, gpu) || !is_ours(gpu)) continue;
        rc = xlgpu_store_set_layout(host->store, gpu);
        if (rc) return rc;
    }
    return xlgpu_host_refresh(host);
}

int xlgpu_host_refresh(struct xlgpu_host *host)
{
    xlgpu_records_dispose(&host->records);
    return xlgpu_store_list(host->store, &host->records);
}

int xlgpu_host_open(struct xlgpu_host *host, struct xlgpu_host_open how)
{
    int rc;

    *host = (struct xlgpu_host){ .layout_lock = -1, .dry_run = how.dry_run };

    rc = xlgpu_xen_open(&host->xen, how.verbose);
    if (rc) return rc;
    rc = xlgpu_store_open(&host->store);
    if (rc) return rc;
    rc = xlgpu_layout_lock(how.change_layout, &host->layout_lock);
    if (rc) return rc;
    xlgpu_inventory_read(&host->inventory);
    rc = xlgpu_host_refresh(host);
    if (rc) return rc;
    /* After the records: a guest that is in them already has its domain. */
    rc = xlgpu_guests_read(host->xen, &host->guests);
    if (rc) return rc;

    if (!how.dry_run) {
        rc = reconcile(host);
        if (rc) return rc;
    }
    return xlgpu_settle(host, how.own_uuid);
}

void xlgpu_host_close(struct xlgpu_host *host)
{
    xlgpu_records_dispose(&host->records);
    xlgpu_guests_dispose(&host->guests);
    xlgpu_inventory_dispose(&host->inventory);
    free(host->reset);
    if (host->layout_lock >= 0) close(host->layout_lock);
    xlgpu_store_close(host->store);
    xlgpu_xen_close(host->xen);
}
