/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's config as it was created with, on disk for as long as the guest
 * lives: /var/lib/xl-gpu/guest/UUID.json,
 *   {"version":1,"name":"g","path":"/etc/xen/g.cfg","config_hex":"6e61…"}
 * The config is in hexadecimal, as it may have bytes that JSON can't.
 * libxl's own copy lacks the gpu keys, and dies at every reboot of the guest.
 */
#ifndef XLGPU_KEPT_H
#define XLGPU_KEPT_H

#include <stddef.h>

#include "xenstore/records.h"

#define XLGPU_KEPT_MAX (1 << 20) /* bytes of a config */

struct xlgpu_kept {
    char *name;
    char *path;   /* of the config file, absolute; "": none that lasts */
    char *config; /* the file's text, then what the command line added, and
                   * the UUID; without what it was assigned */
};

/* Each says what failed; so where the UUID is none. Owned strings. */
int xlgpu_kept_write(const char *uuid, const struct xlgpu_kept *kept);
/* XLGPU_NOT_FOUND, silently, where none is kept. Dispose in either case. */
int xlgpu_kept_read(const char *uuid, struct xlgpu_kept *kept);
/* One that is not there is removed. */
int xlgpu_kept_remove(const char *uuid);
/* The UUIDs of all; the caller frees the list. */
int xlgpu_kept_list(char (**uuid_r)[XLGPU_UUID_LEN], size_t *n_r);

/* As in the file, and as it goes to another host; the caller frees it. NULL
 * for a name that JSON can't have. */
char *xlgpu_kept_json(const struct xlgpu_kept *kept);
/* NULL, or what is wrong, which the caller frees. The text may be hostile. */
char *xlgpu_kept_parse(const char *text, struct xlgpu_kept *kept);
void xlgpu_kept_dispose(struct xlgpu_kept *kept);

#endif
