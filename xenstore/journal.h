/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of migrations, on disk: /var/lib/xl-gpu/migration/UUID.json,
 * one for a guest at each host. What it says has been synced before anything
 * that depends on it is done, so that gpu-recover knows how far it came.
 *
 * Whoever writes it has the journal's lock (domain/lock.h).
 */
#ifndef XLGPU_JOURNAL_H
#define XLGPU_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inventory/bdf.h"
#include "xenstore/records.h"

enum xlgpu_journal_side {
    XLGPU_JOURNAL_SOURCE,
    XLGPU_JOURNAL_TARGET,
};

/* ABORTED and DONE are final. */
enum xlgpu_journal_state {
    XLGPU_JOURNAL_OPEN,
    XLGPU_JOURNAL_GO_SENT,  /* the source's: only the target knows */
    XLGPU_JOURNAL_GO_TAKEN, /* the target's: it starts the guest */
    XLGPU_JOURNAL_ABORTED,  /* it does not run at the target */
    XLGPU_JOURNAL_DONE,     /* it does not run at the source */
};

struct xlgpu_journal {
    enum xlgpu_journal_side side;
    enum xlgpu_journal_state state;
    char id[XLGPU_UUID_LEN];   /* of this migration, the same on both sides */
    char uuid[XLGPU_UUID_LEN]; /* the guest's */
    char boot[XLGPU_UUID_LEN]; /* the host's boot that domid is of; "": none */
    char mode[16];             /* live, freeze, hotplug, restart */
    char *name;                /* the guest's */
    char *peer;                /* at the source as given to gpu-migrate; at
                                * the target the source's host name */
    char *config_path;         /* as in struct xlgpu_kept */
    int64_t began;             /* Unix time */
    uint32_t domid;            /* 0: none yet */
    /* At the source xl migrate; at the target one of the group of xl
     * migrate-receive, from GO-TAKEN on the one that keeps its pipes open. */
    struct xlgpu_owner process;

    /* The partition on this side; nothing of it counts while bdf is 0. */
    struct xlgpu_bdf gpu, bdf;
    unsigned int index, vslot;

    /* Bus mastering of these was, or is about to be, turned off; command is
     * the register's value before. */
    struct xlgpu_quieted {
        struct xlgpu_bdf bdf;
        uint16_t command;
    } *quiet;
    size_t n_quiet;

    /* It was, or is about to be, asked to suspend: it may do so until it is
     * known to have done so, as where the devices were made quiet. */
    bool suspending;
    bool detached; /* hotplug: its partition was taken from it for this */
    bool stopped;  /* restart: it was, or is about to be, asked to shut down */
};

struct xlgpu_journals {
    struct xlgpu_journal *journal; /* owned */
    size_t n;
};

/* Begins one: OPEN, now, in this boot of the host, with empty strings. */
void xlgpu_journal_init(struct xlgpu_journal *journal,
                        enum xlgpu_journal_side side, const char *id,
                        const char *uuid);
void xlgpu_journal_dispose(struct xlgpu_journal *journal);

/*
 * All of these say what failed. A file that can't be read is never taken for
 * one that is not there.
 *
 * Refused: a state that can't follow the recorded one, and another
 * migration's while the recorded one is not final (XLGPU_IN_USE).
 */
int xlgpu_journal_write(const struct xlgpu_journal *journal);
/* XLGPU_NOT_FOUND, silently, when there is none. Dispose in either case. */
int xlgpu_journal_read(const char *uuid, struct xlgpu_journal *journal);
/* All that can be read; the first failure is returned. */
int xlgpu_journal_list(struct xlgpu_journals *journals);
void xlgpu_journals_dispose(struct xlgpu_journals *journals);
/* One that is not there is removed. */
int xlgpu_journal_remove(const char *uuid);

/* From a text with a NUL behind it; false if it is no journal. */
bool xlgpu_journal_parse(const char *text, struct xlgpu_journal *journal);

/* In a process that ended with this host's boot; domid says nothing then. */
bool xlgpu_journal_is_of_boot(const struct xlgpu_journal *journal);

/*
 * Whether a migration of the guest is not settled at this host: its
 * partition is kept, and it is not started by anybody else. Also true,
 * silently, where it can't be told. Where there is no journal, one look.
 */
bool xlgpu_journal_names(const char *uuid);

/*
 * An unsettled one that a config would start a second time: by UUID or, with
 * uuid "", by the path of the config (where not "") or the name. Otherwise
 * XLGPU_NOT_FOUND, silently. Dispose in either case.
 */
int xlgpu_journal_find(const char *uuid, const char *config_path,
                       const char *name, struct xlgpu_journal *journal);

const char *xlgpu_journal_state_string(enum xlgpu_journal_state state);
const char *xlgpu_journal_side_string(enum xlgpu_journal_side side);

#endif
