/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON document is described in xl-gpu(8). */
#include "list_print.h"

#include "domain/holder.h"
#include "driver/driver.h"

#define GPU_HEADING \
    "GPU          Model            Driver     Mem(MiB) Held Count  Max State"
#define PARTITION_HEADING \
    "     # Partition    Mem(MiB) State       ID Name             UUID"

struct view {
    const struct xlgpu_host *host;
    struct xlgpu_emit *emit;
    bool partitions;
};

static unsigned int count_state(const struct xlgpu_host *host,
                                const struct xlgpu_gpu *gpu,
                                enum xlgpu_partition_state state)
{
    unsigned int i, n = 0;

    for (i = 0; i < gpu->count; i++)
        n += xlgpu_holder_of(host, gpu, i).state == state;
    return n;
}

static void emit_partition(const struct view *view,
                           const struct xlgpu_gpu *gpu, unsigned int index)
{
    struct xlgpu_holder h = xlgpu_holder_of(view->host, gpu, index);
    struct xlgpu_emit *e = view->emit;
    char bdf[XLGPU_BDF_LEN];

    xlgpu_emit_row_begin(e);
    xlgpu_emit_number(e, "index", 6, index);
    xlgpu_emit_string(e, "bdf", -12,
                      xlgpu_bdf_format(gpu->partition[index].bdf, bdf));
    xlgpu_emit_memory(e, "memory", 8, xlgpu_partition_memory(gpu));
    xlgpu_emit_string(e, "state", -11, xlgpu_partition_state_string(h.state));
    if (h.guest)
        xlgpu_emit_number(e, "domid", 2, h.guest->domid);
    else
        xlgpu_emit_null(e, "domid", 2);
    xlgpu_emit_string(e, "name", -16, h.guest ? h.guest->name : NULL);
    xlgpu_emit_string(e, "uuid", -1, h.uuid);
    xlgpu_emit_string(e, "reason", XLGPU_JSON_ONLY, h.reason);
    xlgpu_emit_row_end(e);
}

/* Who has the GPU as a whole. */
static void emit_whole(const struct view *view, const struct xlgpu_gpu *gpu)
{
    struct xlgpu_holder h = xlgpu_holder_of(view->host, gpu, XLGPU_WHOLE);
    struct xlgpu_emit *e = view->emit;

    if (h.guest)
        xlgpu_emit_number(e, "domid", XLGPU_JSON_ONLY, h.guest->domid);
    else
        xlgpu_emit_null(e, "domid", XLGPU_JSON_ONLY);
    xlgpu_emit_string(e, "name", XLGPU_JSON_ONLY,
                      h.guest ? h.guest->name : NULL);
    xlgpu_emit_string(e, "uuid", XLGPU_JSON_ONLY, h.uuid);
}

static void emit_ids(struct xlgpu_emit *e, const struct xlgpu_gpu *gpu)
{
    xlgpu_emit_pci_ids(e, gpu->vendor, gpu->device, gpu->subvendor,
                       gpu->subdevice);
    xlgpu_emit_bool(e, "console", gpu->console);
    if (gpu->numa_node >= 0)
        xlgpu_emit_number(e, "numa_node", XLGPU_JSON_ONLY, gpu->numa_node);
    else
        xlgpu_emit_null(e, "numa_node", XLGPU_JSON_ONLY);
    xlgpu_emit_numbers(e, "valid_counts", gpu->valid, gpu->n_valid);
}

static void emit_gpu(const struct view *view, const struct xlgpu_gpu *gpu)
{
    struct xlgpu_emit *e = view->emit;
    char bdf[XLGPU_BDF_LEN];
    unsigned int i;

    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "bdf", -12, xlgpu_bdf_format(gpu->bdf, bdf));
    xlgpu_emit_string(e, "model", -16, gpu->model);
    xlgpu_emit_string(e, "driver", -10, *gpu->driver ? gpu->driver : NULL);
    xlgpu_emit_memory(e, "memory", 8, gpu->memory);
    xlgpu_emit_number(e, "held", 4, count_state(view->host, gpu, XLGPU_HELD));
    xlgpu_emit_number(e, "reserved", XLGPU_JSON_ONLY,
                      count_state(view->host, gpu, XLGPU_RESERVED));
    xlgpu_emit_number(e, "partition_count", 5, gpu->count);
    xlgpu_emit_number(e, "partition_max", 4, gpu->max);
    xlgpu_emit_string(e, "state", -1,
                      xlgpu_gpu_state_string(xlgpu_gpu_state(gpu)));
    emit_ids(e, gpu);
    emit_whole(view, gpu);

    if (view->partitions) {
        xlgpu_emit_list_begin(e, "partitions",
                              gpu->count ? PARTITION_HEADING : NULL);
        for (i = 0; i < gpu->count; i++) emit_partition(view, gpu, i);
        xlgpu_emit_list_end(e);
    }
    xlgpu_emit_row_end(e);
}

void xlgpu_list_print(struct xlgpu_emit *e, const struct xlgpu_host *host,
                      const bool *chosen, bool partitions)
{
    struct view view = { host, e, partitions };
    size_t i;

    xlgpu_emit_list_begin(e, "gpus", GPU_HEADING);
    for (i = 0; i < host->inventory.n; i++)
        if (!chosen || chosen[i]) emit_gpu(&view, &host->inventory.gpu[i]);
    xlgpu_emit_list_end(e);
    xlgpu_emit_bool(e, "changed", false);
}
