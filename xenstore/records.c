/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has what: the records of partitions and of whole GPUs. */
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

/* ---- One record ---- */

static bool read_rest(struct xlgpu_store *s, const char *dir,
                      struct xlgpu_record *r)
{
    xlgpu_node_string(s, dir, "uuid", r->uuid, sizeof(r->uuid));
    xlgpu_node_string(s, dir, "reason", r->reason, sizeof(r->reason));
    xlgpu_node_string(s, dir, "driver", r->driver, sizeof(r->driver));
    r->owner = xlgpu_node_owner(s, dir, "owner");
    r->expires = xlgpu_node_number(s, dir, "expires", 0);
    r->vslot = xlgpu_node_number(s, dir, "vslot", 0);
    r->hot_plugged = xlgpu_node_number(s, dir, "hot-plugged", 0);
    r->absent_since = xlgpu_node_number(s, dir, "absent-since", 0);
    return true;
}

bool xlgpu_record_read(struct xlgpu_store *s, struct xlgpu_record *r)
{
    char *dir = xlgpu_store_dir(r->gpu, r->index);
    char *bdf = xlgpu_node_read(s, dir, "bdf");
    char *state = xlgpu_node_read(s, dir, "state");
    bool ok;

    *r = (struct xlgpu_record){ .gpu = r->gpu, .index = r->index };
    ok = bdf && xlgpu_bdf_parse(bdf, &r->bdf) && state &&
         xlgpu_partition_state_parse(state, &r->state) &&
         (r->state == XLGPU_FREE || read_rest(s, dir, r));
    free(state);
    free(bdf);
    free(dir);
    return ok;
}

static bool index_write(struct xlgpu_store *s, const struct xlgpu_record *r)
{
    char name[XLGPU_BDF_LEN];

    return !*r->uuid || r->index == XLGPU_WHOLE ||
           xlgpu_node_write(s, XLGPU_STORE_ROOT "/guest", r->uuid, "%s/%u",
                            xlgpu_store_name(r->gpu, name), r->index);
}

bool xlgpu_record_index_remove(struct xlgpu_store *s, const char *uuid)
{
    return !*uuid || xlgpu_node_remove(s, XLGPU_STORE_ROOT "/guest", uuid);
}

/* The GPU's states, one letter a partition, are what placement reads. */
static bool states_write(struct xlgpu_store *s, const struct xlgpu_record *r)
{
    char *dir = xlgpu_store_gpu_dir(r->gpu);
    char *states = xlgpu_node_read(s, dir, "states");
    bool ok = states && r->index < strlen(states);

    if (ok) {
        states[r->index] = xlgpu_partition_state_letter(r->state);
        ok = xlgpu_node_write(s, dir, "states", "%s", states);
    }
    free(states);
    free(dir);
    return ok;
}

static bool fields_write(struct xlgpu_store *s, const char *dir,
                         const struct xlgpu_record *r)
{
    char bdf[XLGPU_BDF_LEN];

    return xlgpu_node_write(s, dir, "bdf", "%s",
                            xlgpu_bdf_format(r->bdf, bdf)) &&
           xlgpu_node_write(s, dir, "state", "%s",
                            xlgpu_partition_state_string(r->state)) &&
           (!*r->uuid || xlgpu_node_write(s, dir, "uuid", "%s", r->uuid)) &&
           (!*r->driver ||
            xlgpu_node_write(s, dir, "driver", "%s", r->driver)) &&
           (!*r->reason ||
            xlgpu_node_write(s, dir, "reason", "%s", r->reason)) &&
           (!r->owner.pid ||
            xlgpu_node_write_owner(s, dir, "owner", &r->owner)) &&
           (!r->expires || xlgpu_node_write(s, dir, "expires", "%lld",
                                            (long long)r->expires)) &&
           (!r->vslot ||
            xlgpu_node_write(s, dir, "vslot", "%u", r->vslot)) &&
           (!r->hot_plugged ||
            xlgpu_node_write(s, dir, "hot-plugged", "1")) &&
           (!r->absent_since ||
            xlgpu_node_write(s, dir, "absent-since", "%lld",
                             (long long)r->absent_since));
}

/* A GPU that nobody has as a whole has no record, and if it has nothing else
 * no directory. */
static bool whole_remove(struct xlgpu_store *s, struct xlgpu_bdf gpu)
{
    char *dir = xlgpu_store_gpu_dir(gpu), **node;
    bool ok = xlgpu_node_remove(s, dir, "whole");
    unsigned int n;

    node = xs_directory(s->xs, s->t, dir, &n);
    if (node && !n) ok = ok && xs_rm(s->xs, s->t, dir);
    free(node);
    free(dir);
    return ok;
}

