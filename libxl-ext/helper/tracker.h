/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who tells which pages changed while the guest ran. "content": every page
 * is hashed again, memory.h does it. "iommu": Xen's dirty log, which has the
 * devices' writes where its hypfs says so, and QEMU's own log: its writes
 * are in no IOMMU table. Functions return 0 or an errno.
 */
#ifndef XLGPU_TRACKER_H
#define XLGPU_TRACKER_H

#include "caller.h"
#include "memory.h"

struct xlgpu_tracker {
    struct xlgpu_vm *vm;
    struct xlgpu_caller *caller;
    uint32_t domid;
    bool iommu; /* the one in use */
    unsigned long *bitmap;
};

/* Falls back to content where the log can't be had. An error is that libxl
 * is gone. */
int xlgpu_tracker_start(struct xlgpu_tracker *tracker, struct xlgpu_vm *vm,
                        struct xlgpu_caller *caller, uint32_t domid,
                        bool iommu);
/* Before each pass but the first: memory, already measured, knows then what
 * to look at. */
int xlgpu_tracker_next(struct xlgpu_tracker *tracker,
                       struct xlgpu_memory *memory);
/* Also for one that was never started. */
void xlgpu_tracker_stop(struct xlgpu_tracker *tracker);

#endif
