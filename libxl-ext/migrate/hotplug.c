/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's partition is taken from it, it moves as any guest does, and is
 * given the one that is reserved for it at the target. */
#include "domain/xen.h"
#include "migrate/migration.h"
#include "status.h"
#include "step.h"

int xlgpu_hotplug_run(struct xlgpu_migration *m)
{
    char bdf[XLGPU_BDF_LEN];
    int rc;

    m->journal.detached = true;
    rc = xlgpu_journal_write(&m->journal);
    if (rc) return rc;
    xlgpu_step("detach noted");
    if (xlgpu_xen_detach(m->xen, m->moving.domid, m->moving.partition))
        return xlgpu_fail(XLGPU_FAILED, m->moving.name,
                          "stop what uses the GPU in the guest, or move it "
                          "by --mode=restart",
                          "it did not let go of %s",
                          xlgpu_bdf_format(m->moving.partition, bdf));
    xlgpu_step("detached");
    xlgpu_progress_step(&m->progress, "its partition is detached");
    return xlgpu_stream_run(m, false);
}
