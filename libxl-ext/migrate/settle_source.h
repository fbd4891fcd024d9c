/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done at the source when a migration has ended, either way: by
 * gpu-migrate itself, or after a crash by gpu-recover, from the journal
 * alone. Whoever calls has the journal's lock.
 */
#ifndef XLGPU_SETTLE_SOURCE_H
#define XLGPU_SETTLE_SOURCE_H

#include <libxl.h>

#include "xenstore/journal.h"

/* Bus mastering of the guest's devices as it was. Says what failed. */
int xlgpu_source_wake_devices(const struct xlgpu_journal *journal);

/*
 * The guest goes on here, as it was before: its devices, itself, its name,
 * a monitor, its partition; or it is started again, where it was shut down
 * for the migration. The journal is removed. late: it may still suspend, and
 * is waited for, unless the request can be called off. Says what failed; then
 * the journal stays.
 */
int xlgpu_source_undo(libxl_ctx *xen, struct xlgpu_journal *journal,
                      bool late);

/*
 * The guest runs at the target: its copy here is destroyed, its partition
 * reset and free, a tombstone says where it is, the journal is DONE.
 */
int xlgpu_source_finish(libxl_ctx *xen, struct xlgpu_journal *journal);

#endif
