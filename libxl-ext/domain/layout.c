/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <stdlib.h>

#include "domain/partition.h"
#include "driver/driver.h"
#include "policy/place.h"
#include "xenstore/desired.h"

static int in_use(const struct xlgpu_gpu *gpu, unsigned int index,
                  const struct xlgpu_guest *guest, const char *uuid,
                  enum xlgpu_partition_state state)
{
    char bdf[XLGPU_BDF_LEN];

    return xlgpu_fail(XLGPU_IN_USE, xlgpu_bdf_format(gpu->bdf, bdf),
                      "end its guests first, see xl gpu-list -l",
                      "partition %u is %s by %s", index,
                      xlgpu_partition_state_string(state),
                      guest ? guest->name : uuid);
}

/* Rule 4: the count stays while a partition is held or reserved. */
static int check_unused(const struct xlgpu_host *host,
                        const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_guest *guest;
    const struct xlgpu_record *r;
    char bdf[XLGPU_BDF_LEN];
    unsigned int i;

    for (i = 0; i < gpu->count; i++) {
        r = xlgpu_records_find(&host->records, gpu->bdf, i);
        if (r && *r->uuid)
            return in_use(gpu, i,
                          xlgpu_guests_find_uuid(&host->guests, r->uuid),
                          r->uuid, r->state);

        if (!xlgpu_partition_is_idle(&gpu->partition[i]))
            return xlgpu_fail(XLGPU_IN_USE, xlgpu_bdf_format(gpu->bdf, bdf),
                              "take it from that driver first",
                              "partition %u is in use by dom0's driver %s", i,
                              gpu->partition[i].driver);

        guest = xlgpu_guests_find_device(&host->guests,
                                         gpu->partition[i].bdf);
        if (guest) return in_use(gpu, i, guest, guest->uuid, XLGPU_HELD);
    }
    return XLGPU_OK;
}

/* Nothing is to be done, not even for what was partitioned without us. */
static bool is_done(const struct xlgpu_host *host, const struct xlgpu_gpu *gpu,
                    unsigned int count)
{
    return count == gpu->count && xlgpu_records_match(&host->records, gpu);
}

int xlgpu_layout_check(const struct xlgpu_host *host,
                       const struct xlgpu_gpu *gpu, unsigned int count)
{
    char bdf[XLGPU_BDF_LEN], *why = NULL, *remedy = NULL;
    int rc = XLGPU_OK;

    if (count) rc = xlgpu_count_check(gpu, count, &why, &remedy);
    if (rc)
        xlgpu_fail(rc, xlgpu_bdf_format(gpu->bdf, bdf), remedy, "%s", why);
    free(why);
    free(remedy);
    if (rc || is_done(host, gpu, count)) return rc;
    return check_unused(host, gpu);
}

static int unbind_all(struct xlgpu_host *host, const struct xlgpu_gpu *gpu)
{
    unsigned int i;
    int rc;

    for (i = 0; i < gpu->count; i++) {
        rc = xlgpu_partition_unbind(host->xen, gpu->partition[i].bdf);
        if (rc) return rc;
    }
    return XLGPU_OK;
}

/* Makes the records and the bindings follow the count that gpu has now. */
static int take_over(struct xlgpu_host *host, struct xlgpu_gpu *gpu)
{
    unsigned int i;
    int rc;

    rc = xlgpu_gpu_read_partitions(gpu);
    if (rc) return rc;
    for (i = 0; i < gpu->count; i++) {
        rc = xlgpu_partition_bind(host->xen, gpu->partition[i].bdf);
        if (rc) return rc;
    }
    return xlgpu_store_set_layout(host->store, gpu);
}

static int change(struct xlgpu_host *host, struct xlgpu_gpu *gpu,
                  unsigned int count)
{
    int rc;

    rc = unbind_all(host, gpu);
    if (rc) return rc;
    rc = xlgpu_pf_set_count(gpu, count);
    if (rc) return rc;
    return take_over(host, gpu);
}

int xlgpu_layout_change(struct xlgpu_host *host, struct xlgpu_gpu *gpu,
                        unsigned int count)
{
    unsigned int before = gpu->count;
    int rc;

    rc = xlgpu_layout_check(host, gpu, count);
    if (rc) return rc;

    if (is_done(host, gpu, count)) return xlgpu_desired_set(gpu->bdf, count);
    rc = change(host, gpu, count);
    if (!rc) rc = xlgpu_desired_set(gpu->bdf, count);
    if (!rc) return XLGPU_OK;

    if (xlgpu_gpu_read_partitions(gpu) == XLGPU_OK)
        change(host, gpu, before);
    return rc;
}
