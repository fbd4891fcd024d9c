/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <stdlib.h>

#include "alloc.h"
#include "json.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const char *const step_word[] = {
    [XLGPU_POOL_PLAN] = "plan",
    [XLGPU_POOL_SET] = "set",
    [XLGPU_POOL_KEEP] = "keep",
    [XLGPU_POOL_UNDO] = "undo",
};

/* ---- What is asked for ---- */

char *xlgpu_pool_order_json(const struct xlgpu_pool_order *order)
{
    const struct xlgpu_resources *each = &order->want.each;
    yajl_gen g = xlgpu_gen_open();

    xlgpu_gen_string(g, "step", step_word[order->step]);
    if (order->step == XLGPU_POOL_PLAN) {
        xlgpu_gen_number(g, "count", order->want.count);
        xlgpu_gen_number(g, "memory", each->memory);
        xlgpu_gen_number(g, "exec_quantum_ms", each->exec_quantum_ms);
        xlgpu_gen_number(g, "preempt_timeout_us", each->preempt_timeout_us);
        xlgpu_gen_bool(g, "dry_run", order->dry_run);
    }
    return xlgpu_gen_close(g);
}

static void read_plan(struct xlgpu_json *j, struct xlgpu_pool_order *order)
{
    struct xlgpu_resources *each = &order->want.each;

    order->want.count = xlgpu_json_number(j, j->root, "count", 0xffff);
    each->memory = xlgpu_json_number(j, j->root, "memory", INT64_MAX);
    each->exec_quantum_ms = xlgpu_json_number(j, j->root, "exec_quantum_ms",
                                              UINT32_MAX);
    each->preempt_timeout_us =
        xlgpu_json_number(j, j->root, "preempt_timeout_us", UINT32_MAX);
    order->dry_run = xlgpu_json_bool(j, j->root, "dry_run");
}

char *xlgpu_pool_order_parse(const char *text, struct xlgpu_pool_order *order)
{
    struct xlgpu_json j;

    *order = (struct xlgpu_pool_order){ 0 };
    xlgpu_json_parse(&j, text);
    if (!j.why)
        order->step = xlgpu_json_word(&j, j.root, "step", step_word,
                                      N(step_word));
    if (!j.why && order->step == XLGPU_POOL_PLAN) read_plan(&j, order);
    return xlgpu_json_end(&j);
}

/* ---- What is so ---- */

char *xlgpu_pool_changes_json(const struct xlgpu_pool_changes *changes)
{
    yajl_gen g = xlgpu_gen_open();
    const struct xlgpu_pool_change *c;
    char bdf[XLGPU_BDF_LEN];

    xlgpu_gen_list(g, "gpus");
    for (c = changes->gpu; c < changes->gpu + changes->n; c++) {
        xlgpu_gen_object(g, NULL);
        xlgpu_gen_string(g, "bdf", xlgpu_bdf_format(c->bdf, bdf));
        xlgpu_gen_number(g, "before", c->before);
        xlgpu_gen_number(g, "count", c->count);
        xlgpu_gen_bool(g, "changed", c->changed);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    return xlgpu_gen_close(g);
}

static void read_change(struct xlgpu_json *j, yajl_val o,
                        struct xlgpu_pool_change *c)
{
    c->bdf = xlgpu_json_bdf(j, o, "bdf");
    c->before = xlgpu_json_number(j, o, "before", 0xffff);
    c->count = xlgpu_json_number(j, o, "count", 0xffff);
    c->changed = xlgpu_json_bool(j, o, "changed");
}

char *xlgpu_pool_changes_parse(const char *text,
                               struct xlgpu_pool_changes *changes)
{
    struct xlgpu_json j;
    yajl_val *entry;
    size_t i, n = 0;

    *changes = (struct xlgpu_pool_changes){ 0 };
    xlgpu_json_parse(&j, text);
    entry = j.why ? NULL : xlgpu_json_array(&j, j.root, "gpus",
                                            XLGPU_POOL_GPUS_MAX, &n);
    changes->gpu = xlgpu_zalloc(n, sizeof(*changes->gpu));
    for (i = 0; i < n; i++)
        read_change(&j, xlgpu_json_entry(&j, entry[i], "gpus"),
                    &changes->gpu[changes->n++]);
    return xlgpu_json_end(&j);
}

void xlgpu_pool_changes_dispose(struct xlgpu_pool_changes *changes)
{
    free(changes->gpu);
    *changes = (struct xlgpu_pool_changes){ 0 };
}
