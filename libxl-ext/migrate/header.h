/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of xl's stream: the domain's config, in which the source's devices
 * are replaced by the target's before xl reads it. Pure, but for memory.
 */
#ifndef XLGPU_HEADER_H
#define XLGPU_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "inventory/bdf.h"

struct xlgpu_swap {
    struct xlgpu_bdf from, to;
};

struct xlgpu_header {
    const char *uuid;              /* the guest's: the config must say so */
    const struct xlgpu_swap *swap; /* every device of the config must be one */
    size_t n_swaps;
    char *buf;                     /* what came, then what goes on; owned */
    size_t len;
    bool done;                     /* buf is the new head, and what followed */
    const char *why;               /* NULL, or why the stream is refused */
};

/*
 * Takes the next bytes of the stream until done; nothing after that. False,
 * with why, when they are not what xl sends of that guest.
 */
bool xlgpu_header_take(struct xlgpu_header *h, const void *data, size_t len);
void xlgpu_header_dispose(struct xlgpu_header *h);

#endif
