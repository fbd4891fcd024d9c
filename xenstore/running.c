/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running layout: how each GPU is partitioned now. */
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

struct layout {
    const struct xlgpu_gpu *gpu;
    uint64_t memory;
};

/* What placement reads of the GPU, but for the states. */
static bool gpu_write(struct xlgpu_store *s, const struct layout *l)
{
    const struct xlgpu_gpu *gpu = l->gpu;
    char *dir = xlgpu_store_gpu_dir(gpu->bdf);
    bool ok = xlgpu_node_write(s, dir, "count", "%u", gpu->count) &&
              xlgpu_node_write(s, dir, "model", "%s", gpu->model) &&
              xlgpu_node_write(s, dir, "memory", "%llu",
                               (unsigned long long)l->memory) &&
              xlgpu_node_write(s, dir, "numa-node", "%ld", gpu->numa_node);

    free(dir);
    return ok;
}

/* All of it, with every partition free. */
static bool layout_write(struct xlgpu_store *s, const struct layout *l)
{
    const struct xlgpu_gpu *gpu = l->gpu;
    struct xlgpu_record r = { .gpu = gpu->bdf };
    char *dir = xlgpu_store_gpu_dir(gpu->bdf);
    char *states = xlgpu_zalloc(gpu->count + 1, 1);
    bool ok;

    memset(states, xlgpu_partition_state_letter(XLGPU_FREE), gpu->count);
    ok = gpu_write(s, l) && xlgpu_node_write(s, dir, "states", "%s", states);
    for (; ok && r.index < gpu->count; r.index++) {
        r.bdf = gpu->partition[r.index].bdf;
        ok = xlgpu_record_write(s, &r);
    }
    free(states);
    free(dir);
    return ok;
}

static bool forget_guests(struct xlgpu_store *s,
                          const struct xlgpu_records *records,
                          const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_record *r;

    for (r = records->record; r < records->record + records->n; r++)
        if (r->index != XLGPU_WHOLE && xlgpu_bdf_equal(r->gpu, gpu->bdf) &&
            !xlgpu_record_index_remove(s, r->uuid))
            return false;
    return true;
}

/* All of the GPU's directory, but who holds it as a whole. */
static bool layout_remove(struct xlgpu_store *s, const struct xlgpu_gpu *gpu,
                          bool keep)
{
    static const char *const nodes[] = { "changing", "count",     "model",
                                         "memory",   "numa-node", "states",
                                         "partition" };
    char name[XLGPU_BDF_LEN], *dir;
    bool ok = true;
    size_t i;

    if (!keep)
        return xlgpu_node_remove(s, XLGPU_STORE_ROOT "/device",
                                 xlgpu_store_name(gpu->bdf, name));
    dir = xlgpu_store_gpu_dir(gpu->bdf);
    for (i = 0; ok && i < sizeof(nodes) / sizeof(nodes[0]); i++)
        ok = xlgpu_node_remove(s, dir, nodes[i]);
    free(dir);
    return ok;
}

static int layout_body(struct xlgpu_store *s, void *arg)
{
    const struct layout *l = arg;
    struct xlgpu_records records = { 0 };
    struct xlgpu_record whole = { .gpu = l->gpu->bdf, .index = XLGPU_WHOLE };
    char *dir = xlgpu_store_gpu_dir(l->gpu->bdf);
    bool there, keep;
    int rc = XLGPU_OK;

    xlgpu_records_read(s, l->gpu->bdf, &records);

    /* Somebody else may have done it meanwhile, and reserved. */
    there = xlgpu_records_match(&records, l->gpu);
    keep = xlgpu_record_read(s, &whole) || (there && l->gpu->count);
    if (there) {
        if (keep ? !xlgpu_node_remove(s, dir, "changing") ||
                       (l->gpu->count && !gpu_write(s, l))
                 : !layout_remove(s, l->gpu, false))
            rc = xlgpu_body_error(s, "can't write the layout");
        goto out;
    }
    if (!xlgpu_store_make_root(s) || !forget_guests(s, &records, l->gpu) ||
        !layout_remove(s, l->gpu, keep) ||
        (l->gpu->count && !layout_write(s, l)))
        rc = xlgpu_body_error(s, "can't write the layout");
out:
    xlgpu_records_dispose(&records);
    free(dir);
    return rc;
}

int xlgpu_store_set_layout(struct xlgpu_store *store,
                           const struct xlgpu_gpu *gpu, uint64_t memory)
{
    struct layout l = { gpu, memory };

    return xlgpu_store_transact(store, layout_body, &l);
}

