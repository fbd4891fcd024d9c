/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's config as it was created with, on disk for as long as the guest
 * lives: /var/lib/xl-gpu/guest/UUID.json,
 *   {"version":1,"name":"g","path":"/etc/xen/g.cfg","config":"name = …"}
 * A text that JSON can't have is {"hex":"…"}. libxl's own copy lacks the
 * gpu keys, and dies at every reboot of the guest.
 */
#ifndef XLGPU_KEPT_H
#define XLGPU_KEPT_H

#include <stddef.h>

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
void xlgpu_kept_dispose(struct xlgpu_kept *kept);

#endif
