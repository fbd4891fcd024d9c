/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a crash left, beyond what every command settles. */
#ifndef XLGPU_RECOVER_H
#define XLGPU_RECOVER_H

#include "domain/host.h"

/* Called for each thing that was, or in a dry run would be, settled. */
typedef void xlgpu_recovered_fn(struct xlgpu_bdf bdf, const char *what,
                                void *arg);

/*
 * Finishes layout changes that were cut off, tries quarantined partitions
 * again, and removes what nobody uses any more. Goes on after a failure, and
 * returns the first. The host must have been opened to change the layout.
 * *changed_r: something is otherwise than before, or in a dry run would be.
 */
int xlgpu_recover(struct xlgpu_host *host, xlgpu_recovered_fn *tell,
                  void *arg, bool *changed_r);

#endif
