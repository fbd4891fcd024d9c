/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What xenstore shows of a guest that xl migrate-receive takes in: watches on
 * what QEMU and libxl write there. Nothing is written, and where nothing can
 * be watched all stays unknown.
 */
#ifndef XLGPU_ARRIVAL_H
#define XLGPU_ARRIVAL_H

#include <stdint.h>

#include "inventory/bdf.h"

struct xlgpu_arrival;

/* When each was seen, by the caller's clock; 0: not yet. */
struct xlgpu_arrived {
    int64_t device_model; /* its state is "running": libxl waits for that */
    int64_t vf_begun;     /* libxl's note that the device is the guest's, which
                           * comes before its reset and all else */
    int64_t vf;           /* it is in the guest's PCI back end: libxl's last
                           * step. libxl waits for the state of that back end
                           * in PV guests alone, and so is it not looked at. */
};

/* The guest with that UUID, and the device that it gets. NULL: it can't be
 * seen. */
struct xlgpu_arrival *xlgpu_arrival_watch(const char *uuid,
                                          struct xlgpu_bdf bdf);
void xlgpu_arrival_close(struct xlgpu_arrival *a);

/* For poll(2); -1 of NULL. */
int xlgpu_arrival_fd(struct xlgpu_arrival *a);
/* Takes what came, without waiting; that is seen now. */
void xlgpu_arrival_take(struct xlgpu_arrival *a, int64_t now);
/* The same, and of all that was written until now. */
void xlgpu_arrival_take_all(struct xlgpu_arrival *a, int64_t now);
const struct xlgpu_arrived *xlgpu_arrival_seen(const struct xlgpu_arrival *a);

#endif