bool xlgpu_record_write(struct xlgpu_store *s, const struct xlgpu_record *r)
{
    bool whole = r->index == XLGPU_WHOLE, ok;
    char *dir;

    if (whole && r->state == XLGPU_FREE) return whole_remove(s, r->gpu);

    dir = xlgpu_store_dir(r->gpu, r->index);
    ok = (xs_rm(s->xs, s->t, dir) || errno == ENOENT) &&
         fields_write(s, dir, r) && (whole || states_write(s, r)) &&
         index_write(s, r);
    free(dir);
    return ok;
}

/* ---- All ---- */

static void add_record(struct xlgpu_records *records,
                       const struct xlgpu_record *r)
{
    records->record = xlgpu_realloc(records->record, records->n + 1,
                                    sizeof(*r));
    records->record[records->n++] = *r;
}

void xlgpu_records_read(struct xlgpu_store *s, struct xlgpu_bdf gpu,
                        struct xlgpu_records *records)
{
    struct xlgpu_record r = { .gpu = gpu, .index = XLGPU_WHOLE };
    char *dir = xlgpu_store_gpu_dir(gpu), **index, *path;
    unsigned int i, n;

    if (xlgpu_record_read(s, &r)) add_record(records, &r);

    path = xlgpu_asprintf("%s/partition", dir);
    index = xs_directory(s->xs, s->t, path, &n);
    for (i = 0; index && i < n; i++)
        if (xlgpu_store_index_parse(index[i], &r.index) &&
            xlgpu_record_read(s, &r))
            add_record(records, &r);
    free(index);
    free(path);
    free(dir);
}

struct listing {
    struct xlgpu_bdf gpu;
    struct xlgpu_records *records;
    size_t n; /* of the GPUs before */
};

static int list_body(struct xlgpu_store *s, void *arg)
{
    struct listing *l = arg;

    l->records->n = l->n;
    xlgpu_records_read(s, l->gpu, l->records);
    return XLGPU_OK;
}

/* xenstored searches all that a transaction has touched at each request. */
int xlgpu_store_list(struct xlgpu_store *store, struct xlgpu_records *records)
{
    struct listing l = { .records = records };
    int rc = XLGPU_OK;
    unsigned int i, n;
    char **gpu;

    *records = (struct xlgpu_records){ 0 };
    gpu = xs_directory(store->xs, XBT_NULL, XLGPU_STORE_ROOT "/device", &n);
    if (!gpu)
        return errno == ENOENT ? XLGPU_OK
                               : xlgpu_store_error("can't list GPUs");

    for (i = 0; !rc && i < n; i++) {
        l.n = records->n;
        if (xlgpu_store_name_parse(gpu[i], &l.gpu))
            rc = xlgpu_store_transact(store, list_body, &l);
    }
    free(gpu);
    return rc;
}

void xlgpu_records_dispose(struct xlgpu_records *records)
{
    free(records->record);
    *records = (struct xlgpu_records){ 0 };
}

const struct xlgpu_record *xlgpu_records_find(
    const struct xlgpu_records *records, struct xlgpu_bdf gpu,
    unsigned int index)
{
    const struct xlgpu_record *r;

    for (r = records->record; r < records->record + records->n; r++)
        if (r->index == index && xlgpu_bdf_equal(r->gpu, gpu)) return r;
    return NULL;
}

const struct xlgpu_record *xlgpu_records_find_uuid(
    const struct xlgpu_records *records, const char *uuid)
{
    const struct xlgpu_record *r;

    for (r = records->record; r < records->record + records->n; r++)
        if (r->index != XLGPU_WHOLE && !strcmp(r->uuid, uuid)) return r;
    return NULL;
}

const struct xlgpu_record *xlgpu_records_find_whole(
    const struct xlgpu_records *records, const char *uuid,
    const struct xlgpu_bdf *gpu)
{
    const struct xlgpu_record *r;

    for (r = records->record; r < records->record + records->n; r++)
        if (r->index == XLGPU_WHOLE && !strcmp(r->uuid, uuid) &&
            (!gpu || xlgpu_bdf_equal(r->gpu, *gpu)))
            return r;
    return NULL;
}

bool xlgpu_records_match(const struct xlgpu_records *records,
                         const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_record *r;
    unsigned int n = 0;

    for (r = records->record; r < records->record + records->n; r++) {
        if (!xlgpu_bdf_equal(r->gpu, gpu->bdf) || r->index == XLGPU_WHOLE)
            continue;
        if (r->index >= gpu->count ||
            !xlgpu_bdf_equal(r->bdf, gpu->partition[r->index].bdf))
            return false;
        n++;
    }
    return n == gpu->count;
}

