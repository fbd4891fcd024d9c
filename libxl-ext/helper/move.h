/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper's end of its socket to gpu-migrate; migrate/link.h is the
 * other. */
#ifndef XLGPU_MOVE_H
#define XLGPU_MOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inventory/bdf.h"
#include "policy/rounds.h"

struct xlgpu_move {
    int fd;
    bool freeze, iommu;
    struct xlgpu_bdf *device; /* owned */
    size_t n_devices;
    unsigned int threads, quiet_seconds;
    struct xlgpu_rounds rule;
    int64_t told;             /* the last round event, us */
};

/* Reads the plan from the inherited socket. NULL, or what is wrong. */
const char *xlgpu_move_open(struct xlgpu_move *m);

/* Events. What gpu-migrate does not hear it is gone for. */
void xlgpu_move_round(struct xlgpu_move *m, unsigned int round,
                      uint64_t pages, uint64_t bytes, uint64_t changed,
                      uint64_t left, bool at_once);
void xlgpu_move_tracker(struct xlgpu_move *m, const char *name);
void xlgpu_move_event(struct xlgpu_move *m, const char *event);
void xlgpu_move_error(struct xlgpu_move *m, const char *why,
                      const char *remedy);

/* That devices are about to be made quiet; waits for the word. False when
 * gpu-migrate is gone, or will not have it. */
bool xlgpu_move_quiet(struct xlgpu_move *m, const uint16_t *command);

struct xlgpu_timing {
    int64_t freeze, device_model, types, map, hash, send, context, paused;
};
void xlgpu_move_done(struct xlgpu_move *m, const struct xlgpu_timing *t,
                     uint64_t populated, uint64_t sent, uint64_t resent);

/* gpu-migrate is gone. */
bool xlgpu_move_is_over(const struct xlgpu_move *m);

int64_t xlgpu_now_us(void);

#endif
