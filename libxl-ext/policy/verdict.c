/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "policy/estimate.h"

/* What is known after the checks, for the ladder and the exit status. */
struct findings {
    struct xlgpu_checks *checks;
    enum xlgpu_status barred; /* by the first check that bars every way */
    bool stream;
};

/* A check that bars every way when it fails. message becomes the check's. */
static void must(struct findings *f, bool ok, enum xlgpu_status status,
                 const char *check, char *message, const char *remedy)
{
    xlgpu_check_add(f->checks, check,
                    ok ? XLGPU_CHECK_PASS : XLGPU_CHECK_FAIL, message,
                    remedy);
    if (!ok && !f->barred) f->barred = status;
}

/* One that bars only the ways in which the guest runs on. */
static void runs_on(struct findings *f, bool ok, const char *check,
                    char *message, const char *remedy)
{
    xlgpu_check_add(f->checks, check,
                    ok ? XLGPU_CHECK_PASS : XLGPU_CHECK_WARN, message,
                    remedy);
    if (!ok) f->stream = false;
}

/* ---- The guest ---- */

static const struct {
    const char *message, *remedy;
} state[] = {
    [XLGPU_GUEST_RUNS] = { "it runs", NULL },
    [XLGPU_GUEST_PAUSED] = { "it is paused", "xl unpause it" },
    [XLGPU_GUEST_DOWN] = { "it is suspended, or shut down",
                           "try again when it runs" },
    [XLGPU_GUEST_UNSETTLED] = { "a migration of it is not settled here",
                                "wait for its end, or xl gpu-recover" },
};

static void check_state(struct findings *f, const struct xlgpu_moving *m)
{
    must(f, m->state == XLGPU_GUEST_RUNS, XLGPU_IN_USE, "state",
         xlgpu_strdup(state[m->state].message), state[m->state].remedy);
}

/* ---- The target ---- */

static const struct {
    enum xlgpu_status status;
    const char *message, *remedy;
} no_room[] = {
    [XLGPU_ROOM_NO_GPU] = { XLGPU_UNABLE, "no GPU is partitioned there",
                            "partition one there with xl gpu-partition" },
    [XLGPU_ROOM_OTHER_SHAPE] = {
        XLGPU_POOL_MISMATCH, "no partition there is like the guest's",
        "partition alike GPUs alike on both" },
    [XLGPU_ROOM_OTHER_SPEC] = {
        XLGPU_NO_ROOM, "the free partitions there are not what gpu= asks for",
        "see its group= and model=, and groups in gpu.conf there" },
    [XLGPU_ROOM_ALL_HELD] = { XLGPU_NO_ROOM,
                              "every matching partition there is held",
                              "free one, or choose another host" },
};

static void check_room(struct findings *f, const struct xlgpu_offer *offer)
{
    const struct xlgpu_offer_room *room = &offer->room;

    if (room->state == XLGPU_ROOM_FREE)
        must(f, true, XLGPU_OK, "partition",
             xlgpu_asprintf("matching ones that are free there: %u",
                            room->free), NULL);
    else
        must(f, false, no_room[room->state].status, "partition",
             xlgpu_asprintf("%s%s%s", no_room[room->state].message,
                            *room->differs ? ": " : "", room->differs),
             no_room[room->state].remedy);
}

/* What xl asks for a guest beside its memory: Xen's tables and the device
 * model's video memory. */
uint64_t xlgpu_memory_needed(const struct xlgpu_moving *m)
{
    return m->memory_max + m->memory_max / 64 + (32 << 20);
}

static void check_memory(struct findings *f, const struct xlgpu_moving *m,
                         const struct xlgpu_offer *offer)
{
    uint64_t need = xlgpu_memory_needed(m);
    char *text = xlgpu_asprintf("%" PRIu64 " MiB are free there, about %"
                                PRIu64 " are needed",
                                offer->memory_free >> 20, need >> 20);

    if (offer->memory_free >= need || !offer->dom0_shrinks)
        must(f, offer->memory_free >= need, XLGPU_NO_ROOM, "memory", text,
             "free memory there, or choose another host");
    else
        xlgpu_check_add(f->checks, "memory", XLGPU_CHECK_WARN, text,
                        "xl there takes the rest from dom0, if it can");
}

