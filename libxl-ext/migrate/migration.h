/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest's migration, as its source sees it. The way it goes:
 *
 *   migration.c  what moves, what is offered, the verdict, the reservation
 *   stream.c     live and freeze, and hot-plug: xl's stream to the target
 *   restart.c    shut down here, created there
 *   commit.c     GO, and what became of it
 *
 * and in the end migrate/settle_source.h, whichever way it went.
 */
#ifndef XLGPU_MIGRATION_H
#define XLGPU_MIGRATION_H

#include <signal.h>

#include <libxl.h>

#include "conf.h"
#include "migrate/moving.h"
#include "migrate/offer.h"
#include "migrate/pause.h"
#include "migrate/peer.h"
#include "migrate/progress.h"
#include "policy/verdict.h"
#include "xenstore/journal.h"

/* What is known of the guest at the target. */
enum xlgpu_outcome {
    XLGPU_OUTCOME_ABORTED, /* it will never run there by this migration */
    XLGPU_OUTCOME_STARTED, /* it runs there */
    XLGPU_OUTCOME_UNKNOWN, /* GO was sent, and no answer came */
};

struct xlgpu_migration {
    struct xlgpu_conf conf;
    const char *host; /* the target, as the administrator names it */
    struct xlgpu_admin admin;
    libxl_ctx *xen;
    struct xlgpu_moving moving;
    bool gathered;    /* moving is whole: what fails now is the target's */
    struct xlgpu_peer peer;
    struct xlgpu_offer offer;
    struct xlgpu_verdict verdict; /* its tracker: the one that was used */
    struct xlgpu_journal journal;
    int journal_lock;
    struct xlgpu_bdf partition; /* the one that is reserved at the target */
    struct xlgpu_progress progress;
    enum xlgpu_outcome outcome;
    struct {
        const char *how, *remedy; /* remedy may be NULL */
        bool changed;             /* it is not as before */
    } stands;         /* how it is where the move failed */
    bool late;        /* the guest may still suspend; settle_source.h */
    char *log;        /* where xl's messages are */
    char *timing;     /* of the pause, migrate/pause.h; or NULL */
    struct xlgpu_pause_start started; /* as the target tells it */
    uint64_t bytes, wire; /* of the stream, and as it was sent */
};

struct xlgpu_migrate_how {
    enum xlgpu_mode mode;
    bool allow_restart, verbose, quiet;
};

/*
 * Asks the host what would become of the guest with that name, domid or UUID;
 * m->verdict has the answer. Nothing is changed anywhere. Says what failed.
 * Close in either case.
 */
int xlgpu_migration_open(struct xlgpu_migration *m, const char *guest,
                         const char *host, struct xlgpu_migrate_how how);

/*
 * Moves it as the verdict says, which must not be none. Says what failed;
 * then the guest goes on here, unless it is said that gpu-recover has to find
 * out; m->stands has it in short.
 */
int xlgpu_migration_run(struct xlgpu_migration *m);

void xlgpu_migration_close(struct xlgpu_migration *m);

/* ---- Its steps ---- */

/* By SIGINT, SIGTERM or SIGHUP, while xlgpu_migration_run() is at it; has no
 * effect any more once the target has been told to start the guest, or the
 * guest to shut down. */
extern volatile sig_atomic_t xlgpu_migration_interrupted;

/* Waits for the target as long as nothing has been begun that a signal could
 * not end: as xlgpu_channel_expect(), within bounds, and until one comes. */
int xlgpu_migration_expect(struct xlgpu_migration *m,
                           enum xlgpu_frame_type type,
                           struct xlgpu_frame *frame_r);

/* xl migrate, with our save helper or, for hot-plug, with libxl's own. Sets
 * m->outcome. */
int xlgpu_stream_run(struct xlgpu_migration *m, bool our_helper);

/* The guest's partition is taken from it, then as above. */
int xlgpu_hotplug_run(struct xlgpu_migration *m);

/* Shut down here, created there. */
int xlgpu_restart_run(struct xlgpu_migration *m);

/*
 * The target has all it needs. GO is sent once the journal says so, and the
 * answer awaited, over a new connection where this one breaks. Sets
 * m->outcome; says what failed.
 */
int xlgpu_commit(struct xlgpu_migration *m);

/* How it is where the move failed; remedy may be NULL. */
void xlgpu_migration_stands(struct xlgpu_migration *m, const char *how,
                            const char *remedy, bool changed);

#endif
