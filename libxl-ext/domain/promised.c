/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "promised.h"

#include <stdlib.h>
#include <string.h>

#include "xenstore/promise.h"

static int restore(struct xlgpu_host *host, const struct xlgpu_promise *p,
                   bool *changed)
{
    const struct xlgpu_record *now =
        xlgpu_records_find(&host->records, p->gpu, p->index);
    struct xlgpu_record to;
    int rc;

    if (!now || now->state != XLGPU_FREE ||
        xlgpu_records_find_uuid(&host->records, p->uuid))
        return XLGPU_OK;
    if (!xlgpu_bdf_equal(now->bdf, p->bdf)) {
        xlgpu_warn(p->uuid, "release it, and reserve another one",
                   "the partition that it was promised has another address");
        return XLGPU_OK;
    }
    to = *now;
    to.state = XLGPU_RESERVED;
    to.hot_plugged = true;
    strcpy(to.uuid, p->uuid);
    rc = xlgpu_store_replace(host->store, now, &to);
    *changed = true;
    /* Somebody was quicker. */
    return rc == XLGPU_IN_USE ? XLGPU_OK : rc;
}

int xlgpu_promised_restore(struct xlgpu_host *host)
{
    struct xlgpu_promise *promise;
    bool changed = false;
    int rc = XLGPU_OK;
    size_t i, n;

    /* What can't be read is said, and keeps what its record has. */
    xlgpu_promise_list(&promise, &n);
    for (i = 0; !rc && i < n; i++) rc = restore(host, &promise[i], &changed);
    free(promise);
    return !rc && changed ? xlgpu_host_refresh(host) : rc;
}

int xlgpu_promised_check(const struct xlgpu_gpu *gpu, unsigned int count)
{
    struct xlgpu_promise *promise, *p;
    char bdf[XLGPU_BDF_LEN];
    int rc = XLGPU_OK;
    size_t n;

    xlgpu_promise_list(&promise, &n);
    for (p = promise; !rc && p < promise + n; p++)
        if (xlgpu_bdf_equal(p->gpu, gpu->bdf) && p->count != count)
            rc = xlgpu_fail(XLGPU_IN_USE, xlgpu_bdf_format(gpu->bdf, bdf),
                            "release it first",
                            "partition %u of %u is promised to %s", p->index,
                            p->count, p->uuid);
    free(promise);
    return rc;
}