static void check_identity(struct findings *f, const struct xlgpu_moving *m,
                           const struct xlgpu_offer *offer)
{
    must(f, offer->name_free, XLGPU_IN_USE, "name",
         xlgpu_asprintf("%s %s there", m->name,
                        offer->name_free ? "is free" : "is taken"),
         "rename one of the two with xl rename");
    must(f, offer->uuid_free, XLGPU_IN_USE, "uuid",
         xlgpu_asprintf("%s %s there", m->uuid,
                        offer->uuid_free ? "is free" : "is taken"),
         "the guest may have a copy there: see xl list and xl gpu-recover");
}

static const struct {
    const char *check, *none, *remedy;
} kind[] = {
    [XLGPU_ABSENT_DEVICE] = { "devices", "its other devices can be had there",
                              "make them assignable there, at the same "
                              "address" },
    [XLGPU_ABSENT_DISK] = { "disks", "its disks are there",
                            "put them on storage that both hosts have" },
    [XLGPU_ABSENT_BRIDGE] = { "bridges", "its bridges are there",
                              "make them there, under the same name" },
};

static void check_absent(struct findings *f, const struct xlgpu_offer *offer,
                         enum xlgpu_absent_kind of)
{
    const struct xlgpu_absent *a;
    char *text = NULL, *longer;

    for (a = offer->absent; a < offer->absent + offer->n_absent; a++) {
        if (a->kind != of) continue;
        longer = xlgpu_asprintf("%s%s%s: %s", text ? text : "",
                                text ? ", " : "", a->name, a->why);
        free(text);
        text = longer;
    }
    must(f, !text, XLGPU_POOL_MISMATCH, kind[of].check,
         text ? text : xlgpu_strdup(kind[of].none), kind[of].remedy);
}

/* ---- Running on there ---- */

static void check_xen(struct findings *f, const struct xlgpu_xen_facts *here,
                      const struct xlgpu_xen_facts *there)
{
    runs_on(f, there->major > here->major ||
                   (there->major == here->major &&
                    there->minor >= here->minor),
            "xen",
            xlgpu_asprintf("Xen %u.%u there, %u.%u here", there->major,
                           there->minor, here->major, here->minor),
            "Xen takes guests of the same or an older version: update it "
            "there");
}

static void check_cpu(struct findings *f, const struct xlgpu_xen_facts *here,
                      const struct xlgpu_xen_facts *there)
{
    uint32_t lacks = 0;
    unsigned int i;

    if (!here->n_features || !there->n_features) {
        xlgpu_check_add(f->checks, "cpu", XLGPU_CHECK_WARN,
                        xlgpu_strdup("the CPUs' features are not known"),
                        "Xen itself refuses a guest that it can't run");
        return;
    }
    for (i = 0; i < here->n_features && !lacks; i++)
        lacks = here->feature[i] & ~there->feature[i];
    runs_on(f, !lacks, "cpu",
            lacks ? xlgpu_asprintf("features that the guest may use lack "
                                   "there: word %u, bits %08x", i - 1, lacks)
                  : xlgpu_strdup("it can use there what it uses here"),
            "level the CPUs with cpuid= in its config, or on Xen's command "
            "line, and start it again");
}

static struct findings examine(const struct xlgpu_moving *m,
                               const struct xlgpu_offer *offer,
                               struct xlgpu_checks *checks)
{
    struct findings f = { .checks = checks, .stream = true };

    check_state(&f, m);
    must(&f, offer->iommu, XLGPU_UNABLE, "iommu",
         xlgpu_strdup(offer->iommu ? "guests there can have devices"
                                   : "no guest there can have a device"),
         "enable the IOMMU there, see xl gpu-precheck");
    check_room(&f, offer);
    check_memory(&f, m, offer);
    check_identity(&f, m, offer);
    check_absent(&f, offer, XLGPU_ABSENT_DEVICE);
    check_absent(&f, offer, XLGPU_ABSENT_DISK);
    check_absent(&f, offer, XLGPU_ABSENT_BRIDGE);
    check_xen(&f, &m->xen, &offer->xen);
    check_cpu(&f, &m->xen, &offer->xen);
    return f;
}

/* ---- The verdict ---- */

