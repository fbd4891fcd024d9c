/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ladder.h"

static const char *why_not_iommu(const struct xlgpu_ladder_facts *f)
{
    if (f->dma_log == XLGPU_DMA_LOG_SOME)
        return "the hypervisor's dirty log includes only some DMA";
    if (f->records_dirty == XLGPU_NO)
        return "the IOMMU can't record dirty pages";
    return "the hypervisor's dirty log does not include DMA";
}

/* False, which needs no more than its reason. */
static bool not_so(struct xlgpu_rung *v, const char *reason)
{
    v->reason[v->n_reasons++] = reason;
    return false;
}

/* Live, or frozen where that is asked for: the guest goes on where it was. */
static bool goes_on(const struct xlgpu_ladder_facts *f,
                    struct xlgpu_rung *v)
{
    if (f->pv)
        return not_so(v, "a PV guest with a device can only be restarted");
    if (!f->device_state) return not_so(v, "the device's state can't follow");
    if (f->freeze) {
        v->move = XLGPU_MOVE_FREEZE;
        return true;
    }
    if (!f->live) return not_so(v, "the guest's owner does not allow live");

    v->tracker = XLGPU_TRACKER_IOMMU;
    if (f->dma_log == XLGPU_DMA_LOG_ALL) return true;
    not_so(v, why_not_iommu(f));
    v->tracker = XLGPU_TRACKER_CONTENT;
    if (f->content) return true;
    v->tracker = XLGPU_TRACKER_NONE;
    return not_so(v, "the content tracker can't be used");
}

static bool hot_plugs(const struct xlgpu_ladder_facts *f,
                      struct xlgpu_rung *v)
{
    if (f->pv) return false; /* which was said */
    if (!f->hotplug)
        return not_so(v, "the guest's owner does not allow hotplug");
    v->move = XLGPU_MOVE_HOTPLUG;
    return true;
}

static bool restarts(const struct xlgpu_ladder_facts *f,
                     struct xlgpu_rung *v)
{
    if (!f->restart)
        return not_so(v, "the guest's owner does not allow restart");
    if (!f->may_restart)
        return not_so(v, "the administrator does not allow restart");
    if (!f->poweroff_destroys)
        return not_so(v, "on_poweroff of the guest is not \"destroy\"");
    v->move = XLGPU_MOVE_RESTART;
    return true;
}

struct xlgpu_rung xlgpu_ladder(const struct xlgpu_ladder_facts *f)
{
    struct xlgpu_rung v = { 0 };

    if (!f->iommu)
        not_so(&v, "there is no IOMMU: no guest can have a partition");
    else if (!f->room)
        not_so(&v, "no matching partition is free there");
    else if (goes_on(f, &v) || hot_plugs(f, &v) || restarts(f, &v))
        return v;
    v.move = XLGPU_MOVE_NONE;
    return v;
}

const char *xlgpu_move_string(enum xlgpu_move move)
{
    static const char *const name[] = {
        [XLGPU_MOVE_LIVE] = "live",       [XLGPU_MOVE_FREEZE] = "freeze",
        [XLGPU_MOVE_HOTPLUG] = "hotplug", [XLGPU_MOVE_RESTART] = "restart",
        [XLGPU_MOVE_NONE] = "none",
    };

    return name[move];
}

const char *xlgpu_tracker_string(enum xlgpu_tracker tracker)
{
    static const char *const name[] = {
        [XLGPU_TRACKER_NONE] = "none",
        [XLGPU_TRACKER_IOMMU] = "iommu",
        [XLGPU_TRACKER_CONTENT] = "content",
    };

    return name[tracker];
}
