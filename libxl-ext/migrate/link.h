/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gpu-migrate and the save helper say to each other, over a socket that
 * the helper inherits through xl: a JSON object on a line. The plan goes
 * first; then the helper tells of events, and waits for a word before it has
 * the guest suspended, and before it makes devices quiet.
 * libxl-ext/helper/move.h is the other end.
 */
#ifndef XLGPU_LINK_H
#define XLGPU_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yajl/yajl_tree.h>

#include "inventory/bdf.h"

/* The descriptor of the socket, for the helper. */
#define XLGPU_MOVE_FD "XLGPU_MOVE_FD"

struct xlgpu_link {
    int fd;
    char *buf; /* what came; owned */
    size_t used;
};

struct xlgpu_plan {
    const char *mode, *tracker; /* "live" or "freeze"; "content", "iommu" */
    const struct xlgpu_bdf *device; /* those that are made quiet */
    size_t n_devices;
};

int xlgpu_link_plan(struct xlgpu_link *link, const struct xlgpu_plan *plan);
/* The word that it may go on. */
int xlgpu_link_go(struct xlgpu_link *link);

/*
 * The next event, which the caller frees with yajl_tree_free(); NULL when
 * there is no whole one yet. Poll link->fd first; *ended_r: there will be
 * none any more.
 */
yajl_val xlgpu_link_next(struct xlgpu_link *link, bool readable,
                         bool *ended_r);
void xlgpu_link_close(struct xlgpu_link *link);

/* The helper ends, and is told nothing more; what it says meanwhile is kept. */
void xlgpu_link_stop(struct xlgpu_link *link);
/* Whether such an event is among what it has said since. Waits for none. */
bool xlgpu_link_rest_has(struct xlgpu_link *link, const char *what);

/* Members of an event; 0, "" where it has none. */
int64_t xlgpu_link_number(yajl_val event, const char *key);
const char *xlgpu_link_string(yajl_val event, const char *key);

#endif
