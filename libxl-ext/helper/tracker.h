/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who tells which pages changed since they were sent. A pass over the guest's
 * memory asks it of every page.
 */
#ifndef XLGPU_TRACKER_H
#define XLGPU_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

enum xlgpu_look {
    XLGPU_LOOK_AWAY,    /* it has not changed, or it will be asked again */
    XLGPU_LOOK_COMPARE, /* mapped; send it if differs() says so */
    XLGPU_LOOK_SEND,
};

/*
 * Calls are made by several threads, each for other pages, but for begin,
 * pass and end. 0 or an errno.
 */
struct xlgpu_tracker {
    const char *name;
    int (*begin)(struct xlgpu_tracker *t);
    /* A pass begins, over that many pages; last: the guest is suspended. */
    int (*pass)(struct xlgpu_tracker *t, uint64_t pages, bool last);
    enum xlgpu_look (*look)(struct xlgpu_tracker *t, uint64_t pfn);
    bool (*differs)(struct xlgpu_tracker *t, uint64_t pfn, const void *page);
    /* The copy that goes out. */
    void (*sent)(struct xlgpu_tracker *t, uint64_t pfn, const void *copy);
    /* It could not be mapped: what was known of it holds no longer. */
    void (*lost)(struct xlgpu_tracker *t, uint64_t pfn);
    void (*end)(struct xlgpu_tracker *t); /* frees it */
};

/* Sends every page once: freeze. */
struct xlgpu_tracker *xlgpu_tracker_none(void);

/* By hashes of what was sent: sees every writer. */
struct xlgpu_tracker *xlgpu_tracker_content(void);

/* By the hypervisor's dirty log, where that has the writes of devices. */
struct xlgpu_tracker *xlgpu_tracker_iommu(uint32_t domid);

#endif
