/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that have left this host, on disk: /var/lib/xl-gpu/moved/UUID.json.
 * One that is started here again may run elsewhere: the target is asked.
 */
#ifndef XLGPU_TOMBSTONE_H
#define XLGPU_TOMBSTONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenstore/records.h"

struct xlgpu_tombstone {
    char uuid[XLGPU_UUID_LEN];
    char id[XLGPU_UUID_LEN]; /* the migration that it left by, or the last one
                              * that was to bring it back */
    char *name;
    char *config_path;       /* as in struct xlgpu_kept */
    char *target;            /* the host, as given to gpu-migrate */
    int64_t when;            /* Unix time */
};

struct xlgpu_tombstones {
    struct xlgpu_tombstone *tombstone; /* owned */
    size_t n;
};

/* All say what failed; as in xenstore/journal.h. */
int xlgpu_tombstone_write(const struct xlgpu_tombstone *tombstone);
int xlgpu_tombstone_read(const char *uuid, struct xlgpu_tombstone *tombstone);
int xlgpu_tombstone_list(struct xlgpu_tombstones *tombstones);
int xlgpu_tombstone_remove(const char *uuid);
void xlgpu_tombstone_dispose(struct xlgpu_tombstone *tombstone);
void xlgpu_tombstones_dispose(struct xlgpu_tombstones *tombstones);

/* From a text with a NUL behind it; false if it is no tombstone. */
bool xlgpu_tombstone_parse(const char *text,
                           struct xlgpu_tombstone *tombstone);

/*
 * Of what a config would start: by UUID or, with uuid "", by the path of the
 * config (where not "") or the name; the latest where several match.
 * XLGPU_NOT_FOUND, silently, when there is none. Dispose in either case.
 */
int xlgpu_tombstone_find(const char *uuid, const char *config_path,
                         const char *name, struct xlgpu_tombstone *tombstone);

#endif
