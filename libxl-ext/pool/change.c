/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "change.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "pool/judge.h"
#include "pool/members.h"
#include "status.h"
#include "step.h"

/* A host waits that long for other commands that use its layout. */
#define PLAN_S 65
/* Of the change itself: drivers that hang are waited for, each reset is
 * bounded by its own. */
#define SET_S 300

/* ---- What is said ---- */

static int say(const struct xlgpu_member *m)
{
    return xlgpu_fail(m->status, m->host, m->remedy, "%s", m->why);
}

/* Each host that has failed; the status of the first. */
static int say_failed(const struct xlgpu_members *m)
{
    int rc, first = XLGPU_OK;
    size_t i;

    for (i = 0; i < m->n; i++) {
        rc = m->member[i].status ? say(&m->member[i]) : XLGPU_OK;
        if (!first) first = rc;
    }
    return first;
}

/* ---- Whether they are of one kind ---- */

static const struct xlgpu_check *first_failed(const struct xlgpu_checks *c)
{
    size_t i;

    for (i = 0; i < c->n; i++)
        if (c->check[i].result == XLGPU_CHECK_FAIL) return &c->check[i];
    return NULL;
}

/* The first difference is enough: gpu-pool-check has all. */
static int refuse_mixed(const struct xlgpu_pool_host *host, size_t n)
{
    const struct xlgpu_check *why;
    size_t i;

    for (i = 0; i < n; i++) {
        why = first_failed(&host[i].checks);
        if (host[i].verdict == XLGPU_POOL_ERROR && why)
            return xlgpu_fail(XLGPU_POOL_MISMATCH, host[i].name,
                              "xl gpu-pool-check has all that differs; "
                              "nothing was changed", "%s", why->message);
    }
    return XLGPU_OK;
}

static int check_kind(struct xlgpu_members *m, const struct xlgpu_conf *conf)
{
    struct xlgpu_pool_host *host;
    int rc;

    xlgpu_members_ask_facts(m, conf->pool_timeout);
    host = xlgpu_members_judge(m, false, NULL);
    rc = refuse_mixed(host, m->n);
    xlgpu_pool_hosts_free(host, m->n);
    return rc ? rc : say_failed(m);
}

/* ---- The steps ---- */

struct change {
    struct xlgpu_members *members;
    struct xlgpu_pool_changed *changed; /* one of each member */
};

static int take(struct xlgpu_member *m, const struct xlgpu_frame *frame,
                void *arg)
{
    const struct change *c = arg;
    struct xlgpu_pool_changes *changes =
        &c->changed[m - c->members->member].changes;
    struct xlgpu_pool_changes said = { .n = 0 };
    int rc = xlgpu_member_understood(
        m, xlgpu_pool_changes_parse(frame->payload, &said));

    /* What can't be read tells nothing new. */
    xlgpu_pool_changes_dispose(rc ? &said : changes);
    if (!rc) *changes = said;
    return rc;
}

static void ask(struct change *c, const struct xlgpu_pool_order *order,
                unsigned int seconds)
{
    char *text = xlgpu_pool_order_json(order);

    xlgpu_members_ask(c->members,
                      &(struct xlgpu_question){
                          .type = XLGPU_FRAME_LAYOUT, .text = text,
                          .seconds = seconds, .take = take, .arg = c,
                          .busy = order->step != XLGPU_POOL_PLAN,
                          .forward = true });
    free(text);
}

/* ---- What became of them ---- */

/* All is as it was there, as far as it was heard of. */
static void went_back(struct xlgpu_pool_changed *c)
{
    struct xlgpu_pool_change *gpu;

    for (gpu = c->changes.gpu; gpu < c->changes.gpu + c->changes.n; gpu++) {
        gpu->changed = false;
        gpu->count = gpu->before;
    }
}

static void all_went_back(struct change *c)
{
    size_t i;

    for (i = 0; i < c->members->n; i++)
        if (!c->changed[i].lost) went_back(&c->changed[i]);
}

