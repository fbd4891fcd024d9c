/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-layout. The JSON document is described in xl-gpu(8). */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/layout.h"
#include "emit.h"

#define HEADING "GPU          Desired Running State"

static const char *state_of(const struct xlgpu_host *host,
                            const struct xlgpu_gpu *gpu,
                            const struct xlgpu_desired *desired)
{
    if (!gpu) return "absent";
    if (desired && !xlgpu_layout_is_of(desired, gpu)) return "another GPU";
    if (!desired && gpu->count) return "not desired";
    return xlgpu_layout_is(host, gpu, desired) ? "as desired" : "differs";
}

static void emit_number_or_null(struct xlgpu_emit *e, const char *key,
                                uint64_t value)
{
    if (value)
        xlgpu_emit_number(e, key, XLGPU_JSON_ONLY, value);
    else
        xlgpu_emit_null(e, key, XLGPU_JSON_ONLY);
}

/* One of the two may be NULL. */
static void emit_row(struct xlgpu_emit *e, const struct xlgpu_host *host,
                     struct xlgpu_bdf gpu_bdf, const struct xlgpu_gpu *gpu,
                     const struct xlgpu_desired *desired)
{
    static const struct xlgpu_resources none;
    const struct xlgpu_resources *each = desired ? &desired->each : &none;
    char bdf[XLGPU_BDF_LEN];

    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "bdf", -12, xlgpu_bdf_format(gpu_bdf, bdf));
    xlgpu_emit_number(e, "desired_count", 7, desired ? desired->count : 0);
    if (gpu)
        xlgpu_emit_number(e, "running_count", 7, gpu->count);
    else
        xlgpu_emit_null(e, "running_count", 7);
    xlgpu_emit_string(e, "state", -1, state_of(host, gpu, desired));
    emit_number_or_null(e, "memory", each->memory);
    emit_number_or_null(e, "exec_quantum_ms", each->exec_quantum_ms);
    emit_number_or_null(e, "preempt_timeout_us", each->preempt_timeout_us);
    xlgpu_emit_row_end(e);
}

static int print_layout(const struct xlgpu_host *host,
                        const struct xlgpu_layout *layout, bool changed,
                        bool json)
{
    struct xlgpu_emit *e = xlgpu_emit_open(json);
    const struct xlgpu_gpu *gpu;
    size_t i;

    xlgpu_emit_list_begin(e, "gpus", HEADING);
    for (gpu = host->inventory.gpu;
         gpu < host->inventory.gpu + host->inventory.n; gpu++)
        emit_row(e, host, gpu->bdf, gpu,
                 xlgpu_desired_find(layout, gpu->bdf));
    for (i = 0; i < layout->n; i++)
        if (!xlgpu_inventory_find(&host->inventory, layout->gpu[i].gpu))
            emit_row(e, host, layout->gpu[i].gpu, NULL, &layout->gpu[i]);
    xlgpu_emit_list_end(e);
    xlgpu_emit_bool(e, "changed", changed);
    return xlgpu_emit_close(e);
}

/* What can't be applied is said, and does not stop the rest. The text says
 * what is done; JSON is one document. *changed_r: it was, or in a dry run
 * would be. */
static int apply_all(struct xlgpu_host *host,
                     const struct xlgpu_layout *layout, bool json,
                     bool *changed_r)
{
    const struct xlgpu_desired *d;
    const struct xlgpu_gpu *gpu;
    int rc, first = XLGPU_OK;
    char bdf[XLGPU_BDF_LEN];
    bool there;

    for (d = layout->gpu; d < layout->gpu + layout->n; d++) {
        gpu = xlgpu_inventory_find(&host->inventory, d->gpu);
        there = gpu && xlgpu_layout_is(host, gpu, d);
        rc = xlgpu_layout_apply(host, d);
        if (!rc && !there) *changed_r = true;
        if (!rc && !there && !json)
            printf("%s: %s%u partitions\n", xlgpu_bdf_format(d->gpu, bdf),
                   host->dry_run ? "would have " : "", d->count);
        if (!first) first = rc;
    }
    return first;
}

int main_layout(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "apply", no_argument, NULL, 'a' }, { NULL, 0, NULL, 0 },
    };
    struct xlgpu_layout layout = { 0 };
    struct xlgpu_host host = { 0 };
    bool apply = false, json = false, changed = false;
    int opt, rc, applied = XLGPU_OK;

    while ((opt = xlgpu_getopt_long(argc, argv, "nj", options)) != -1) {
        if (opt == 'n') globals.dry_run = true;
        if (opt == 'j') json = true;
        if (opt == 'a') apply = true;
    }
    if (argc != optind) return xlgpu_usage(argv[0]);

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout = apply && !globals.dry_run,
                                    .dry_run = globals.dry_run,
                                    .verbose = globals.verbose });
    if (!rc) rc = xlgpu_desired_read(&layout);
    if (!rc && apply) applied = apply_all(&host, &layout, json, &changed);
    if (!rc) rc = print_layout(&host, &layout, changed, json);
    xlgpu_layout_dispose(&layout);
    xlgpu_host_close(&host);
    return applied ? applied : rc;
}
