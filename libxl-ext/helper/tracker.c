/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracker.h"

#include <errno.h>
#include <stdlib.h>

int xlgpu_tracker_start(struct xlgpu_tracker *tracker, struct xlgpu_vm *vm,
                        struct xlgpu_caller *caller, uint32_t domid,
                        bool iommu)
{
    int rc;

    *tracker = (struct xlgpu_tracker){
        .vm = vm, .caller = caller, .domid = domid,
    };
    if (!iommu || vm->ops->log_start(vm)) return 0;

    rc = xlgpu_caller_qemu_log(caller, domid, true);
    if (rc)
        vm->ops->log_stop(vm);
    else
        tracker->iommu = true;
    return rc == EPIPE ? rc : 0;
}

int xlgpu_tracker_next(struct xlgpu_tracker *tracker,
                       struct xlgpu_memory *memory)
{
    size_t size = memory->n_extents * (XLGPU_EXTENT / 8);
    unsigned long *bitmap;
    int rc;

    if (!tracker->iommu) return 0;

    bitmap = realloc(tracker->bitmap, size);
    if (!bitmap) return ENOMEM;
    tracker->bitmap = bitmap;

    rc = tracker->vm->ops->log_read(tracker->vm, memory->n_frames,
                                    memory->last, bitmap);
    memory->changed = rc ? NULL : bitmap;
    return rc;
}

void xlgpu_tracker_stop(struct xlgpu_tracker *tracker)
{
    if (tracker->iommu) {
        tracker->vm->ops->log_stop(tracker->vm);
        xlgpu_caller_qemu_log(tracker->caller, tracker->domid, false);
    }
    tracker->iommu = false;
    free(tracker->bitmap);
    tracker->bitmap = NULL;
}
