/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest is given before stock xl starts it: its lock and its
 * partition. The lock stays with this process, and with what it executes:
 * see domain/lock.h.
 */
#ifndef XLGPU_START_H
#define XLGPU_START_H

#include "domain/assign.h"
#include "domain/config.h"

/*
 * For a guest with a config: a record for each of its gpu entries, in their
 * order. Says what failed, with what in front; then nothing is left behind. A
 * dry run takes nothing.
 */
int xlgpu_start(const char *what, const struct xlgpu_config *config,
                const char *uuid, bool dry_run, struct xlgpu_record *record);

/* The same for who has the guest's lock, as an unsettled migration of it
 * does. */
int xlgpu_start_locked(const struct xlgpu_config *config, const char *uuid,
                       struct xlgpu_record *record);

/* For a guest from a file: the very partition that it was saved with, if it
 * had one of ours. */
int xlgpu_start_saved(const char *file, const struct xlgpu_saved *saved);

#endif
