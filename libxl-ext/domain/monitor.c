/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libxl_event.h>

#include "alloc.h"
#include "dirs.h"
#include "domain/kept_start.h"
#include "domain/lock.h"
#include "domain/xen.h"
#include "status.h"
#include "step.h"

/* Seconds that it may take xl's monitor to see a suspend. */
#define SEEN_S 10

struct monitor {
    libxl_ctx *xen;
    uint32_t domid;
    const char *uuid;
    int lock;
    libxl_domain_config config;
};

/* ---- What the guest asks for ---- */

static libxl_action_on_shutdown action_on(const struct monitor *m, int reason)
{
    switch (reason) {
    case LIBXL_SHUTDOWN_REASON_POWEROFF:
        return m->config.on_poweroff;
    case LIBXL_SHUTDOWN_REASON_REBOOT:
        return m->config.on_reboot;
    case LIBXL_SHUTDOWN_REASON_WATCHDOG:
        return m->config.on_watchdog;
    case LIBXL_SHUTDOWN_REASON_CRASH:
        return m->config.on_crash;
    default:
        return LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
    }
}

static void dump_core(const struct monitor *m)
{
    char *path = xlgpu_asprintf("/var/lib/xen/dump/%s.core", m->uuid);

    libxl_domain_core_dump(m->xen, m->domid, path, NULL);
    free(path);
}

static void restart(const struct monitor *m)
{
    /* What can't be started again is left as it is, for who looks. */
    if (xlgpu_kept_readable(m->uuid)) return;
    if (libxl_domain_destroy(m->xen, m->domid, NULL)) return;
    /* From here on xl's own monitor sees to it. */
    xlgpu_kept_start_locked(m->xen, m->uuid);
}

/* What xl's monitor does; renaming before a restart it leaves out, for the
 * old domain has the partition. */
static void act(const struct monitor *m, int reason)
{
    libxl_action_on_shutdown action = action_on(m, reason);

    fprintf(stderr, "xl-gpu: domain %u has shut down, reason %d: %s\n",
            m->domid, reason, libxl_action_on_shutdown_to_string(action));
    switch (action) {
    case LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART:
        dump_core(m);
        restart(m);
        break;
    case LIBXL_ACTION_ON_SHUTDOWN_RESTART:
    case LIBXL_ACTION_ON_SHUTDOWN_RESTART_RENAME:
        restart(m);
        break;
    case LIBXL_ACTION_ON_SHUTDOWN_PRESERVE:
        break;
    case LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY:
        dump_core(m);
        /* fall through */
    default:
        libxl_domain_destroy(m->xen, m->domid, NULL);
    }
}

/* False when it has gone. */
static bool wait_for_resume(const struct monitor *m)
{
    libxl_dominfo info;
    bool there, down;

    do {
        sleep(1);
        libxl_dominfo_init(&info);
        there = !libxl_domain_info(m->xen, &info, m->domid);
        down = there && (info.shutdown || info.dying);
        libxl_dominfo_dispose(&info);
    } while (down);
    return there;
}

/* The next shutdown's reason, or -1 when the domain has gone. */
static int next_shutdown(const struct monitor *m)
{
    libxl_evgen_domain_death *death = NULL;
    libxl_event *event;
    int reason = -1;
    bool over = false;

    if (libxl_evenable_domain_death(m->xen, m->domid, 0, &death)) return -1;
    while (!over &&
           !libxl_event_wait(m->xen, &event, LIBXL_EVENTMASK_ALL, NULL,
                             NULL)) {
        over = event->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH;
        if (event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN) {
            reason = event->u.domain_shutdown.shutdown_reason;
            over = true;
        }
        libxl_event_free(m->xen, event);
    }
    libxl_evdisable_domain_death(m->xen, death);
    return reason;
}

/* Until the guest's end. One that suspends resumes here or moves on, and
 * that is another's business. */
static void watch(const struct monitor *m)
{
    int reason;

    do {
        reason = next_shutdown(m);
    } while (reason == LIBXL_SHUTDOWN_REASON_SUSPEND && wait_for_resume(m));
    if (reason >= 0 && reason != LIBXL_SHUTDOWN_REASON_SUSPEND)
        act(m, reason);
}

/* ---- The process ---- */

static int open_log(const char *uuid)
{
    char *path = xlgpu_asprintf("%s/xl-gpu-%s.log", xlgpu_log_dir(), uuid);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

    free(path);
    return fd < 0 ? open("/dev/null", O_WRONLY) : fd;
}

/* Keeps nothing of gpu-migrate's but the guest's lock; it ends when it is
 * told to, as xl's. */
static void detach_process(int lock, const char *uuid)
{
    int null = open("/dev/null", O_RDWR), log = open_log(uuid);

    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (lock > STDERR_FILENO + 1) close_range(STDERR_FILENO + 1, lock - 1, 0);
    close_range(lock + 1, ~0u, 0);
    fcntl(lock, F_SETFD, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    if (chdir("/")) _exit(EXIT_FAILURE);
}

static void run(struct monitor *m)
{
    detach_process(m->lock, m->uuid);
    if (xlgpu_xen_open(&m->xen, false)) return;
    libxl_domain_config_init(&m->config);
    if (libxl_retrieve_domain_configuration(m->xen, m->domid, &m->config,
                                            NULL))
        return;
    watch(m);
}

static int start(struct monitor *m)
{
    pid_t pid = fork();

    if (pid < 0)
        return xlgpu_fail(XLGPU_FAILED, m->uuid, NULL,
                          "can't start a monitor: %s", strerror(errno));
    if (pid) {
        waitpid(pid, NULL, 0);
        return XLGPU_OK;
    }
    /* Nobody's child, so that nobody waits for it. */
    if (!fork()) run(m);
    _exit(EXIT_SUCCESS);
}

/* Until 4.17 xl's monitor ends when it has seen the guest suspend, which may
 * take it a moment. */
static bool xl_ends_at_suspend(libxl_ctx *xen)
{
    const libxl_version_info *v = libxl_get_version_info(xen);

    return v && v->xen_version_major == 4 && v->xen_version_minor < 18;
}

static bool is_monitored(libxl_ctx *xen, const char *uuid, bool suspended)
{
    unsigned int n = suspended && xl_ends_at_suspend(xen)
                         ? xlgpu_bound("XLGPU_MONITOR_S", SEEN_S) * 10 : 0;

    while (n-- && xlgpu_guest_lock_holder(uuid, "xl", NULL)) usleep(100000);
    return xlgpu_guest_lock_holder(uuid, "xl", NULL) ||
           xlgpu_guest_lock_holder(uuid, "xl-gpu", NULL);
}

int xlgpu_monitor_ensure(libxl_ctx *xen, uint32_t domid, const char *uuid,
                         bool suspended)
{
    struct monitor m = { .domid = domid, .uuid = uuid, .lock = -1 };
    int rc;

    if (is_monitored(xen, uuid, suspended) ||
        !xlgpu_guest_lock_holder(uuid, NULL, &m.lock))
        return XLGPU_OK;
    if (m.lock < 0)
        return xlgpu_fail(XLGPU_FAILED, uuid, "see to its next reboot and "
                          "shutdown by hand",
                          "its lock can't be taken over for a monitor");
    rc = start(&m);
    xlgpu_step("monitor started");
    close(m.lock);
    return rc;
}
