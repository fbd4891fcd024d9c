/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stale.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store.h"

void xlgpu_libxl_note_path(struct xlgpu_bdf b, char path[XLGPU_NOTE_PATH_LEN])
{
    snprintf(path, XLGPU_NOTE_PATH_LEN, "/libxl/pci/%04x-%02x-%02x-%x/domid",
             b.domain, b.bus, b.dev & 0x1f, b.fn & 7);
}

int64_t xlgpu_libxl_note(struct xlgpu_bdf bdf)
{
    struct xs_handle *xs = xs_open(0);
    int64_t domid = XLGPU_NOTE_UNKNOWN;
    char path[XLGPU_NOTE_PATH_LEN], *value;

    if (!xs) return domid;
    xlgpu_libxl_note_path(bdf, path);
    value = xs_read(xs, XBT_NULL, path, NULL);
    if (value)
        domid = strtoll(value, NULL, 10);
    else if (errno == ENOENT)
        domid = XLGPU_NOTE_NONE;
    free(value);
    xs_close(xs);
    return domid;
}

uint32_t xlgpu_note_read(struct xlgpu_store *s, struct xlgpu_bdf bdf)
{
    char path[XLGPU_NOTE_PATH_LEN], *value;
    uint32_t domid;

    xlgpu_libxl_note_path(bdf, path);
    value = xs_read(s->xs, s->t, path, NULL);
    domid = value ? strtoul(value, NULL, 10) : 0;
    free(value);
    return domid;
}

void xlgpu_libxl_note_remove(struct xlgpu_bdf bdf)
{
    struct xs_handle *xs = xs_open(0);
    char path[XLGPU_NOTE_PATH_LEN];

    if (!xs) return;
    xlgpu_libxl_note_path(bdf, path);
    xs_rm(xs, XBT_NULL, path);
    xs_close(xs);
}
