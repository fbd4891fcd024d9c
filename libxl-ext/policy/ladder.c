/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ladder.h"

#include <string.h>

const char *xlgpu_ladder_why_content(const struct xlgpu_ladder_facts *f)
{
    if (f->by_content && f->dma_log == XLGPU_DMA_LOG_ALL)
        return "the administrator wants it, in gpu.conf";
    if (f->dma_log == XLGPU_DMA_LOG_SOME)
        return "the hypervisor's dirty log includes only some DMA";
    if (f->records_dirty == XLGPU_NO)
        return "the IOMMU can't record dirty pages";
    return "the hypervisor's dirty log does not include DMA";
}

/* False, which needs no more than its reason; each is given once. */
static bool miss(struct xlgpu_rung *r, const char *check, const char *why,
                 const char *remedy)
{
    size_t i;

    for (i = 0; i < r->n_missed; i++)
        if (r->missed[i].why == why) return false;
    r->missed[r->n_missed++] = (struct xlgpu_missed){ check, why, remedy };
    return false;
}

static const char no_pv[] = "a PV guest with a device can only be restarted";
static const char no_stream[] = "what runs here could not go on there";

/* Live, or frozen where that is asked for: the guest goes on where it was. */
static bool goes_on(const struct xlgpu_ladder_facts *f, struct xlgpu_rung *r)
{
    if (f->pv) return miss(r, "guest_type", no_pv, "use type=\"hvm\"");
    if (!f->stream)
        return miss(r, "target", no_stream, "see the checks xen and cpu");
    if (!f->live)
        return miss(r, "owner_live", "the guest's owner does not allow live",
                    "write \"live\" in its gpu_migrate");
    if (!f->device_state)
        return miss(r, "device_state", "the device's state can't follow",
                    "where the guest's own driver saves it at suspend, as "
                    "Linux' do, write gpu_state = \"guest\"");
    if (!f->announced)
        return miss(r, "device_state",
                    "the guest has not announced that it handles suspend",
                    "it needs Xen's PV drivers, as Linux has them; a guest "
                    "that still boots announces later");
    if (f->too_big)
        return miss(r, "device_state",
                    "the device has more memory than a guest can save in the "
                    "60 s that libxl gives it to suspend",
                    "use smaller partitions");
    if (f->mode == XLGPU_MODE_FREEZE) {
        r->move = XLGPU_MOVE_FREEZE;
        return true;
    }
    r->move = XLGPU_MOVE_LIVE;
    r->tracker = f->dma_log == XLGPU_DMA_LOG_ALL && !f->by_content
                     ? XLGPU_TRACKER_IOMMU : XLGPU_TRACKER_CONTENT;
    return true;
}

static bool hot_plugs(const struct xlgpu_ladder_facts *f,
                      struct xlgpu_rung *r)
{
    if (f->pv) return miss(r, "guest_type", no_pv, "use type=\"hvm\"");
    if (!f->stream)
        return miss(r, "target", no_stream, "see the checks xen and cpu");
    if (!f->hotplug)
        return miss(r, "owner_hotplug",
                    "the guest's owner does not allow hotplug",
                    "write \"hotplug\" in its gpu_migrate");
    if (f->other_devices)
        return miss(r, "other_devices",
                    "Xen has no dirty log for a guest that keeps a device",
                    "detach them before, with xl pci-detach");
    r->move = XLGPU_MOVE_HOTPLUG;
    return true;
}

static bool restarts(const struct xlgpu_ladder_facts *f,
                     struct xlgpu_rung *r)
{
    if (!f->poweroff_destroys)
        return miss(r, "on_poweroff",
                    "on_poweroff of the guest is not \"destroy\"",
                    "leave on_poweroff out of its config");
    if (!f->kept)
        return miss(r, "config",
                    "no config is kept of it that asks for a partition alone",
                    "create it anew with xl-gpu's xl");
    if (!f->restart)
        return miss(r, "owner_restart",
                    "the guest's owner does not allow restart",
                    "write \"restart\" in its gpu_migrate");
    if (!f->may_restart)
        return miss(r, "allow_restart",
                    "the administrator does not allow restart",
                    "give --allow-restart, or write allow_restart=1 in "
                    "gpu.conf");
    r->move = XLGPU_MOVE_RESTART;
    return true;
}

static bool is_asked(const struct xlgpu_ladder_facts *f, enum xlgpu_mode mode)
{
    return f->mode == mode || f->mode == XLGPU_MODE_AUTO;
}

struct xlgpu_rung xlgpu_ladder(const struct xlgpu_ladder_facts *f)
{
    struct xlgpu_rung r = { .move = XLGPU_MOVE_NONE };
    bool frozen = f->mode == XLGPU_MODE_FREEZE;

    if (!f->iommu)
        miss(&r, "iommu", "there is no IOMMU: no guest can have a partition",
             "enable it in the firmware, and in Xen");
    else if (!f->room)
        miss(&r, "partition", "no matching partition is free there",
             "see xl gpu-list -l there");
    else if (!((is_asked(f, XLGPU_MODE_LIVE) || frozen) && goes_on(f, &r)) &&
             !(is_asked(f, XLGPU_MODE_HOTPLUG) && hot_plugs(f, &r)) &&
             is_asked(f, XLGPU_MODE_RESTART))
        restarts(f, &r);
    return r;
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

static const char *const mode_name[] = {
    [XLGPU_MODE_AUTO] = "auto",       [XLGPU_MODE_LIVE] = "live",
    [XLGPU_MODE_FREEZE] = "freeze",   [XLGPU_MODE_HOTPLUG] = "hotplug",
    [XLGPU_MODE_RESTART] = "restart",
};

const char *xlgpu_mode_string(enum xlgpu_mode mode)
{
    return mode_name[mode];
}

bool xlgpu_mode_parse(const char *text, enum xlgpu_mode *mode_r)
{
    size_t i;

    for (i = 0; i < sizeof(mode_name) / sizeof(mode_name[0]); i++) {
        if (strcmp(text, mode_name[i])) continue;
        *mode_r = i;
        return true;
    }
    return false;
}