static void note_reasons(struct change *c)
{
    const struct xlgpu_member *m = c->members->member;
    size_t i;

    for (i = 0; i < c->members->n; i++)
        if (m[i].status)
            c->changed[i].reason = xlgpu_strdup(m[i].why ? m[i].why : "failed");
}

/* Those that have failed have undone it themselves, or do when they see that
 * we are gone. */
static void undo(struct change *c)
{
    struct xlgpu_members *m = c->members;
    bool *had_failed = xlgpu_zalloc(m->n, sizeof(*had_failed));
    size_t i;

    for (i = 0; i < m->n; i++) {
        had_failed[i] = m->member[i].status;
        c->changed[i].lost = had_failed[i] && !m->member[i].refused;
    }
    ask(c, &(struct xlgpu_pool_order){ .step = XLGPU_POOL_UNDO }, SET_S);
    for (i = 0; i < m->n; i++) {
        if (!m->member[i].status || had_failed[i]) continue;
        c->changed[i].lost = true;
        xlgpu_fail(m->member[i].status, m->member[i].host,
                   "xl gpu-recover there, then xl gpu-pool-check",
                   "it did not put its GPUs back: %s", m->member[i].why);
    }
    free(had_failed);
    all_went_back(c);
}

/* All have it: from here on it stays. */
static int keep(struct change *c)
{
    size_t i;
    int rc;

    ask(c, &(struct xlgpu_pool_order){ .step = XLGPU_POOL_KEEP }, SET_S);
    for (i = 0; i < c->members->n; i++)
        c->changed[i].lost = c->members->member[i].status;
    rc = say_failed(c->members);
    if (!rc) return rc;
    return xlgpu_fail(rc, "pool", "see xl gpu-pool-check",
                      "the others have the new count");
}

static int run(struct change *c, const struct xlgpu_conf *conf,
               const struct xlgpu_want *want, bool dry_run)
{
    int rc;

    ask(c, &(struct xlgpu_pool_order){ .step = XLGPU_POOL_PLAN,
                                       .want = *want, .dry_run = dry_run },
        conf->pool_timeout + PLAN_S);
    rc = say_failed(c->members);
    xlgpu_step("pool planned");
    if (rc) all_went_back(c);
    if (rc || dry_run) return rc;

    ask(c, &(struct xlgpu_pool_order){ .step = XLGPU_POOL_SET }, SET_S);
    rc = say_failed(c->members);
    xlgpu_step("pool set");
    if (!rc) return keep(c);
    undo(c);
    return rc;
}

int xlgpu_pool_change(const struct xlgpu_conf *conf,
                      const struct xlgpu_want *want, bool dry_run,
                      struct xlgpu_pool_changed **changed_r, size_t *n_r)
{
    struct xlgpu_members members;
    struct change c = { &members, NULL };
    size_t i;
    int rc;

    *changed_r = NULL;
    *n_r = 0;
    rc = xlgpu_pool_named(conf);
    if (rc) return rc;
    rc = xlgpu_members_open(&members, conf, (const char *const *)conf->pool,
                            conf->n_pool);
    if (!rc) rc = check_kind(&members, conf);
    if (rc) goto out;
    *n_r = members.n;
    *changed_r = c.changed = xlgpu_zalloc(members.n, sizeof(*c.changed));
    for (i = 0; i < members.n; i++)
        c.changed[i].host = xlgpu_strdup(members.member[i].host);
    rc = run(&c, conf, want, dry_run);
    note_reasons(&c);
out:
    xlgpu_members_close(&members);
    return rc;
}

void xlgpu_pool_changed_free(struct xlgpu_pool_changed *changed, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        free(changed[i].host);
        free(changed[i].reason);
        xlgpu_pool_changes_dispose(&changed[i].changes);
    }
    free(changed);
}
