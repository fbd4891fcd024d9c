/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This host as a command sees it: hardware, guests and records, together,
 * with what ended since settled. */
#ifndef XLGPU_HOST_H
#define XLGPU_HOST_H

#include "conf.h"
#include "domain/xen.h"
#include "inventory/gpu.h"
#include "xenstore/records.h"

struct xlgpu_host {
    struct xlgpu_conf conf;
    struct xlgpu_store *store;
    libxl_ctx *xen;
    int layout_lock;
    bool dry_run;
    const char *own_uuid;

    bool given_back; /* a GPU to its driver: the inventory is old */
    bool is_read;    /* otherwise nothing below is there */
    struct xlgpu_inventory inventory;
    struct xlgpu_guests guests;
    struct xlgpu_records records;

    /* What this command has reset: a function level reset takes 100 ms, and
     * what was just released need not be reset again to be handed out. */
    struct xlgpu_bdf *reset;
    size_t n_reset;
    /* Partitions that turned out to be no use, for this command. */
    struct xlgpu_tried *tried;
    size_t n_tried;
};

struct xlgpu_host_open {
    bool change_layout;   /* nobody else may use the layout meanwhile */
    bool dry_run;         /* see what would be settled, change nothing */
    bool verbose;         /* libxl's own messages too */
    bool quick;           /* don't read the host before it is needed */
    const char *own_uuid; /* the guest whose lock the caller has, or NULL */
};

/* Says what failed. Close in either case. */
int xlgpu_host_open(struct xlgpu_host *host, struct xlgpu_host_open how);
void xlgpu_host_close(struct xlgpu_host *host);

/* Reads hardware, guests and records, makes the records follow what
 * happened, and settles what ended. Again, where it was read before. */
int xlgpu_host_read(struct xlgpu_host *host);

/* Reads the records again after a change. */
int xlgpu_host_refresh(struct xlgpu_host *host);

/* The rooms for placement; in a dry run as they would be. group is the one
 * asked for, or "". Free with xlgpu_rooms_dispose(). */
int xlgpu_host_rooms(struct xlgpu_host *host, const char *group,
                     struct xlgpu_rooms *rooms);

#endif
