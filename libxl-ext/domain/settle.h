/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * There is no daemon: every command first settles what ended since the last
 * one. Partitions of guests that are gone are reset and become free.
 */
#ifndef XLGPU_SETTLE_H
#define XLGPU_SETTLE_H

#include "domain/host.h"

/*
 * Settles every record, and leaves host->records as they are then; in a dry
 * run, as they would be. The lock of host->own_uuid is the caller's own, and
 * does not say that its guest lives.
 */
int xlgpu_settle(struct xlgpu_host *host);

/* Settles what the guest of host->own_uuid left, which does not run. */
int xlgpu_settle_own(struct xlgpu_host *host);

/*
 * Resets what the record is of and makes it free, or quarantines it, with a
 * warning, when the reset fails. What another guest has by now, by a plain
 * pci=, is not reset. A whole GPU goes back to its driver. Nothing is done
 * when somebody else changed the record meanwhile.
 */
int xlgpu_release(struct xlgpu_host *host, const struct xlgpu_record *record);

/* The same record in another state, with no holder. */
struct xlgpu_record xlgpu_record_without_holder(
    const struct xlgpu_record *record, enum xlgpu_partition_state state);

/* Takes it out of use, with a warning that says why. */
int xlgpu_quarantine(const struct xlgpu_host *host,
                     const struct xlgpu_record *record, const char *why);

#endif
