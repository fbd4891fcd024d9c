/* SPDX-License-Identifier: GPL-2.0-or-later */
/* partition, unpartition, layout, recover: what changes the host's GPUs. */
#include "functions.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cli/layout_print.h"
#include "domain/layout.h"
#include "domain/recover.h"
#include "xenstore/promise.h"

/* ---- partition, unpartition ---- */

static void read_count(const struct xlgpu_rpc_call *call,
                       struct xlgpu_want *want, struct xlgpu_xapi_error *e)
{
    const char *text = xlgpu_rpc_arg(call, "count");

    if (!xlgpu_count_parse(text, &want->count))
        xlgpu_xapi_not_supported(e, "count", text, "it is not a number above "
                                 "0; unpartition makes the GPU whole");
}

/* "KEY=VALUE", as on xl gpu-partition's command line. */
static void read_resources(const struct xlgpu_rpc_call *call,
                           struct xlgpu_want *want,
                           struct xlgpu_xapi_error *e)
{
    static const char *const keys[] = { "memory", "exec_quantum_ms",
                                        "preempt_timeout_us" };
    const char *value;
    char *text, *why;
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        value = xlgpu_rpc_arg(call, keys[i]);
        if (!value) continue;
        text = xlgpu_asprintf("%s=%s", keys[i], value);
        why = xlgpu_resources_request(&want->each, text);
        if (why) xlgpu_xapi_not_supported(e, keys[i], value, why);
        free(why);
        free(text);
    }
}

static void add_vm(struct xlgpu_xapi_error *e, const char *uuid)
{
    size_t i;

    for (i = 1; i < e->n; i++)
        if (!strcmp(e->word[i], uuid)) return;
    if (e->n < XLGPU_XAPI_WORDS_MAX - 1) xlgpu_xapi_error_word(e, uuid);
}

/* Who has any of the GPU; where it is nobody that xapi knows, why not. */
static void in_use(const struct xlgpu_host *host, const struct xlgpu_gpu *gpu,
                   struct xlgpu_xapi_error *e)
{
    const struct xlgpu_record *r;
    struct xlgpu_promise *promise;
    size_t i, n;

    if (e->n) return;
    xlgpu_xapi_error_word(e, "PGPU_IN_USE_BY_VM");
    for (r = host->records.record;
         r < host->records.record + host->records.n; r++)
        if (*r->uuid && xlgpu_bdf_equal(r->gpu, gpu->bdf)) add_vm(e, r->uuid);
    xlgpu_promise_list(&promise, &n);
    for (i = 0; i < n; i++)
        if (xlgpu_bdf_equal(promise[i].gpu, gpu->bdf))
            add_vm(e, promise[i].uuid);
    free(promise);
    if (e->n > 1) {
        xlgpu_xapi_error_said(e);
        return;
    }
    free(e->word[--e->n]);
    xlgpu_xapi_error(e, "OPERATION_NOT_ALLOWED", xlgpu_xapi_said());
}

static void refused(int rc, const struct xlgpu_rpc_call *call,
                    const struct xlgpu_host *host,
                    const struct xlgpu_gpu *gpu, struct xlgpu_xapi_error *e)
{
    const char *count = xlgpu_rpc_arg(call, "count");

    if (rc == XLGPU_IN_USE)
        in_use(host, gpu, e);
    else if ((rc == XLGPU_UNABLE || rc == XLGPU_USAGE) && count)
        xlgpu_xapi_not_supported(e, "count", count, xlgpu_xapi_said());
    else if (rc == XLGPU_UNABLE)
        xlgpu_xapi_error(e, "OPERATION_NOT_ALLOWED", xlgpu_xapi_said());
    else
        xlgpu_xapi_failed(e, call->method);
}

/* As gpu-partition -j. */
static char *change_document(const struct xlgpu_pool_change *change)
{
    struct xlgpu_emit *emit = xlgpu_emit_open(true);

    xlgpu_change_print(emit, change, false);
    return xlgpu_emit_close_json(emit);
}

static char *set_layout(const struct xlgpu_rpc_call *call,
                        const struct xlgpu_want *want,
                        struct xlgpu_xapi_error *e)
{
    struct xlgpu_pool_change c = { .count = want->count };
    struct xlgpu_gpu *gpu;
    struct xlgpu_host host;
    enum xlgpu_need need;
    char *value = NULL;
    int rc;

