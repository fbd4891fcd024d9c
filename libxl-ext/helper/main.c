/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The save helper, which libxl runs in the place of its own for one xl
 * migrate: pre-copy while the guest runs, suspend, devices quiet, and one
 * last pass. It needs no dirty log of the hypervisor, which refuses one to a
 * guest with a device.
 *
 *   --save-domain FD BACK DOMID XCFLAGS CBFLAGS TYPE
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>

#include "alloc.h"
#include "helper/blind.h"
#include "helper/ipc.h"
#include "helper/memory.h"
#include "helper/move.h"
#include "helper/pass.h"
#include "helper/state.h"
#include "helper/stream.h"
#include "helper/tracker.h"
#include "inventory/quiet.h"
#include "status.h"
#include "step.h"

struct save {
    struct xlgpu_move move;
    struct xlgpu_stream stream;
    struct xlgpu_memory *memory;
    struct xlgpu_tracker *tracker;
    xc_interface *xch;
    uint32_t domid;
    uint16_t *command;       /* of the devices, before they were quiet */
    size_t n_quiet;          /* of them are */
    struct xlgpu_timing timing;
    int64_t asked, suspended; /* us; 0: not yet */
    uint64_t populated, allocated, resent;
    unsigned char *had_ram;  /* from pass to pass: helper/pass.h */
    uint64_t n_had_ram;
    unsigned int round;
};

static volatile int stop;

/* libxl ends a save thus. */
static void on_sigterm(int sig)
{
    (void)sig;
    stop = 1;
}

