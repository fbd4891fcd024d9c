/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

/* How far the best GPU came: the reason to give is the last hurdle. */
enum hurdle { NO_ROOM, NO_GPU, NO_GROUP, NO_MODEL, NO_MEMORY, TAKEN,
              ALL_TAKEN };

static const struct {
    const char *why, *remedy;
} outcome[] = {
    [NO_ROOM] = { "no GPU is partitioned",
                  "partition one with xl gpu-partition" },
    [NO_GPU] = { "that GPU is not partitioned",
                 "xl gpu-list shows those that are" },
    [NO_GROUP] = { "no GPU of that group is partitioned",
                   "see groups in gpu.conf, and xl gpu-list" },
    [NO_MODEL] = { "no GPU of that model is partitioned",
                   "xl gpu-list shows the models" },
    [NO_MEMORY] = { "no partition has that memory",
                    "xl gpu-list -l shows what each has" },
    [TAKEN] = { "its GPU is just being changed, or held as a whole",
                   "try again, or after xl gpu-recover" },
    [ALL_TAKEN] = { "there is no room, no partition is free",
                    "end a guest that has one, or see xl gpu-list -l" },
};

void xlgpu_rooms_dispose(struct xlgpu_rooms *rooms)
{
    size_t i;

    for (i = 0; i < rooms->n; i++) free(rooms->room[i].state);
    free(rooms->room);
    *rooms = (struct xlgpu_rooms){ 0 };
}

static enum hurdle hurdle(const struct xlgpu_room *room,
                          const struct xlgpu_spec *spec)
{
    if (!spec->any_gpu && !xlgpu_bdf_equal(spec->gpu, room->gpu))
        return NO_GPU;
    if (*spec->group && strcmp(spec->group, room->group)) return NO_GROUP;
    if (*spec->model && strcmp(spec->model, room->model)) return NO_MODEL;
    if (!xlgpu_spec_has_memory(spec, room->memory)) return NO_MEMORY;
    return room->taken ? TAKEN : ALL_TAKEN;
}

static bool was_tried(const struct xlgpu_wish *wish, struct xlgpu_bdf gpu,
                      unsigned int index)
{
    size_t i;

    for (i = 0; i < wish->n_tried; i++)
        if (wish->tried[i].index == index &&
            xlgpu_bdf_equal(wish->tried[i].gpu, gpu))
            return true;
    return false;
}

/* How many the guest could get here, and the first of them. */
static unsigned int usable(const struct xlgpu_room *room,
                           const struct xlgpu_wish *wish,
                           unsigned int *first_r)
{
    unsigned int i, n = 0;

    for (i = 0; i < room->count; i++) {
        if (room->state[i] != XLGPU_FREE ||
            (wish->one_index && i != wish->index) ||
            was_tried(wish, room->gpu, i))
            continue;
        if (!n++) *first_r = i;
    }
    return n;
}

static bool is_local(const struct xlgpu_room *room,
                     const struct xlgpu_wish *wish)
{
    return wish->numa_node >= 0 && room->numa_node == wish->numa_node;
}

/* Whether a room with n usable partitions is better than the best so far. */
static bool is_better(const struct xlgpu_room *room, unsigned int n,
                      const struct xlgpu_room *best, unsigned int best_n,
                      const struct xlgpu_wish *wish)
{
    if (!best) return true;
    if (is_local(room, wish) != is_local(best, wish))
        return is_local(room, wish);
    if (n != best_n)
        return wish->placement == XLGPU_DEPTH_FIRST ? n < best_n : n > best_n;
    return xlgpu_bdf_compare(room->gpu, best->gpu) < 0;
}

enum xlgpu_status xlgpu_place(const struct xlgpu_rooms *rooms,
                              const struct xlgpu_wish *wish,
                              struct xlgpu_place *place)
{
    enum hurdle h, furthest = wish->spec->any_gpu ? NO_ROOM : NO_GPU;
    const struct xlgpu_room *room, *best = NULL;
    unsigned int n, index = 0, best_n = 0;

    for (room = rooms->room; room < rooms->room + rooms->n; room++) {
        h = hurdle(room, wish->spec);
        if (h > furthest) furthest = h;
        n = h == ALL_TAKEN ? usable(room, wish, &index) : 0;
        if (!n || !is_better(room, n, best, best_n, wish)) continue;
        best = room;
        best_n = n;
        *place = (struct xlgpu_place){ .gpu = room->gpu, .index = index };
    }
    if (best) return XLGPU_OK;

    *place = (struct xlgpu_place){ .why = outcome[furthest].why,
                                   .remedy = outcome[furthest].remedy };
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
