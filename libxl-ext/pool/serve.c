/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serve.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain/layout.h"
#include "pool/gather.h"
#include "status.h"
#include "step.h"

int xlgpu_pool_serve_inventory(struct xlgpu_channel *ch)
{
    struct xlgpu_pool_facts facts = { 0 };
    struct xlgpu_host host;
    char *text = NULL;
    int rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){ .dry_run = true });
    if (!rc) rc = xlgpu_pool_gather(&host, &facts);
    xlgpu_host_close(&host);
    if (!rc) text = xlgpu_pool_facts_json(&facts);
    if (!rc && !text)
        rc = xlgpu_fail(XLGPU_FAILED, "inventory", NULL,
                        "a name is not UTF-8");
    if (!rc)
        rc = xlgpu_channel_send(ch, XLGPU_FRAME_INVENTORY, text,
                                strlen(text));
    xlgpu_pool_facts_dispose(&facts);
    free(text);
    return rc;
}

/* ---- A change of the layout ---- */

struct changing {
    struct xlgpu_channel *ch;
    struct xlgpu_host host;
    struct xlgpu_layout before; /* what was desired */
    struct xlgpu_pool_order order;
    size_t *gpu;                /* indices of the inventory; owned */
    struct xlgpu_want *old;     /* what each had; owned */
    struct xlgpu_pool_changes changes;
    size_t n_set;               /* the first of them have it */
};

static struct xlgpu_gpu *gpu_of(struct changing *c, size_t i)
{
    return &c->host.inventory.gpu[c->gpu[i]];
}

static int tell(struct changing *c)
{
    char *text = xlgpu_pool_changes_json(&c->changes);
    int rc = xlgpu_channel_send(c->ch, XLGPU_FRAME_LAYOUT, text,
                                strlen(text));

    free(text);
    return rc;
}

static int read_order(const struct xlgpu_frame *frame,
                      struct xlgpu_pool_order *order)
{
    char *why = xlgpu_pool_order_parse(frame->payload, order);
    int rc = XLGPU_OK;

    if (why)
        rc = xlgpu_fail(XLGPU_FAILED, "layout",
                        "install the same version of xl-gpu on both", "%s",
                        why);
    free(why);
    return rc;
}

static int plan_one(struct changing *c, size_t i)
{
    const struct xlgpu_gpu *gpu = gpu_of(c, i);
    char bdf[XLGPU_BDF_LEN];
    enum xlgpu_need need;
    int rc = xlgpu_layout_check(&c->host, gpu, &c->order.want, &need);

    c->old[i] = xlgpu_layout_now(gpu, xlgpu_desired_find(&c->before,
                                                         gpu->bdf));
    if (!rc && gpu->console)
        xlgpu_warn(xlgpu_bdf_format(gpu->bdf, bdf), NULL,
                   "it drives dom0's console: keep its driver");
    if (!rc)
        c->changes.gpu[i] = (struct xlgpu_pool_change){
            gpu->bdf, gpu->count, c->order.want.count,
            need != XLGPU_NEED_NOTHING
        };
    return rc;
}

static int plan(struct changing *c)
{
    size_t i;
    int rc;

    rc = xlgpu_host_open(&c->host, (struct xlgpu_host_open){
                                       .change_layout = !c->order.dry_run,
                                       .dry_run = c->order.dry_run });
    if (!rc) rc = xlgpu_desired_read(&c->before);
    if (rc) return rc;
    c->gpu = xlgpu_pool_gpus(&c->host, &c->changes.n);
    c->old = xlgpu_zalloc(c->changes.n, sizeof(*c->old));
    c->changes.gpu = xlgpu_zalloc(c->changes.n, sizeof(*c->changes.gpu));
    for (i = 0; !rc && i < c->changes.n; i++) rc = plan_one(c, i);
    return rc ? rc : tell(c);
}

/* As it was, and as desired as it was. */
static int undo_one(struct changing *c, size_t i)
{
    struct xlgpu_gpu *gpu = gpu_of(c, i);
    const struct xlgpu_desired *old = xlgpu_desired_find(&c->before,
                                                         gpu->bdf);
    const struct xlgpu_desired none = { .gpu = gpu->bdf };
    int rc = xlgpu_layout_change(&c->host, gpu, &c->old[i]);

    if (!rc) rc = xlgpu_desired_set(old ? old : &none);
    return rc;
}

static int undo(struct changing *c)
{
    int rc, first = XLGPU_OK;

    while (c->n_set) {
        c->n_set--;
        rc = c->changes.gpu[c->n_set].changed ? undo_one(c, c->n_set)
                                              : XLGPU_OK;
        if (!first) first = rc;
    }
    return first;
}

/* On failure the reason is what the caller hears, and all is as it was. */
static int set(struct changing *c)
{
    int rc = XLGPU_OK;

    for (; !rc && c->n_set < c->changes.n; c->n_set += !rc)
        if (c->changes.gpu[c->n_set].changed)
            rc = xlgpu_layout_change(&c->host, gpu_of(c, c->n_set),
                                     &c->order.want);
    xlgpu_step("pool layout set here");
    return rc ? rc : tell(c);
}

static int next_step(struct changing *c, enum xlgpu_pool_step *step_r)
{
    struct xlgpu_pool_order order = { 0 };
    struct xlgpu_frame frame;
    int rc = xlgpu_channel_expect(c->ch, XLGPU_FRAME_LAYOUT, &frame);

    if (!rc) rc = read_order(&frame, &order);
    if (!rc) *step_r = order.step;
    return rc;
}

static int out_of_order(void)
{
    return xlgpu_fail(XLGPU_FAILED, "layout",
                      "install the same version of xl-gpu on both",
                      "a step came out of its order");
}

static int change(struct changing *c)
{
    enum xlgpu_pool_step step = XLGPU_POOL_UNDO;
    int rc = next_step(c, &step);

    /* It went away, or another host can't have it. */
    if (rc || step == XLGPU_POOL_UNDO || c->order.dry_run) return rc;
    rc = step == XLGPU_POOL_SET ? set(c) : out_of_order();
    if (!rc) rc = next_step(c, &step);
    if (rc || step == XLGPU_POOL_UNDO) return rc;
    if (step != XLGPU_POOL_KEEP) return out_of_order();
    c->n_set = 0;
    return XLGPU_OK;
}

int xlgpu_pool_serve_layout(struct xlgpu_channel *ch,
                            const struct xlgpu_frame *frame, bool *left_r)
{
    struct changing c = { .ch = ch, .host.layout_lock = -1 };
    bool opened;
    int rc, undone;

    rc = read_order(frame, &c.order);
    if (!rc && c.order.step != XLGPU_POOL_PLAN) rc = out_of_order();
    opened = !rc;
    if (!rc) rc = plan(&c);
    if (!rc) {
        rc = change(&c);
        undone = undo(&c);
        *left_r = undone;
        if (!rc) rc = undone;
        if (!rc) rc = tell(&c);
    }
    if (opened) xlgpu_host_close(&c.host);
    xlgpu_layout_dispose(&c.before);
    xlgpu_pool_changes_dispose(&c.changes);
    free(c.gpu);
    free(c.old);
    return rc;
}
