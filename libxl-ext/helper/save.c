/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "save.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "hold.h"
#include "pass.h"
#include "quiet.h"
#include "step.h"
#include "stop.h"
#include "tracker.h"

#define TRY_AGAIN "the guest stays here; try again"
#define SEE_LOG "see the log of xl and of Xen (xl dmesg)"
#define PROGRESS_US 200000

/* What one run has besides what it was given. */
struct run {
    struct xlgpu_save *save;
    struct xlgpu_memory memory;
    struct xlgpu_tracker tracker;
    struct xlgpu_pass *pass;
    struct xlgpu_quiet quiet[XLGPU_MOVE_MAX_DEVICES];
    struct xlgpu_counts total, last; /* of all passes, of the last one */
    unsigned int round;
    uint64_t round_bytes;            /* the stream's when it began */
    uint64_t told;                   /* when progress was, last */
    /* When: the suspend was asked for, Xen had it, libxl said so. */
    uint64_t asked, down, suspended;
    uint64_t context_us;
};

int xlgpu_save_fail(struct xlgpu_save *save, int errnoval,
                    const char *remedy, const char *why, ...)
{
    char text[512];
    yajl_gen gen;
    va_list args;
    int n;

    if (save->failed) return errnoval ? errnoval : EIO;
    save->failed = true;
    va_start(args, why);
    n = vsnprintf(text, sizeof(text), why, args);
    va_end(args);
    if (errnoval && n >= 0 && (size_t)n < sizeof(text))
        snprintf(text + n, sizeof(text) - n, ": %s", strerror(errnoval));

    gen = xlgpu_event_begin("error");
    if (gen) {
        xlgpu_event_string(gen, "why", text);
        xlgpu_event_string(gen, "remedy", remedy);
    }
    xlgpu_event_end(save->move, gen);

    n = strlen(text);
    snprintf(text + n, sizeof(text) - n, "; %s", remedy);
    xlgpu_caller_log(save->caller, XLGPU_CALLER_ERROR, errnoval, text);
    return errnoval ? errnoval : EIO;
}

static int stop_if_told(struct xlgpu_save *save)
{
    if (!xlgpu_stopped()) return 0;
    return xlgpu_save_fail(save, ECANCELED, TRY_AGAIN,
                           "libxl or gpu-migrate ended the save");
}

static int stream_error(struct xlgpu_save *save, int rc)
{
    int told = rc ? stop_if_told(save) : 0;

    if (!rc || told) return told;
    return xlgpu_save_fail(save, rc, TRY_AGAIN, "writing the stream");
}

static int tell(struct xlgpu_save *save, int rc)
{
    return rc ? xlgpu_save_fail(save, rc, TRY_AGAIN,
                                "gpu-migrate is not there any more") : 0;
}

/* ---- One pass ---- */

static int send_batch(void *opaque, const struct xlgpu_batch *batch)
{
    struct run *run = opaque;

    return stream_error(run->save,
                        xlgpu_stream_pages(&run->save->stream, batch->n,
                                           batch->entry, batch->n_pages,
                                           batch->page));
}

static int tell_round(struct run *run, const struct xlgpu_counts *counts,
                      uint64_t left)
{
    struct xlgpu_save *save = run->save;
    yajl_gen gen = xlgpu_event_begin("round");

    if (gen) {
        xlgpu_event_number(gen, "round", run->round);
        xlgpu_event_number(gen, "pages", counts->sent);
        xlgpu_event_number(gen, "bytes",
                          save->stream.bytes - run->round_bytes);
        xlgpu_event_number(gen, "changed", counts->changed);
        xlgpu_event_number(gen, "left", left);
    }
    return tell(save, xlgpu_event_end(save->move, gen));
}

static int progress(void *opaque, const struct xlgpu_counts *counts,
                    uint64_t left)
{
    struct run *run = opaque;
    uint64_t now = xlgpu_clock_us();
    int rc;

    rc = stop_if_told(run->save);
    if (rc || now - run->told < PROGRESS_US) return rc;

    run->told = now;
    return tell_round(run, counts, left);
}

static const struct xlgpu_pass_ops pass_ops = { send_batch, progress };

static int one_pass(struct run *run)
{
    struct xlgpu_save *save = run->save;
    struct xlgpu_counts counts;
    int rc;

    run->round++;
    run->round_bytes = save->stream.bytes;
    rc = xlgpu_memory_measure(&run->memory);
    if (!rc && run->round > 1)
        rc = xlgpu_tracker_next(&run->tracker, &run->memory);
    if (rc)
        return xlgpu_save_fail(save, rc, SEE_LOG,
                               "asking Xen about the guest's memory");

    rc = xlgpu_pass_run(run->pass, &run->memory, &pass_ops, run, &counts);
    xlgpu_counts_add(&run->total, &counts);
    run->last = counts;
    if (rc)
        return xlgpu_save_fail(save, rc, SEE_LOG,
                               "reading the guest's memory");
    return tell_round(run, &counts, 0);
}

/* ---- Pre-copy ---- */

