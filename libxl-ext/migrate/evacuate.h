/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every guest with a partition off this host. */
#ifndef XLGPU_EVACUATE_H
#define XLGPU_EVACUATE_H

#include "migrate/migration.h"

struct xlgpu_leaving {
    char *name, uuid[XLGPU_UUID_LEN]; /* owned */
    enum xlgpu_move move;             /* NONE: it stays */
    const char *host;                 /* NULL where it stays */
    char *result;                     /* why it stays; what became of it */
    enum xlgpu_status status;
};

/*
 * Where each would go: the best verdict, among those the first of the hosts;
 * of what a host has free, each takes its share. Nothing is changed. A host
 * that does not answer is said, and is none.
 */
int xlgpu_evacuate_plan(const char *const *host, size_t n_hosts,
                        struct xlgpu_migrate_how how,
                        struct xlgpu_leaving **guest_r, size_t *n_r);

/* Moves those that have where to go; what becomes of each is in it. */
void xlgpu_evacuate_run(struct xlgpu_leaving *guest, size_t n,
                        struct xlgpu_migrate_how how);
void xlgpu_leaving_free(struct xlgpu_leaving *guest, size_t n);

#endif