    if (!xlgpu_xapi_open(call, &host, true, e)) goto out;
    gpu = xlgpu_xapi_gpu(call, &host, e);
    if (!gpu) goto out;

    c.bdf = gpu->bdf;
    c.before = gpu->count;
    rc = xlgpu_layout_check(&host, gpu, want, &need);
    c.changed = need != XLGPU_NEED_NOTHING;
    if (!rc && !host.dry_run) rc = xlgpu_layout_change(&host, gpu, want);
    if (rc)
        refused(rc, call, &host, gpu, e);
    else
        value = change_document(&c);
out:
    xlgpu_host_close(&host);
    return value;
}

char *xlgpu_xapi_partition(const struct xlgpu_rpc_call *call,
                           struct xlgpu_xapi_error *e)
{
    struct xlgpu_want want = { 0 };

    read_count(call, &want, e);
    read_resources(call, &want, e);
    return e->n ? NULL : set_layout(call, &want, e);
}

char *xlgpu_xapi_unpartition(const struct xlgpu_rpc_call *call,
                             struct xlgpu_xapi_error *e)
{
    return set_layout(call, &(struct xlgpu_want){ 0 }, e);
}

/* ---- layout ---- */

/* What can't be applied does not stop the rest; the first is answered. */
static bool apply_all(const struct xlgpu_rpc_call *call,
                      struct xlgpu_host *host,
                      const struct xlgpu_layout *layout,
                      struct xlgpu_xapi_error *e)
{
    const struct xlgpu_desired *d;
    bool needed, changed = false;

    for (d = layout->gpu; d < layout->gpu + layout->n; d++) {
        if (xlgpu_layout_apply(host, d, &needed))
            xlgpu_xapi_failed(e, call->method);
        else
            changed |= needed;
    }
    return changed;
}

char *xlgpu_xapi_layout(const struct xlgpu_rpc_call *call,
                        struct xlgpu_xapi_error *e)
{
    bool apply = xlgpu_xapi_flag(call, "apply", e), changed = false;
    struct xlgpu_layout layout = { 0 };
    struct xlgpu_emit *emit;
    struct xlgpu_host host;
    char *value = NULL;

    if (!xlgpu_xapi_open(call, &host, apply, e)) goto out;
    if (xlgpu_desired_read(&layout))
        xlgpu_xapi_failed(e, call->method);
    else if (apply)
        changed = apply_all(call, &host, &layout, e);
    if (e->n) goto out;

    emit = xlgpu_emit_open(true);
    xlgpu_layout_print(emit, &host, &layout, changed);
    value = xlgpu_emit_close_json(emit);
out:
    xlgpu_layout_dispose(&layout);
    xlgpu_host_close(&host);
    return value;
}

/* ---- recover ---- */

/* As gpu-recover -j. */
static void tell(struct xlgpu_bdf bdf, const char *what, void *arg)
{
    struct xlgpu_emit *emit = arg;
    char text[XLGPU_BDF_LEN];

    xlgpu_emit_row_begin(emit);
    xlgpu_emit_string(emit, "subject", XLGPU_JSON_ONLY,
                      xlgpu_bdf_format(bdf, text));
    xlgpu_emit_string(emit, "action", XLGPU_JSON_ONLY, what);
    xlgpu_emit_row_end(emit);
}

char *xlgpu_xapi_recover(const struct xlgpu_rpc_call *call,
                         struct xlgpu_xapi_error *e)
{
    struct xlgpu_emit *emit;
    struct xlgpu_host host;
    bool changed = false;
    char *value = NULL;

    if (!xlgpu_xapi_open(call, &host, true, e)) goto out;
    emit = xlgpu_emit_open(true);
    xlgpu_emit_list_begin(emit, "settled", NULL);
    if (xlgpu_recover(&host, tell, emit, &changed))
        xlgpu_xapi_failed(e, call->method);
    xlgpu_emit_list_end(emit);
    xlgpu_emit_bool(emit, "changed", changed);
    value = xlgpu_emit_close_json(emit);
out:
    xlgpu_host_close(&host);
    if (!e->n) return value;
    free(value);
    return NULL;
}
