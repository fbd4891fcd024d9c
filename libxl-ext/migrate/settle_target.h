/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done at the target when a migration has ended, either way: by its
 * receiver, or after a crash by gpu-recover, from the journal alone. Whoever
 * calls has the journal's lock.
 */
#ifndef XLGPU_SETTLE_TARGET_H
#define XLGPU_SETTLE_TARGET_H

#include <stdbool.h>

#include <libxl.h>

#include "xenstore/journal.h"

/*
 * The guest will never run here by this migration: what came of it is
 * destroyed, the reservation is dropped, and the journal says ABORTED. Only
 * before GO-TAKEN, or where it is known that the start failed.
 */
int xlgpu_target_abort(libxl_ctx *xen, struct xlgpu_journal *journal);

/*
 * With GO-TAKEN, where xl has not done so: the guest runs here under its own
 * name, or is started from its kept config. A failure of the latter means
 * that it does not run.
 */
int xlgpu_target_start(libxl_ctx *xen, const struct xlgpu_journal *journal);

/* The guest runs: its partition is held, and the journal says DONE. */
int xlgpu_target_finish(libxl_ctx *xen, struct xlgpu_journal *journal);

/*
 * With GO-TAKEN the guest went down with this host, which has booted since.
 * Its source may have been told meanwhile that this host is dead, and have it
 * again: so it is started only where that source asks, or is said to be dead.
 */
bool xlgpu_target_lost(libxl_ctx *xen, const struct xlgpu_journal *journal);

/* Settles what a crash left of the journal's migration. */
int xlgpu_target_settle(libxl_ctx *xen, struct xlgpu_journal *journal);

#endif