/* Says it to gpu-migrate and to libxl's log. The errno for libxl. */
static int fail(struct save *s, int error, const char *remedy,
                const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static int fail(struct save *s, int error, const char *remedy,
                const char *fmt, ...)
{
    char why[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    xlgpu_ipc_log(XTL_ERROR, error, "%s", why);
    xlgpu_move_error(&s->move, why, remedy);
    return error ? error : EIO;
}

/* What functions of the extension say. */
static void log_failure(enum xlgpu_status status, const char *what,
                        const char *why, const char *remedy)
{
    (void)status;
    xlgpu_ipc_log(XTL_ERROR, 0, "%s: %s%s%s", what, why, remedy ? "; " : "",
                  remedy ? remedy : "");
}

/* ---- Passes ---- */

static bool tick(void *arg, const struct xlgpu_pass *pass)
{
    struct save *s = arg;

    (void)pass;
    xlgpu_move_round(&s->move, s->round, s->stream.pages, s->stream.bytes,
                     s->resent, 0, false);
    return !xlgpu_move_is_over(&s->move);
}

static int run_pass(struct save *s, struct xlgpu_pass *pass, bool last)
{
    int rc;

    *pass = (struct xlgpu_pass){ .memory = s->memory, .tracker = s->tracker,
                                 .stream = &s->stream, .last = last,
                                 .threads = s->move.threads, .stop = &stop,
                                 .tick = tick, .arg = s,
                                 .had_ram = s->had_ram,
                                 .n_had_ram = s->n_had_ram };
    rc = xlgpu_pass_run(pass);
    s->had_ram = pass->had_ram;
    s->n_had_ram = pass->n_had_ram;
    if (rc == EINTR) return fail(s, rc, NULL, "it was called off");
    if (rc == EPIPE || rc == EBADF)
        return fail(s, rc, NULL, "the stream was cut");
    if (rc)
        return fail(s, rc, "see xl dmesg",
                    "the guest's memory can't be read: %s", strerror(rc));
    s->populated = pass->populated;
    s->allocated = pass->allocated;
    return 0;
}

/* ---- Pre-copy ---- */

/* A hypervisor that does not do what it says: then by content, as nothing
 * was sent yet. */
static int begin_tracker(struct save *s)
{
    int rc;

    if (s->move.freeze)
        s->tracker = xlgpu_tracker_none();
    else if (s->move.iommu)
        s->tracker = xlgpu_tracker_iommu(s->domid);
    else
        s->tracker = xlgpu_tracker_content();
    rc = s->tracker->begin(s->tracker);
    if (rc && s->move.iommu && !s->move.freeze) {
        xlgpu_ipc_log(XTL_WARN, rc, "no dirty log of this guest");
        s->tracker->end(s->tracker);
        s->tracker = xlgpu_tracker_content();
        rc = s->tracker->begin(s->tracker);
    }
    if (rc) return fail(s, rc, NULL, "no tracker: %s", strerror(rc));
    xlgpu_move_tracker(&s->move, s->tracker->name);
    return 0;
}

static int precopy(struct save *s)
{
    struct xlgpu_round r = { 0 };
    int64_t began = xlgpu_now_us();
    struct xlgpu_pass pass;
    int rc;

    do {
        s->round = r.round + 1;
        rc = run_pass(s, &pass, false);
        if (rc) return rc;
        r = (struct xlgpu_round){ .round = s->round, .changed = pass.sent,
                                  .before = r.changed,
                                  .send_us = pass.send_us,
                                  .elapsed_us = xlgpu_now_us() - began };
        s->resent = pass.sent;
        xlgpu_move_round(&s->move, s->round, s->stream.pages,
                         s->stream.bytes, pass.sent, pass.sent, true);
        xlgpu_step("round");
        if (r.round == 1) xlgpu_hold("after-first-round");
    } while (xlgpu_rounds_next(&s->move.rule, &r) == XLGPU_ROUNDS_ON);
    return 0;
}

/* ---- Suspend ---- */

static void look_for_suspend(void *arg)
{
    struct save *s = arg;

    if (!s->suspended && xlgpu_state_is_suspended(s->xch, s->domid))
        s->suspended = xlgpu_now_us();
}

/* libxl also says that all is well of a guest that never took the request
 * and still runs: Xen is asked. */
static int suspend(struct save *s)
{
    bool ok;

    s->asked = xlgpu_now_us();
    ok = xlgpu_ipc_suspend(look_for_suspend, s);
    look_for_suspend(s);
    xlgpu_step("suspended");
    if (!ok || !xlgpu_state_is_suspended(s->xch, s->domid))
        return fail(s, ETIMEDOUT, "see the guest's log",
                    ok ? "the guest did not suspend, and runs on"
                       : "libxl could not suspend the guest");
    s->timing.freeze = s->suspended - s->asked;
    s->timing.device_model = xlgpu_now_us() - s->suspended;
    xlgpu_move_event(&s->move, "suspended");
    xlgpu_hold("after-suspend");
    return 0;
}

/* ---- Quiet ---- */

static void wake_devices(struct save *s)
{
    while (s->n_quiet) {
        s->n_quiet--;
        xlgpu_quiet_undo(s->move.device[s->n_quiet],
                         s->command[s->n_quiet]);
    }
}

static int make_quiet(struct save *s)
{
    char bdf[XLGPU_BDF_LEN];
    size_t i;

    s->command = xlgpu_zalloc(s->move.n_devices + 1, sizeof(*s->command));
    for (i = 0; i < s->move.n_devices; i++)
        if (xlgpu_quiet_command(s->move.device[i], &s->command[i]))
            return fail(s, EIO, "see the kernel's log",
                        "device %s can't be read",
                        xlgpu_bdf_format(s->move.device[i], bdf));
    if (!xlgpu_move_quiet(&s->move, s->command))
        return fail(s, EPIPE, NULL, "it was called off");
    for (i = 0; i < s->move.n_devices; i++) {
        if (xlgpu_is_quiet_left_out()) continue;
        s->n_quiet = i + 1;
        if (xlgpu_quiet_off(s->move.device[i], s->move.quiet_seconds))
            return fail(s, EIO, "see the kernel's log",
                        "device %s can't be made quiet",
                        xlgpu_bdf_format(s->move.device[i], bdf));
    }
    xlgpu_step("quiet");
    xlgpu_move_event(&s->move, "quieted");
    xlgpu_hold("after-quiet");
    return 0;
}

/* ---- The last pass ---- */

static int finish(struct save *s)
{
    struct xlgpu_pass pass;
    int64_t began;
    int rc;

    s->round++;
    rc = run_pass(s, &pass, true);
    if (rc) return rc;
    xlgpu_step("last pass");
    xlgpu_hold("after-last-pass");
    began = xlgpu_now_us();
    rc = xlgpu_state_end(s->xch, s->domid, &s->stream);
    if (rc)
        return fail(s, rc, "see xl dmesg",
                    "the state of the guest's vCPUs can't be sent: %s",
                    strerror(rc));
    s->timing.context = xlgpu_now_us() - began;
    s->timing.paused = xlgpu_now_us() - s->suspended;
    s->timing.types = pass.types_us;
    s->timing.map = pass.map_us;
    s->timing.hash = pass.hash_us;
    s->timing.send = pass.send_us;
    xlgpu_move_round(&s->move, s->round, s->stream.pages, s->stream.bytes,
                     pass.sent, 0, true);
    xlgpu_move_done(&s->move, &s->timing, s->populated, s->stream.pages,
                    pass.sent);
    return 0;
}

static int save(struct save *s)
{
    int rc;

    s->xch = xc_interface_open(NULL, NULL, 0);
    if (!s->xch) return fail(s, errno, NULL, "Xen does not answer");
    s->memory = xlgpu_memory_of_domain(s->domid);
    rc = begin_tracker(s);
    if (!rc) {
        rc = xlgpu_state_begin(s->xch, s->domid, &s->stream);
        if (rc)
            rc = fail(s, rc, NULL, "the head of the stream can't be sent: %s",
                      strerror(rc));
    }
    if (!rc && !s->move.freeze) rc = precopy(s);
    if (!rc) rc = suspend(s);
    if (!rc) rc = make_quiet(s);
    if (!rc) rc = finish(s);
    if (rc) wake_devices(s);
    if (s->tracker) s->tracker->end(s->tracker);
    return rc;
}

int main(int argc, char **argv)
{
    struct sigaction action = { .sa_handler = on_sigterm };
    struct save s = { .round = 0 };
    const char *why;
    int rc;

    if (argc != 8 || strcmp(argv[1], "--save-domain"))
        return xlgpu_fail(XLGPU_USAGE, argv[0], NULL,
                          "it is run by libxl, for xl gpu-migrate");
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    xlgpu_fail_divert(log_failure);
    s.domid = strtoul(argv[4], NULL, 10);
    xlgpu_stream_init(&s.stream, atoi(argv[2]), &stop);
    why = xlgpu_move_open(&s.move);
    if (why)
        rc = fail(&s, EINVAL, NULL, "%s", why);
    else
        rc = save(&s);
    xlgpu_ipc_complete(rc ? -1 : 0, rc);
    return EXIT_SUCCESS;
}
