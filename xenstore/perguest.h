/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories on disk with a file for each guest, STATE/DIR/UUID.json; for
 * the files of this folder. */
#ifndef XLGPU_PERGUEST_H
#define XLGPU_PERGUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "records.h"

/* The text, which the caller frees. XLGPU_NOT_FOUND, silently, when there is
 * none; says what else failed. */
int xlgpu_perguest_read(const char *dir, const char *uuid, char **text_r);
/* text becomes its own. */
int xlgpu_perguest_write(const char *dir, const char *uuid, char *text);
/* One that is not there is removed. */
int xlgpu_perguest_remove(const char *dir, const char *uuid);

/* Says that the file is not what it should be. */
int xlgpu_perguest_wrong(const char *dir, const char *uuid, const char *why,
                         const char *remedy);

/* The UUIDs of those that are there; the caller frees the list. What a
 * crash left of a file being written is removed. */
int xlgpu_perguest_list(const char *dir, char (**uuid_r)[XLGPU_UUID_LEN],
                        size_t *n_r);

#endif