/* ---- Changes ---- */

struct finding {
    const char *uuid;
    struct xlgpu_record *record;
};

static int find_body(struct xlgpu_store *s, void *arg)
{
    const struct finding *f = arg;
    char *value, *slash;
    bool found = false;

    value = xlgpu_node_read(s, XLGPU_STORE_ROOT "/guest", f->uuid);
    slash = value ? strchr(value, '/') : NULL;
    if (slash) {
        *slash = '\0';
        found = xlgpu_store_name_parse(value, &f->record->gpu) &&
                xlgpu_store_index_parse(slash + 1, &f->record->index) &&
                xlgpu_record_read(s, f->record) &&
                !strcmp(f->record->uuid, f->uuid);
    }
    free(value);
    return found ? XLGPU_OK : XLGPU_NOT_FOUND;
}

int xlgpu_store_find(struct xlgpu_store *store, const char *uuid,
                     struct xlgpu_record *record_r)
{
    struct finding f = { uuid, record_r };

    return xlgpu_store_transact(store, find_body, &f);
}

/* Rule 3: a GPU is whole or partitioned, and nothing while it changes. */
static bool is_reservable(struct xlgpu_store *s, const struct xlgpu_record *r)
{
    struct xlgpu_record whole = { .gpu = r->gpu, .index = XLGPU_WHOLE };
    char *dir = xlgpu_store_gpu_dir(r->gpu);
    bool ok = !xlgpu_node_owner(s, dir, "changing").pid &&
              !xlgpu_record_read(s, &whole) &&
              (r->index != XLGPU_WHOLE ||
               xlgpu_node_number(s, dir, "count", 0) == 0);

    free(dir);
    return ok;
}

static int reserve_body(struct xlgpu_store *s, void *arg)
{
    struct xlgpu_record *r = arg, now = { .gpu = r->gpu, .index = r->index };
    char *guest;
    bool has_one;

    if (!is_reservable(s, r)) return XLGPU_NO_ROOM;
    if (r->index != XLGPU_WHOLE) {
        if (!xlgpu_record_read(s, &now) || now.state != XLGPU_FREE)
            return XLGPU_NO_ROOM;
        r->bdf = now.bdf;

        guest = xlgpu_node_read(s, XLGPU_STORE_ROOT "/guest", r->uuid);
        has_one = guest;
        free(guest);
        if (has_one) return XLGPU_IN_USE;
    }
    if (!xlgpu_store_make_root(s) || !xlgpu_record_write(s, r))
        return xlgpu_body_error(s, "can't write a reservation");
    return XLGPU_OK;
}

int xlgpu_store_reserve(struct xlgpu_store *store, struct xlgpu_record *record)
{
    return xlgpu_store_transact(store, reserve_body, record);
}

static bool same(const struct xlgpu_record *a, const struct xlgpu_record *b)
{
    return a->state == b->state && !strcmp(a->uuid, b->uuid) &&
           a->owner.pid == b->owner.pid && a->owner.start == b->owner.start &&
           xlgpu_bdf_equal(a->bdf, b->bdf) &&
           a->absent_since == b->absent_since;
}

struct replacement {
    const struct xlgpu_record *from, *to;
    uint32_t domid; /* of the guest that must have the device; 0: any */
};

static int replace_body(struct xlgpu_store *s, void *arg)
{
    const struct replacement *rep = arg;
    struct xlgpu_record now = { .gpu = rep->from->gpu,
                                .index = rep->from->index };

    if (xlgpu_record_read(s, &now) ? !same(&now, rep->from)
                                   : rep->from->index != XLGPU_WHOLE ||
                                     rep->from->state != XLGPU_FREE)
        return XLGPU_IN_USE;
    if (rep->domid && xlgpu_note_read(s, rep->to->bdf) != rep->domid)
        return XLGPU_IN_USE;

    if ((rep->from->index != XLGPU_WHOLE &&
         !xlgpu_record_index_remove(s, rep->from->uuid)) ||
        !xlgpu_record_write(s, rep->to))
        return xlgpu_body_error(s, "can't write a record");
    return XLGPU_OK;
}

int xlgpu_store_replace(struct xlgpu_store *store,
                        const struct xlgpu_record *from,
                        const struct xlgpu_record *to)
{
    struct replacement rep = { from, to, 0 };

    return xlgpu_store_transact(store, replace_body, &rep);
}

int xlgpu_store_adopt(struct xlgpu_store *store,
                      const struct xlgpu_record *from,
                      const struct xlgpu_record *to, uint32_t domid)
{
    struct replacement rep = { from, to, domid };

    return xlgpu_store_transact(store, replace_body, &rep);
}