static struct xlgpu_ladder_facts facts_of(const struct xlgpu_moving *m,
                                          bool stream,
                                          struct xlgpu_admin admin)
{
    return (struct xlgpu_ladder_facts){
        .iommu = true, /* these two have checks of their own */
        .room = true,
        .records_dirty = m->records_dirty,
        .dma_log = m->dma_log,
        .device_state = m->state_guest,
        .announced = m->announced,
        .too_big = !xlgpu_evicts_in_time(m),
        .pv = m->type == XLGPU_GUEST_PV,
        .stream = stream,
        .other_devices = m->n_devices,
        .live = m->live,
        .hotplug = m->hotplug,
        .restart = m->restart,
        .may_restart = admin.may_restart,
        .by_content = admin.by_content,
        .poweroff_destroys = m->poweroff_destroys,
        .kept = m->kept,
        .mode = m->mode,
    };
}

/* It would be possible, were it allowed, and nothing better is. */
static bool only_restart(struct xlgpu_ladder_facts f)
{
    f.mode = XLGPU_MODE_AUTO;
    f.restart = f.may_restart = true;
    return xlgpu_ladder(&f).move == XLGPU_MOVE_RESTART;
}

static void add_missed(struct xlgpu_verdict *v, const struct xlgpu_rung *r)
{
    const struct xlgpu_missed *m;

    for (m = r->missed; m < r->missed + r->n_missed; m++)
        xlgpu_check_add(&v->checks, m->check,
                        r->move == XLGPU_MOVE_NONE ? XLGPU_CHECK_FAIL
                                                   : XLGPU_CHECK_WARN,
                        xlgpu_strdup(m->why), m->remedy);
}

static void add_reached(struct xlgpu_verdict *v,
                        const struct xlgpu_ladder_facts *f)
{
    if (v->device_state)
        xlgpu_check_add(&v->checks, "device_state", XLGPU_CHECK_PASS,
                        xlgpu_strdup("the guest's own driver saves it at "
                                     "suspend"), NULL);
    if (v->tracker == XLGPU_TRACKER_IOMMU)
        xlgpu_check_add(&v->checks, "tracker", XLGPU_CHECK_PASS,
                        xlgpu_strdup("iommu: the hypervisor's dirty log "
                                     "includes DMA"), NULL);
    if (v->tracker == XLGPU_TRACKER_CONTENT)
        xlgpu_check_add(&v->checks, "tracker", XLGPU_CHECK_PASS,
                        xlgpu_asprintf("content: %s",
                                       xlgpu_ladder_why_content(f)), NULL);
}

void xlgpu_verdict(const struct xlgpu_moving *m,
                   const struct xlgpu_offer *offer, struct xlgpu_admin admin,
                   struct xlgpu_verdict *v)
{
    struct xlgpu_ladder_facts facts;
    struct findings found;
    struct xlgpu_rung r;

    *v = (struct xlgpu_verdict){ .move = XLGPU_MOVE_NONE };
    found = examine(m, offer, &v->checks);
    facts = facts_of(m, found.stream, admin);
    r = xlgpu_ladder(&facts);
    add_missed(v, &r);
    if (found.barred || r.move == XLGPU_MOVE_NONE) {
        v->status = found.barred           ? found.barred
                    : only_restart(facts) ? XLGPU_ONLY_RESTART
                    : !found.stream       ? XLGPU_POOL_MISMATCH
                                          : XLGPU_FAILED;
        return;
    }

    v->move = r.move;
    v->tracker = r.tracker;
    v->device_state = r.move == XLGPU_MOVE_LIVE ||
                      r.move == XLGPU_MOVE_FREEZE;
    add_reached(v, &facts);
    xlgpu_estimate(m, v);
}

void xlgpu_verdict_dispose(struct xlgpu_verdict *v)
{
    xlgpu_checks_dispose(&v->checks);
    free(v->estimate.basis);
    *v = (struct xlgpu_verdict){ 0 };
}

const struct xlgpu_check *xlgpu_verdict_reason(const struct xlgpu_verdict *v)
{
    size_t i;

    for (i = 0; i < v->checks.n; i++)
        if (v->checks.check[i].result == XLGPU_CHECK_FAIL)
            return &v->checks.check[i];
    return NULL;
}
