/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON document is described in xl-gpu(8). */
#include "layout_print.h"

#include "domain/layout.h"

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

void xlgpu_layout_print(struct xlgpu_emit *e, const struct xlgpu_host *host,
                        const struct xlgpu_layout *layout, bool changed)
{
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
}

void xlgpu_change_print(struct xlgpu_emit *e,
                        const struct xlgpu_pool_change *c, bool lost)
{
    char bdf[XLGPU_BDF_LEN];

    xlgpu_emit_string(e, "bdf", XLGPU_JSON_ONLY,
                      xlgpu_bdf_format(c->bdf, bdf));
    xlgpu_emit_number(e, "before", XLGPU_JSON_ONLY, c->before);
    if (lost)
        xlgpu_emit_null(e, "partition_count", XLGPU_JSON_ONLY);
    else
        xlgpu_emit_number(e, "partition_count", XLGPU_JSON_ONLY, c->count);
    xlgpu_emit_bool(e, "changed", c->changed);
}
