/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxl's own note of who has a device, /libxl/pci/DDDD-BB-dd-f/domid. It
 * stays when xl is killed between writing it and recording the device, and
 * then libxl refuses the device to everybody: "not assignable".
 */
#ifndef XLGPU_STALE_H
#define XLGPU_STALE_H

#include <stdint.h>

#include "inventory/bdf.h"

/* The domid that the note names; below 0: XLGPU_NOTE_NONE, or it can't be
 * told. */
#define XLGPU_NOTE_NONE (-1)
#define XLGPU_NOTE_UNKNOWN (-2)
int64_t xlgpu_libxl_note(struct xlgpu_bdf bdf);

/* Where it is. */
#define XLGPU_NOTE_PATH_LEN 64
void xlgpu_libxl_note_path(struct xlgpu_bdf bdf,
                           char path[XLGPU_NOTE_PATH_LEN]);

/* Removes the note, as an administrator would with xenstore-rm. */
void xlgpu_libxl_note_remove(struct xlgpu_bdf bdf);

#endif
