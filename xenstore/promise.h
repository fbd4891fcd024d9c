/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Partitions that guests keep whether they run or not, on disk:
 * /var/lib/xl-gpu/promised/UUID.json,
 *   {"version":1,"gpu":"0000:41:00.0","index":2,"bdf":"0000:41:00.3",
 *    "partition_count":4}
 * Under xapi a VM's config names the address of its device for good
 * (other-config:pci), so it must get the very one at its next start, after a
 * boot of the host too.
 */
#ifndef XLGPU_PROMISE_H
#define XLGPU_PROMISE_H

#include <stdbool.h>
#include <stddef.h>

#include "xenstore/records.h"

struct xlgpu_promise {
    char uuid[XLGPU_UUID_LEN]; /* the guest's, and the file's name */
    struct xlgpu_bdf gpu;
    unsigned int index;
    struct xlgpu_bdf bdf;      /* of the partition */
    unsigned int count;        /* of the GPU, with which it has that address */
};

/* As in xenstore/kept.h. */
int xlgpu_promise_write(const struct xlgpu_promise *promise);
int xlgpu_promise_read(const char *uuid, struct xlgpu_promise *promise);
int xlgpu_promise_remove(const char *uuid);

/* All that can be read; the caller frees the list. The first failure is
 * returned. */
int xlgpu_promise_list(struct xlgpu_promise **promise_r, size_t *n_r);

/* Whether the record's partition is promised to its guest. Also true,
 * silently, where that can't be told. */
bool xlgpu_promise_names(const struct xlgpu_record *record);

/* From a text with a NUL behind it, all but the UUID. NULL, or what is wrong,
 * which the caller frees. */
char *xlgpu_promise_parse(const char *text, struct xlgpu_promise *promise);

#endif