static int start_tracker(struct run *run)
{
    struct xlgpu_save *save = run->save;
    yajl_gen gen;
    int rc;

    if (!save->plan->live) return 0;

    rc = xlgpu_tracker_start(&run->tracker, save->vm, save->caller,
                             save->domid, save->plan->iommu);
    if (rc) return xlgpu_save_fail(save, rc, TRY_AGAIN, "libxl is gone");

    gen = xlgpu_event_begin("tracker");
    if (gen)
        xlgpu_event_string(gen, "tracker",
                          run->tracker.iommu ? "iommu" : "content");
    return tell(save, xlgpu_event_end(save->move, gen));
}

/* What the rule needs to know, from the counts of the round. */
static void judge_round(const struct run *run, uint64_t began,
                        struct xlgpu_rounds_facts *facts)
{
    const struct xlgpu_counts *c = &run->last;
    unsigned int threads = run->save->plan->threads;
    uint64_t look_us = c->types_us + c->map_us + c->hash_us;

    facts->round = run->round;
    facts->changed_before = facts->changed;
    facts->changed = c->sent;
    facts->elapsed_ms = (xlgpu_clock_us() - began) / 1000;
    /* A log needs no look at what did not change. */
    facts->pass_ms = run->tracker.iommu ? 0 :
                     look_us / (threads ? threads : 1) / 1000;
    facts->send_ms = c->send_us / 1000;
}

static int pre_copy(struct run *run)
{
    struct xlgpu_save *save = run->save;
    struct xlgpu_rounds_facts facts = { 0 };
    uint64_t began = xlgpu_clock_us();
    enum xlgpu_rounds_verdict verdict;
    char text[80];
    int rc;

    do {
        rc = one_pass(run);
        if (rc) return rc;
        xlgpu_step("round");
        if (run->round == 1) xlgpu_test_hold("after-first-round");
        judge_round(run, began, &facts);
        verdict = xlgpu_rounds_judge(&save->plan->limits, &facts);
    } while (verdict == XLGPU_ROUNDS_GO_ON);

    snprintf(text, sizeof(text), "pre-copy ends after round %u: %s",
             run->round, xlgpu_rounds_string(verdict));
    xlgpu_caller_log(save->caller, XLGPU_CALLER_INFO, 0, text);
    return 0;
}

/* ---- The pause ---- */

static bool is_down(void *opaque)
{
    struct run *run = opaque;
    bool suspended;

    if (run->save->vm->ops->suspended(run->save->vm, &suspended)) return true;
    if (suspended) run->down = xlgpu_clock_us();
    return suspended;
}

/* libxl also says "done" of a guest that never acknowledged and still runs:
 * Xen knows. */
static int suspend(struct run *run)
{
    struct xlgpu_save *save = run->save;
    bool done, suspended = false;
    int rc;

    rc = tell(save, xlgpu_event_plain(save->move, "suspending"));
    if (!rc) rc = tell(save, xlgpu_move_wait_go(save->move));
    if (rc) return rc;
    xlgpu_step("suspending");
    run->asked = xlgpu_clock_us();
    rc = xlgpu_caller_suspend(save->caller, is_down, run, &done);
    if (rc) return xlgpu_save_fail(save, rc, TRY_AGAIN, "libxl is gone");
    if (!done)
        return xlgpu_save_fail(save, 0, "see its log and xl's",
                               "the guest does not suspend");

    run->suspended = xlgpu_clock_us();
    if (!run->down) run->down = run->suspended;
    rc = save->vm->ops->suspended(save->vm, &suspended);
    if (rc || !suspended)
        return xlgpu_save_fail(save, rc, "see its log",
                               "libxl says that the guest is suspended, "
                               "but Xen does not");
    xlgpu_step("suspended");
    rc = tell(save, xlgpu_event_plain(save->move, "suspended"));
    if (!rc) xlgpu_test_hold("after-suspend");
    return rc ? rc : stop_if_told(save);
}

static int tell_quiet(struct run *run)
{
    struct xlgpu_save *save = run->save;
    yajl_gen gen = xlgpu_event_begin("quiet");
    char bdf[XLGPU_BDF_LEN];
    size_t i;

    if (gen) {
        xlgpu_event_key(gen, "devices");
        yajl_gen_array_open(gen);
        for (i = 0; i < save->plan->n_devices; i++) {
            yajl_gen_map_open(gen);
            xlgpu_event_string(gen, "bdf",
                              xlgpu_bdf_format(run->quiet[i].bdf, bdf));
            xlgpu_event_number(gen, "command", run->quiet[i].command);
            yajl_gen_map_close(gen);
        }
        yajl_gen_array_close(gen);
    }
    return tell(save, xlgpu_event_end(save->move, gen));
}

/* All devices' registers are in gpu-migrate's journal before the first is
 * changed. */
