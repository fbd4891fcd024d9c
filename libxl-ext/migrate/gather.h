/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host knows for the verdict: as the source of a guest, and as its
 * target. Nothing is changed. */
#ifndef XLGPU_GATHER_H
#define XLGPU_GATHER_H

#include "domain/host.h"
#include "migrate/moving.h"
#include "migrate/offer.h"

/*
 * Of a running guest with a partition; host is open and read. Says what
 * failed: XLGPU_NOT_FOUND when it has no partition of ours. Dispose in
 * either case.
 */
int xlgpu_gather_moving(struct xlgpu_host *host,
                        const struct xlgpu_guest *guest, enum xlgpu_mode mode,
                        struct xlgpu_moving *moving);

/* Answers the source; what is missing here is in the offer. */
int xlgpu_gather_offer(struct xlgpu_host *host,
                       const struct xlgpu_moving *moving,
                       struct xlgpu_offer *offer);

/*
 * The free partitions here that match, as a list of their BDFs, best first
 * by this host's placement. *n_r of them; the caller frees it. A migration
 * reserves the first that it gets.
 */
struct xlgpu_match {
    struct xlgpu_bdf gpu, bdf;
    unsigned int index;
};
int xlgpu_gather_matches(struct xlgpu_host *host,
                         const struct xlgpu_moving *moving,
                         struct xlgpu_match **match_r, size_t *n_r);

#endif
