/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest is shut down here and started there, from the config that it was
 * created with. */
#include <fcntl.h>
#include <unistd.h>

#include "domain/control.h"
#include "domain/lock.h"
#include "helper/clock.h"
#include "migrate/migration.h"
#include "status.h"
#include "step.h"
#include "xenstore/shutdown.h"

/* It has that long to take the request; then it may take as long as its
 * services need. */
#define TAKE_S 60
#define SHUTDOWN_S 600
#define LOCK_WAIT_S 30
#define REST_MS 200

static bool is_down(struct xlgpu_migration *m)
{
    uint32_t domid;

    return xlgpu_domain_condition(m->xen, m->moving.uuid, &domid) ==
           XLGPU_DOMAIN_GONE;
}

static bool is_taken(struct xlgpu_migration *m)
{
    return !xlgpu_shutdown_is_asked(m->moving.domid) || is_down(m);
}

/* Waits while the target is kept awake. One that is lost says so, and is
 * waited with no longer. */
static bool wait_for(struct xlgpu_migration *m, unsigned int seconds,
                     bool (*done)(struct xlgpu_migration *), int *rc)
{
    int64_t end = xlgpu_now_ms() + seconds * 1000LL;

    while (!done(m)) {
        if (xlgpu_now_ms() >= end) return false;
        if (*rc)
            usleep(REST_MS * 1000);
        else
            *rc = xlgpu_channel_rest(&m->peer.ch, REST_MS);
    }
    return true;
}

/* It may be taken as soon as it is asked, and then there is no way back: the
 * guest goes down some time, and somebody has to start it. So this is on the
 * disk first. */
static int note_stopped(struct xlgpu_migration *m, bool stopped)
{
    m->journal.stopped = stopped;
    return xlgpu_journal_write(&m->journal);
}

static int goes_on(struct xlgpu_migration *m, const char *why)
{
    int rc = note_stopped(m, false);

    return rc ? rc : xlgpu_fail(XLGPU_FAILED, m->moving.name,
                                "see its console", "%s", why);
}

/* A power button that was pressed can't be called off. */
static int is_late(struct xlgpu_migration *m, bool pv, unsigned int seconds)
{
    m->outcome = XLGPU_OUTCOME_UNKNOWN;
    xlgpu_migration_stands(m, pv ? "not moved; it is shutting down here"
                                 : "not moved; it may yet shut down here",
                           "when it is down xl gpu-recover starts it here",
                           true);
    return xlgpu_fail(XLGPU_FAILED, m->moving.name,
                      "see its console; when it is down xl gpu-recover "
                      "starts it here",
                      "it has not shut down after %u s", seconds);
}

static int shut_down(struct xlgpu_migration *m)
{
    unsigned int seconds = xlgpu_bound("XLGPU_SHUTDOWN_S", SHUTDOWN_S);
    int rc, lost = XLGPU_OK;
    bool pv;

    rc = note_stopped(m, true);
    if (rc) return rc;
    xlgpu_step("shutdown noted");
    rc = xlgpu_domain_shutdown(m->xen, m->moving.domid, m->moving.name, &pv);
    if (rc) {
        note_stopped(m, false);
        return rc;
    }
    if (pv && !wait_for(m, xlgpu_bound("XLGPU_TAKE_S", TAKE_S), is_taken,
                        &lost) &&
        xlgpu_shutdown_call_off(m->moving.domid))
        return goes_on(m, "it does not take the request to shut down");
    xlgpu_progress_step(&m->progress, "shuts down");
    if (!wait_for(m, seconds, is_down, &lost))
        return is_late(m, pv, seconds);
    return lost;
}

int xlgpu_restart_run(struct xlgpu_migration *m)
{
    struct xlgpu_frame frame;
    uint64_t began, down = 0;
    int lock = -1, rc;

    rc = xlgpu_migration_expect(m, XLGPU_FRAME_RECEIVING, &frame);
    if (rc) return rc;
    began = xlgpu_clock_us();
    rc = shut_down(m);
    /* Then its device model has let go of its disks too. */
    if (!rc) rc = xlgpu_guest_lock(m->moving.uuid, LOCK_WAIT_S, &lock);
    if (rc == XLGPU_IN_USE)
        rc = xlgpu_fail(rc, m->moving.name, "see xl list",
                        "its device model does not end");
    /* None of what asks the target may keep it. */
    if (!rc && lock >= 0) fcntl(lock, F_SETFD, FD_CLOEXEC);
    if (!rc) down = xlgpu_clock_since(&began);
    if (!rc) rc = xlgpu_commit(m);
    if (!rc) {
        xlgpu_pause_add(&m->timing, "shutdown", down);
        xlgpu_pause_add_resume(&m->timing, xlgpu_clock_since(&began),
                               "create", &m->started);
    }
    if (lock >= 0) close(lock);
    return rc;
}