static int make_quiet(struct run *run)
{
    struct xlgpu_save *save = run->save;
    char bdf[XLGPU_BDF_LEN];
    size_t i;
    int rc;

    for (i = 0; i < save->plan->n_devices; i++) {
        run->quiet[i] = (struct xlgpu_quiet){ .bdf = save->plan->device[i] };
        rc = xlgpu_quiet_read(&run->quiet[i]);
        if (rc)
            return xlgpu_save_fail(save, rc, SEE_LOG,
                                   "%s: reading its configuration space",
                                   xlgpu_bdf_format(run->quiet[i].bdf, bdf));
    }
    rc = tell_quiet(run);
    if (!rc) rc = tell(save, xlgpu_move_wait_go(save->move));

    for (i = 0; !rc && i < save->plan->n_devices; i++) {
        rc = xlgpu_quiet_off(&run->quiet[i], save->plan->quiet_seconds);
        if (rc)
            xlgpu_save_fail(save, rc, TRY_AGAIN,
                            "%s: it does not become quiet",
                            xlgpu_bdf_format(run->quiet[i].bdf, bdf));
    }
    if (!rc) rc = tell(save, xlgpu_event_plain(save->move, "quieted"));
    if (!rc) xlgpu_test_hold("after-quiet");
    return rc ? rc : stop_if_told(save);
}

static void undo_quiet(struct run *run)
{
    char bdf[XLGPU_BDF_LEN], text[128];
    size_t i;
    int rc;

    for (i = 0; i < run->save->plan->n_devices; i++) {
        rc = xlgpu_quiet_undo(&run->quiet[i]);
        if (!rc) continue;
        snprintf(text, sizeof(text), "%s: bus mastering stays off: %s",
                 xlgpu_bdf_format(run->quiet[i].bdf, bdf), strerror(rc));
        xlgpu_caller_log(run->save->caller, XLGPU_CALLER_ERROR, rc, text);
    }
}

static int send_rest(struct run *run)
{
    struct xlgpu_save *save = run->save;
    uint64_t t;
    int rc;

    run->memory.last = true;
    rc = one_pass(run);
    if (rc) return rc;
    xlgpu_step("last pass");
    xlgpu_test_hold("after-last-pass");

    t = xlgpu_clock_us();
    rc = save->vm->ops->after(save->vm, &save->stream);
    if (!rc) rc = xlgpu_stream_record(&save->stream, XLGPU_REC_END, NULL, 0);
    run->context_us = xlgpu_clock_since(&t);
    if (rc) return stream_error(save, rc);
    xlgpu_step("sent");
    return 0;
}

/* ---- All of it ---- */

static int tell_done(struct run *run)
{
    yajl_gen gen = xlgpu_event_begin("done");

    if (gen) {
        xlgpu_event_key(gen, "timing_us");
        yajl_gen_map_open(gen);
        xlgpu_event_number(gen, "freeze", run->down - run->asked);
        xlgpu_event_number(gen, "device_model", run->suspended - run->down);
        xlgpu_event_number(gen, "types", run->last.types_us);
        xlgpu_event_number(gen, "map", run->last.map_us);
        xlgpu_event_number(gen, "hash", run->last.hash_us);
        xlgpu_event_number(gen, "send", run->last.send_us);
        xlgpu_event_number(gen, "context", run->context_us);
        xlgpu_event_number(gen, "paused", xlgpu_clock_us() - run->down);
        yajl_gen_map_close(gen);
        xlgpu_event_key(gen, "pages");
        yajl_gen_map_open(gen);
        xlgpu_event_number(gen, "sent", run->total.sent);
        xlgpu_event_number(gen, "zero", run->total.zero);
        xlgpu_event_number(gen, "gone", run->total.gone);
        xlgpu_event_number(gen, "unmapped", run->total.unmapped);
        xlgpu_event_number(gen, "last_looked_at", run->last.looked_at);
        xlgpu_event_number(gen, "last_sent", run->last.sent);
        yajl_gen_map_close(gen);
    }
    return tell(run->save, xlgpu_event_end(run->save->move, gen));
}

static int prepare(struct run *run)
{
    struct xlgpu_save *save = run->save;
    const struct xlgpu_plan *plan = save->plan;
    int rc;

    rc = start_tracker(run);
    if (rc) return rc;

    rc = xlgpu_memory_init(&run->memory, save->vm,
                           plan->live && !run->tracker.iommu);
    if (!rc) rc = xlgpu_pass_make(plan->threads, &run->pass);
    if (rc)
        return xlgpu_save_fail(save, rc, "free memory in dom0",
                               "preparing the save");
    return stream_error(save, save->vm->ops->before(save->vm,
                                                    &save->stream));
}

int xlgpu_save_run(struct xlgpu_save *save)
{
    struct run run = { .save = save };
    int rc;

    rc = prepare(&run);
    if (!rc && save->plan->live) rc = pre_copy(&run);
    if (!rc) rc = suspend(&run);
    if (!rc) rc = make_quiet(&run);
    if (!rc) rc = send_rest(&run);
    if (!rc) rc = tell_done(&run);
    if (!rc) rc = stop_if_told(save);

    if (rc) undo_quiet(&run);
    xlgpu_tracker_stop(&run.tracker);
    xlgpu_pass_free(run.pass);
    xlgpu_memory_dispose(&run.memory);
    return rc;
}
