/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "place.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"

/* How far the best GPU came: the reason to give is the last hurdle. */
enum hurdle { NO_GPU, NO_MODEL, NOT_PARTITIONED, NO_MEMORY, ALL_TAKEN };

static const struct {
    const char *why, *remedy;
} outcome[] = {
    [NO_GPU] = { "no such GPU on this host",
                 "xl gpu-list shows those that there are" },
    [NO_MODEL] = { "no GPU of that model is on this host",
                   "xl gpu-list shows the models" },
    [NOT_PARTITIONED] = { "no GPU is partitioned",
                          "partition one with xl gpu-partition" },
    [NO_MEMORY] = { "no partition has that memory",
                    "xl gpu-list -l shows what each has" },
    [ALL_TAKEN] = { "there is no room, no partition is free",
                    "end a guest that has one, or see xl gpu-list -l" },
};

static enum hurdle hurdle(const struct xlgpu_gpu *gpu,
                          const struct xlgpu_spec *spec)
{
    if (!spec->any_gpu && !xlgpu_bdf_equal(spec->gpu, gpu->bdf)) return NO_GPU;
    if (*spec->model && strcmp(spec->model, gpu->model)) return NO_MODEL;
    if (xlgpu_gpu_state(gpu) != XLGPU_GPU_PARTITIONED) return NOT_PARTITIONED;
    if (spec->memory && spec->memory != xlgpu_partition_memory(gpu))
        return NO_MEMORY;
    return ALL_TAKEN;
}

enum xlgpu_status xlgpu_place(const struct xlgpu_inventory *inv,
                              const struct xlgpu_spec *spec,
                              xlgpu_is_free_fn *is_free, void *arg,
                              struct xlgpu_placement *placement)
{
    enum hurdle h, best = spec->any_gpu ? NOT_PARTITIONED : NO_GPU;
    const struct xlgpu_gpu *gpu;
    unsigned int i;

    if (spec->any_gpu && *spec->model) best = NO_MODEL;

    for (gpu = inv->gpu; gpu < inv->gpu + inv->n; gpu++) {
        h = hurdle(gpu, spec);
        if (h > best) best = h;
        for (i = 0; h == ALL_TAKEN && i < gpu->count; i++) {
            if (!is_free(gpu, i, arg)) continue;
            *placement = (struct xlgpu_placement){ .gpu = gpu, .index = i };
            return XLGPU_OK;
        }
    }

    *placement = (struct xlgpu_placement){ .why = outcome[best].why,
                                           .remedy = outcome[best].remedy };
    return XLGPU_NO_ROOM;
}

static char *valid_counts(const struct xlgpu_gpu *gpu)
{
    char list[256] = "";
    size_t i, used = 0;

    for (i = 0; i < gpu->n_valid && used < sizeof(list) - 16; i++)
        used += snprintf(list + used, sizeof(list) - used, "%s%u",
                         i ? ", " : "", gpu->valid[i]);
    return xlgpu_asprintf("valid counts are %s%s", list,
                          i < gpu->n_valid ? ", …" : "");
}

enum xlgpu_status xlgpu_count_check(const struct xlgpu_gpu *gpu,
                                    unsigned int count, char **why_r,
                                    char **remedy_r)
{
    size_t i;

    *why_r = *remedy_r = NULL;
    switch (xlgpu_gpu_state(gpu)) {
    case XLGPU_GPU_PASSTHROUGH:
        *why_r = xlgpu_strdup("it is assigned, or assignable, as a whole");
        *remedy_r = xlgpu_strdup("take it back with "
                                 "xl pci-assignable-remove -r");
        return XLGPU_UNABLE;
    case XLGPU_GPU_UNAVAILABLE:
        *why_r = xlgpu_strdup(*gpu->driver ? "its driver offers no partitions"
                                           : "no driver is bound to it");
        *remedy_r = xlgpu_strdup("load a PF driver with SR-IOV, and enable "
                                 "SR-IOV in the firmware");
        return XLGPU_UNABLE;
    case XLGPU_GPU_UNPARTITIONED:
    case XLGPU_GPU_PARTITIONED:
        break;
    }

    for (i = 0; i < gpu->n_valid; i++)
        if (gpu->valid[i] == count) return XLGPU_OK;

    *why_r = xlgpu_asprintf("%u partitions is not a valid count", count);
    *remedy_r = valid_counts(gpu);
    return XLGPU_UNABLE;
}
