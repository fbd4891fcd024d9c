/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts a guest from its kept config, with what is recorded for it here, or
 * anew where the records were lost. */
#ifndef XLGPU_KEPT_START_H
#define XLGPU_KEPT_START_H

#include <libxl.h>

#include "domain/config.h"
#include "xenstore/kept.h"
#include "xenstore/records.h"

/*
 * The config lines that tell xl of what was assigned: a list of n strings,
 * which the caller frees, as it does the list. record has one for each entry
 * of gpu=; one that has no uuid is left out.
 */
char **xlgpu_assigned_lines(const struct xlgpu_config *config,
                            const char *uuid,
                            const struct xlgpu_record *record, int *n_r);

/*
 * A file without a name that has the config and those lines, which xl opens
 * by *path_r. Says what failed.
 */
int xlgpu_config_file(const struct xlgpu_config *config, char *const *line,
                      int n, char **path_r);

/* Whether another host could start that guest from it. Says why not. */
int xlgpu_kept_check(const char *uuid, const struct xlgpu_kept *kept);

/*
 * Runs stock xl create, under the guest's lock, which this takes. Where the
 * guest's GPU can't be given to it any more, nothing is started. Says what
 * failed: then it does not run.
 */
int xlgpu_kept_start(libxl_ctx *xen, const char *uuid);

/* Whether there is a config to do that from. Says why not. */
int xlgpu_kept_readable(const char *uuid);

/* xlgpu_kept_start() for who has the lock, in a descriptor that xl inherits. */
int xlgpu_kept_start_locked(libxl_ctx *xen, const char *uuid);

#endif
