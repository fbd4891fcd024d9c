/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records on disk: whole files, replaced atomically. */
#ifndef XLGPU_DISK_H
#define XLGPU_DISK_H

#include <stddef.h>

/*
 * The file's text with a NUL behind it, which the caller frees. *text_r is
 * NULL with XLGPU_OK when there is no such file.
 */
int xlgpu_disk_read(const char *path, char **text_r);

/* Readers see the old text or the new; after a crash too. Mode 0600. */
int xlgpu_disk_replace(const char *path, const void *text, size_t len);

/* Removes a file path.XXXXXX that a crash left of that, but not one that
 * another process is just writing. */
void xlgpu_disk_sweep(const char *left_over);

#endif
