/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Migrations that a crash cut off. */
#ifndef XLGPU_MIGRATE_RECOVER_H
#define XLGPU_MIGRATE_RECOVER_H

#include <stdbool.h>

struct xlgpu_recover_how {
    bool dry_run;
    bool outside_cluster;  /* what the host's end cut off is no guest of the
                            * cluster's */
    const char *dead_peer; /* a host that is gone for good, or fenced */
    /* Called for each thing that was, or in a dry run would be, done. */
    void (*tell)(const char *guest, const char *what, void *arg);
    void *arg;
};

/*
 * Settles every migration that nobody is at work on. Goes on after a failure
 * and returns the first; says what failed, and of which peers the word is
 * missing. Nobody may have the lock of the layout. On a node of a cluster what
 * is of a former boot is left to that, which may have started the guest on
 * another node meanwhile.
 */
int xlgpu_recover_migrations(const struct xlgpu_recover_how *how);

/* A guest, by UUID or name, that left this host may be created here again.
 * *found_r: one did. */
int xlgpu_recover_forget(const char *guest, bool dry_run, bool *found_r);

#endif
