/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest would move to a given host, and why not better. Pure. */
#ifndef XLGPU_VERDICT_H
#define XLGPU_VERDICT_H

#include "migrate/moving.h"
#include "migrate/offer.h"
#include "policy/check.h"
#include "policy/ladder.h"
#include "status.h"

struct xlgpu_verdict {
    enum xlgpu_move move;
    enum xlgpu_tracker tracker;  /* of a live one */
    bool device_state;           /* it follows, with the guest's own driver */
    struct xlgpu_checks checks;  /* why it is none better; owned */
    struct xlgpu_estimate {
        uint64_t downtime_ms;    /* the guest, or its GPU, is away */
        uint64_t bytes;          /* over the wire, before compression */
        char *basis;             /* what it rests upon; owned */
    } estimate;                  /* .basis NULL: it does not move */
    /* XLGPU_OK, or what a command ends with when it does not move: UNABLE,
     * IN_USE, NO_ROOM, POOL_MISMATCH, ONLY_RESTART or FAILED. */
    enum xlgpu_status status;
};

/* What the administrator says: of restart, and of trackers (gpu.conf). */
struct xlgpu_admin {
    bool may_restart;
    bool by_content; /* no other tracker */
};

/* Dispose it. */
void xlgpu_verdict(const struct xlgpu_moving *moving,
                   const struct xlgpu_offer *offer, struct xlgpu_admin admin,
                   struct xlgpu_verdict *verdict);
void xlgpu_verdict_dispose(struct xlgpu_verdict *verdict);

/* Bytes that have to be free for the guest where it comes to. */
uint64_t xlgpu_memory_needed(const struct xlgpu_moving *moving);

/* The first failed check, for a message; NULL: none failed. */
const struct xlgpu_check *xlgpu_verdict_reason(
    const struct xlgpu_verdict *verdict);

#endif
