/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "holder.h"

/* A partition that no record names is in the guest that libxl says has it. */
static void find_unrecorded(const struct xlgpu_host *host,
                            struct xlgpu_bdf bdf, struct xlgpu_holder *h)
{
    h->guest = xlgpu_guests_find_device(&host->guests, bdf);
    if (!h->guest) return;
    h->uuid = h->guest->uuid;
    h->state = XLGPU_HELD;
}

struct xlgpu_holder xlgpu_holder_of(const struct xlgpu_host *host,
                                    const struct xlgpu_gpu *gpu,
                                    unsigned int index)
{
    const struct xlgpu_record *r =
        xlgpu_records_find(&host->records, gpu->bdf, index);
    struct xlgpu_holder h = { .state = r ? r->state : XLGPU_FREE };

    if (r && *r->uuid) {
        h.uuid = r->uuid;
        h.guest = xlgpu_guests_find_uuid(&host->guests, r->uuid);
    } else if (index != XLGPU_WHOLE) {
        find_unrecorded(host, gpu->partition[index].bdf, &h);
    }
    if (h.state == XLGPU_QUARANTINED) h.reason = r->reason;
    return h;
}
