/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ladder of the ways in which a guest with a partition can move. Pure. */
#ifndef XLGPU_LADDER_H
#define XLGPU_LADDER_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/known.h"

/* The ladder, best first. */
enum xlgpu_move {
    XLGPU_MOVE_LIVE,
    XLGPU_MOVE_FREEZE,  /* paused while all is sent */
    XLGPU_MOVE_HOTPLUG, /* its partition goes and comes back */
    XLGPU_MOVE_RESTART,
    XLGPU_MOVE_NONE,
};

/* What was asked for: the best that can be had, or this and no other. */
enum xlgpu_mode {
    XLGPU_MODE_AUTO,
    XLGPU_MODE_LIVE,
    XLGPU_MODE_FREEZE,
    XLGPU_MODE_HOTPLUG,
    XLGPU_MODE_RESTART,
};

/* Who tells which pages changed while the guest ran. */
enum xlgpu_tracker {
    XLGPU_TRACKER_NONE,
    XLGPU_TRACKER_IOMMU,
    XLGPU_TRACKER_CONTENT, /* pages are compared with what was sent */
};

/* How far the hypervisor's dirty log includes DMA: hypfs'
 * /iommu/log-dirty-dma; absent is none. */
enum xlgpu_dma_log { XLGPU_DMA_LOG_NONE, XLGPU_DMA_LOG_SOME,
                     XLGPU_DMA_LOG_ALL };

/* Four facts that are never blurred into one, then the circumstances. */
struct xlgpu_ladder_facts {
    bool iommu;                     /* an IOMMU is present */
    enum xlgpu_known records_dirty; /* it can record dirty pages */
    enum xlgpu_dma_log dma_log;     /* the hypervisor's log includes them */
    bool device_state;              /* the device's state follows: declared */
    bool announced;                 /* … and the guest handles suspend */
    bool too_big;                   /* … which would not be done in time */

    bool pv;                        /* a PV guest */
    bool room;                      /* a matching partition is free there */
    bool stream;                    /* what runs here can go on there */
    bool other_devices;             /* more than the partition is its own */
    bool live, hotplug, restart;    /* what the guest's owner allows */
    bool may_restart;               /* … and the administrator */
    bool by_content;                /* who wants no other tracker */
    bool poweroff_destroys;         /* on_poweroff is "destroy" */
    bool kept;                      /* a config is kept, for its partition */
    enum xlgpu_mode mode;
};

/* Why a rung was missed, as a check: its name, what is so, what helps. */
struct xlgpu_missed {
    const char *check, *why, *remedy;
};

#define XLGPU_MISSED_MAX 8

struct xlgpu_rung {
    enum xlgpu_move move;
    enum xlgpu_tracker tracker; /* of a live one */
    struct xlgpu_missed missed[XLGPU_MISSED_MAX];
    size_t n_missed;
};

/* The best that the facts and the mode allow, with what was missed above. */
struct xlgpu_rung xlgpu_ladder(const struct xlgpu_ladder_facts *f);

/* Why the tracker is content and not iommu. */
const char *xlgpu_ladder_why_content(const struct xlgpu_ladder_facts *f);

/* "live", "content"; "none" for XLGPU_TRACKER_NONE. */
const char *xlgpu_move_string(enum xlgpu_move move);
const char *xlgpu_tracker_string(enum xlgpu_tracker tracker);

/* "auto", "live", …; false if it is none of them. */
const char *xlgpu_mode_string(enum xlgpu_mode mode);
bool xlgpu_mode_parse(const char *text, enum xlgpu_mode *mode_r);

#endif
