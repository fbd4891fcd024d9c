/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One save of a guest, from the first page to the last record. */
#ifndef XLGPU_SAVE_H
#define XLGPU_SAVE_H

#include "caller.h"
#include "move.h"
#include "stream.h"
#include "vm.h"

struct xlgpu_save {
    struct xlgpu_vm *vm;
    uint32_t domid;
    struct xlgpu_caller *caller;
    struct xlgpu_move *move;
    struct xlgpu_stream stream;
    const struct xlgpu_plan *plan;
    bool failed; /* it was said why */
};

/*
 * Tells libxl and gpu-migrate why it fails, the first time it is called, and
 * returns errnoval. REMEDY is what to do, a constant.
 */
int xlgpu_save_fail(struct xlgpu_save *save, int errnoval,
                    const char *remedy, const char *why, ...)
    __attribute__((format(printf, 4, 5)));

/* 0 or an errno; the devices are then again as they were. */
int xlgpu_save_run(struct xlgpu_save *save);

#endif