static int begin_body(struct xlgpu_store *s, void *arg)
{
    const struct xlgpu_bdf *gpu = arg;
    struct xlgpu_owner self = xlgpu_owner_self();
    char *dir = xlgpu_store_gpu_dir(*gpu);
    bool ok = xlgpu_store_make_root(s) &&
              xlgpu_node_write_owner(s, dir, "changing", &self);

    free(dir);
    return ok ? XLGPU_OK : xlgpu_body_error(s, "can't begin a change");
}

static int end_body(struct xlgpu_store *s, void *arg)
{
    const struct xlgpu_bdf *gpu = arg;
    char *dir = xlgpu_store_gpu_dir(*gpu), **node;
    bool ok = xlgpu_node_remove(s, dir, "changing");
    unsigned int n;

    node = xs_directory(s->xs, s->t, dir, &n);
    if (node && !n) ok = ok && xs_rm(s->xs, s->t, dir);
    free(node);
    free(dir);
    return ok ? XLGPU_OK : xlgpu_body_error(s, "can't end a change");
}

int xlgpu_store_end_change(struct xlgpu_store *store, struct xlgpu_bdf gpu)
{
    return xlgpu_store_transact(store, end_body, &gpu);
}

int xlgpu_store_begin_change(struct xlgpu_store *store, struct xlgpu_bdf gpu)
{
    return xlgpu_store_transact(store, begin_body, &gpu);
}

/* ---- For every GPU of the records ---- */

typedef void each_fn(struct xlgpu_store *s, struct xlgpu_bdf gpu,
                     const char *dir, void *arg);

static int for_each_gpu(struct xlgpu_store *s, each_fn *fn, void *arg)
{
    struct xlgpu_bdf bdf;
    unsigned int i, n;
    char **gpu, *dir;

    gpu = xs_directory(s->xs, s->t, XLGPU_STORE_ROOT "/device", &n);
    if (!gpu)
        return errno == ENOENT ? XLGPU_OK
                               : xlgpu_store_error("can't list GPUs");
    for (i = 0; i < n; i++) {
        if (!xlgpu_store_name_parse(gpu[i], &bdf)) continue;
        dir = xlgpu_store_gpu_dir(bdf);
        fn(s, bdf, dir, arg);
        free(dir);
    }
    free(gpu);
    return XLGPU_OK;
}

struct changes {
    struct xlgpu_change *change;
    size_t n;
};

static void add_change(struct xlgpu_store *s, struct xlgpu_bdf gpu,
                       const char *dir, void *arg)
{
    struct xlgpu_change change = { gpu, xlgpu_node_owner(s, dir, "changing") };
    struct changes *c = arg;

    if (!change.owner.pid) return;
    c->change = xlgpu_realloc(c->change, c->n + 1, sizeof(change));
    c->change[c->n++] = change;
}

int xlgpu_store_changes(struct xlgpu_store *store,
                        struct xlgpu_change **change_r, size_t *n_r)
{
    struct changes c = { 0 };
    int rc = for_each_gpu(store, add_change, &c);

    *change_r = c.change;
    *n_r = c.n;
    return rc;
}

/* One letter a partition. */
static bool states_parse(const char *text, struct xlgpu_room *room)
{
    unsigned int i;

    room->count = strlen(text);
    room->state = xlgpu_zalloc(room->count, sizeof(*room->state));
    for (i = 0; i < room->count; i++)
        if (!xlgpu_partition_state_of_letter(text[i], &room->state[i]))
            return false;
    return room->count;
}

static void add_room(struct xlgpu_store *s, struct xlgpu_bdf gpu,
                     const char *dir, void *arg)
{
    struct xlgpu_record whole = { .gpu = gpu, .index = XLGPU_WHOLE };
    struct xlgpu_room room = { .gpu = gpu };
    struct xlgpu_rooms *rooms = arg;
    char *states = xlgpu_node_read(s, dir, "states");

    if (!states || !states_parse(states, &room)) goto out;
    room.taken = xlgpu_node_owner(s, dir, "changing").pid ||
                 xlgpu_record_read(s, &whole);
    room.memory = xlgpu_node_number(s, dir, "memory", 0);
    room.numa_node = xlgpu_node_number(s, dir, "numa-node", -1);
    xlgpu_node_string(s, dir, "model", room.model, sizeof(room.model));

    rooms->room = xlgpu_realloc(rooms->room, rooms->n + 1, sizeof(room));
    rooms->room[rooms->n++] = room;
    room.state = NULL;
out:
    free(room.state);
    free(states);
}

int xlgpu_store_rooms(struct xlgpu_store *store, struct xlgpu_rooms *rooms)
{
    *rooms = (struct xlgpu_rooms){ 0 };
    return for_each_gpu(store, add_room, rooms);
}
