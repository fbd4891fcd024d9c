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
 * run, as they would be. own_uuid's lock is the caller's own, and does not
 * say that its guest lives.
 */
int xlgpu_settle(struct xlgpu_host *host, const char *own_uuid);

/*
 * Resets the partition and makes it free, or quarantines it, with a warning,
 * when the reset fails. One that another guest has by now, by a plain pci=,
 * is not reset. Nothing is done when somebody else changed the record
 * meanwhile.
 */
int xlgpu_release(struct xlgpu_host *host, const struct xlgpu_record *record);

/* A record of the same partition in another state, with no holder. */
struct xlgpu_record xlgpu_record_without_holder(
    const struct xlgpu_record *record, enum xlgpu_partition_state state);

/* Takes the partition out of use, with a warning that says why. */
int xlgpu_quarantine(const struct xlgpu_host *host,
                     const struct xlgpu_record *record, const char *what,
                     const char *why);

#endif
