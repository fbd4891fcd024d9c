/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "records.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "alloc.h"

#define ROOT "/local/domain/0/gpu"
#define RETRIES_MAX 1000 /* each is another's success */

struct xlgpu_store {
    struct xs_handle *xs;
    xs_transaction_t t;
};

static int io_error(const char *doing)
{
    return xlgpu_fail(XLGPU_FAILED, "xenstore",
                      "see that xenstored runs, and that this is dom0",
                      "%s: %s", doing, strerror(errno));
}

int xlgpu_store_open(struct xlgpu_store **store_r)
{
    struct xs_handle *xs = xs_open(0);

    *store_r = NULL;
    if (!xs) return io_error("can't connect");

    *store_r = xlgpu_zalloc(1, sizeof(**store_r));
    (*store_r)->xs = xs;
    return XLGPU_OK;
}

void xlgpu_store_close(struct xlgpu_store *store)
{
    if (!store) return;
    xs_close(store->xs);
    free(store);
}

/* ---- Nodes, by their paths below ROOT ---- */

/* xenstore allows no colon and no dot in a path: 0000-01-00-0, as libxl. */
static char *gpu_name(struct xlgpu_bdf b, char name[XLGPU_BDF_LEN])
{
    snprintf(name, XLGPU_BDF_LEN, "%04x-%02x-%02x-%x", b.domain, b.bus,
             b.dev & 0x1f, b.fn & 7);
    return name;
}

static bool gpu_name_parse(const char *name, struct xlgpu_bdf *bdf_r)
{
    char bdf[XLGPU_BDF_LEN];

    if (strlen(name) != strlen("0000-01-00-0")) return false;
    strcpy(bdf, name);
    bdf[4] = bdf[7] = ':';
    bdf[10] = '.';
    return xlgpu_bdf_parse(bdf, bdf_r);
}

/* NULL with errno ENOENT when there is none. */
static char *node_read(struct xlgpu_store *s, const char *dir,
                       const char *name)
{
    char *path = xlgpu_asprintf("%s/%s", dir, name), *value;
    int e;

    value = xs_read(s->xs, s->t, path, NULL);
    e = errno;
    free(path);
    errno = e;
    return value;
}

static bool node_write(struct xlgpu_store *s, const char *dir,
                       const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static bool node_write(struct xlgpu_store *s, const char *dir,
                       const char *name, const char *fmt, ...)
{
    char *path = xlgpu_asprintf("%s/%s", dir, name), *value = NULL;
    va_list ap;
    bool ok;
    int r;

    va_start(ap, fmt);
    r = vasprintf(&value, fmt, ap);
    va_end(ap);
    ok = r >= 0 && xs_write(s->xs, s->t, path, value, r);

    free(value);
    free(path);
    return ok;
}

static bool node_remove(struct xlgpu_store *s, const char *path)
{
    return xs_rm(s->xs, s->t, path) || errno == ENOENT;
}

/* Our nodes inherit the root's permissions: dom0 alone may read them. */
static bool make_root(struct xlgpu_store *s)
{
    struct xs_permissions dom0_only = { .id = 0, .perms = XS_PERM_NONE };

    return xs_mkdir(s->xs, s->t, ROOT) &&
           xs_set_permissions(s->xs, s->t, ROOT, &dom0_only, 1);
}

/* ---- Transactions ---- */

typedef int body_fn(struct xlgpu_store *s, void *arg);

static int transact(struct xlgpu_store *s, body_fn *body, void *arg)
{
    int rc, tries;

    for (tries = 0; tries < RETRIES_MAX; tries++) {
        s->t = xs_transaction_start(s->xs);
        if (!s->t) return io_error("can't start a transaction");

        rc = body(s, arg);
        if (xs_transaction_end(s->xs, s->t, rc != XLGPU_OK)) {
            s->t = XBT_NULL;
            return rc;
        }
        s->t = XBT_NULL;
        if (errno != EAGAIN) return io_error("can't end a transaction");
    }
    return xlgpu_fail(XLGPU_FAILED, "xenstore", "try again",
                      "others changed the records all the time");
}

/* ---- One partition ---- */

static char *partition_dir(struct xlgpu_bdf gpu, unsigned int index)
{
    char name[XLGPU_BDF_LEN];

    return xlgpu_asprintf(ROOT "/device/%s/partition/%u", gpu_name(gpu, name),
                          index);
}

static long long read_number(struct xlgpu_store *s, const char *dir,
                             const char *name)
{
    char *value = node_read(s, dir, name);
    long long n = value ? strtoll(value, NULL, 10) : 0;

    free(value);
    return n;
}

static void read_string(struct xlgpu_store *s, const char *dir,
                        const char *name, char *buf, size_t size)
{
    char *value = node_read(s, dir, name);

    snprintf(buf, size, "%s", value ? value : "");
    free(value);
}

static void read_owner(struct xlgpu_store *s, const char *dir,
                       struct xlgpu_owner *owner)
{
    char *value = node_read(s, dir, "owner");
    int pid;

    if (value && sscanf(value, "%d %llu %36s", &pid, &owner->start,
                        owner->boot) == 3)
        owner->pid = pid;
    free(value);
}

/* False when the directory is none of a partition. */
static bool record_read(struct xlgpu_store *s, const char *dir,
                        struct xlgpu_record *r)
{
    char *bdf = node_read(s, dir, "bdf"), *state = node_read(s, dir, "state");
    bool ok;

    ok = bdf && xlgpu_bdf_parse(bdf, &r->bdf) && state &&
         xlgpu_partition_state_parse(state, &r->state);
    free(bdf);
    free(state);
    if (!ok || r->state == XLGPU_FREE) return ok;

    read_string(s, dir, "uuid", r->uuid, sizeof(r->uuid));
    read_string(s, dir, "reason", r->reason, sizeof(r->reason));
    read_owner(s, dir, &r->owner);
    r->expires = read_number(s, dir, "expires");
    r->vslot = read_number(s, dir, "vslot");
    r->hot_plugged = read_number(s, dir, "hot-plugged");
    r->absent_since = read_number(s, dir, "absent-since");
    return true;
}

static bool index_write(struct xlgpu_store *s, const struct xlgpu_record *r)
{
    char name[XLGPU_BDF_LEN];

    return !*r->uuid || node_write(s, ROOT "/guest", r->uuid, "%s/%u",
                                   gpu_name(r->gpu, name), r->index);
}

static bool index_remove(struct xlgpu_store *s, const char *uuid)
{
    char *path = xlgpu_asprintf(ROOT "/guest/%s", uuid);
    bool ok = !*uuid || node_remove(s, path);

    free(path);
    return ok;
}

/* Writes the whole record anew: what it does not have is not there. */
static bool record_write(struct xlgpu_store *s, const struct xlgpu_record *r)
{
    char *dir = partition_dir(r->gpu, r->index), bdf[XLGPU_BDF_LEN];
    bool ok;

    ok = node_remove(s, dir) &&
         node_write(s, dir, "bdf", "%s", xlgpu_bdf_format(r->bdf, bdf)) &&
         node_write(s, dir, "state", "%s",
                    xlgpu_partition_state_string(r->state)) &&
         (!*r->uuid || node_write(s, dir, "uuid", "%s", r->uuid)) &&
         (!*r->reason || node_write(s, dir, "reason", "%s", r->reason)) &&
         (!r->owner.pid ||
          node_write(s, dir, "owner", "%d %llu %s", (int)r->owner.pid,
                     r->owner.start, r->owner.boot)) &&
         (!r->expires || node_write(s, dir, "expires", "%lld",
                                    (long long)r->expires)) &&
         (!r->vslot || node_write(s, dir, "vslot", "%u", r->vslot)) &&
         (!r->hot_plugged || node_write(s, dir, "hot-plugged", "1")) &&
         (!r->absent_since || node_write(s, dir, "absent-since", "%lld",
                                         (long long)r->absent_since)) &&
         index_write(s, r);
    free(dir);
    return ok;
}

/* ---- All partitions ---- */

static void list_gpu(struct xlgpu_store *s, const char *name,
                     struct xlgpu_records *records)
{
    char *dir = xlgpu_asprintf(ROOT "/device/%s/partition", name), *one;
    struct xlgpu_record r;
    struct xlgpu_bdf gpu;
    unsigned int i, n;
    char **index;

    index = xs_directory(s->xs, s->t, dir, &n);
    for (i = 0; index && gpu_name_parse(name, &gpu) && i < n; i++) {
        r = (struct xlgpu_record){ .gpu = gpu,
                                   .index = strtoul(index[i], NULL, 10) };
        one = xlgpu_asprintf("%s/%s", dir, index[i]);
        if (record_read(s, one, &r)) {
            records->record = xlgpu_realloc(records->record, records->n + 1,
                                            sizeof(r));
            records->record[records->n++] = r;
        }
        free(one);
    }
    free(index);
    free(dir);
}

static int list_body(struct xlgpu_store *s, void *arg)
{
    struct xlgpu_records *records = arg;
    unsigned int i, n;
    char **gpu;

    xlgpu_records_dispose(records);
    gpu = xs_directory(s->xs, s->t, ROOT "/device", &n);
    if (!gpu) return errno == ENOENT ? XLGPU_OK : io_error("can't list GPUs");

    for (i = 0; i < n; i++) list_gpu(s, gpu[i], records);
    free(gpu);
    return XLGPU_OK;
}

int xlgpu_store_list(struct xlgpu_store *store, struct xlgpu_records *records)
{
    *records = (struct xlgpu_records){ 0 };
    return transact(store, list_body, records);
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
        if (!strcmp(r->uuid, uuid)) return r;
    return NULL;
}

bool xlgpu_records_match(const struct xlgpu_records *records,
                         const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_record *r;
    unsigned int i, n = 0;

    for (r = records->record; r < records->record + records->n; r++)
        n += xlgpu_bdf_equal(r->gpu, gpu->bdf);
    if (n != gpu->count) return false;

    for (i = 0; i < gpu->count; i++) {
        r = xlgpu_records_find(records, gpu->bdf, i);
        if (!r || !xlgpu_bdf_equal(r->bdf, gpu->partition[i].bdf))
            return false;
    }
    return true;
}

/* ---- Changes ---- */

/* Writes every partition of the GPU as free. */
static bool layout_write(struct xlgpu_store *s, const struct xlgpu_gpu *gpu)
{
    char name[XLGPU_BDF_LEN], *dir;
    struct xlgpu_record r = { .gpu = gpu->bdf };
    bool ok;

    dir = xlgpu_asprintf(ROOT "/device/%s", gpu_name(gpu->bdf, name));
    ok = make_root(s) && node_remove(s, dir);
    if (gpu->count) ok = ok && node_write(s, dir, "count", "%u", gpu->count);
    for (; ok && r.index < gpu->count; r.index++) {
        r.bdf = gpu->partition[r.index].bdf;
        ok = record_write(s, &r);
    }
    free(dir);
    return ok;
}

static bool forget_guests(struct xlgpu_store *s,
                          const struct xlgpu_records *records,
                          const struct xlgpu_gpu *gpu)
{
    size_t i;

    for (i = 0; i < records->n; i++)
        if (xlgpu_bdf_equal(records->record[i].gpu, gpu->bdf) &&
            !index_remove(s, records->record[i].uuid))
            return false;
    return true;
}

static int layout_body(struct xlgpu_store *s, void *arg)
{
    struct xlgpu_records records = { 0 };
    int rc;

    rc = list_body(s, &records);
    /* Somebody else may have done it meanwhile, and reserved. */
    if (!rc && !xlgpu_records_match(&records, arg) &&
        (!forget_guests(s, &records, arg) || !layout_write(s, arg)))
        rc = io_error("can't write the layout");
    xlgpu_records_dispose(&records);
    return rc;
}

int xlgpu_store_set_layout(struct xlgpu_store *store,
                           const struct xlgpu_gpu *gpu)
{
    return transact(store, layout_body, (void *)gpu);
}

struct reservation {
    xlgpu_choose_fn *choose;
    void *arg;
    struct xlgpu_record *record;
};

static int reserve_body(struct xlgpu_store *s, void *arg)
{
    struct reservation *res = arg;
    struct xlgpu_records records = { 0 };
    int rc;

    rc = list_body(s, &records);
    if (rc) goto out;

    *res->record = (struct xlgpu_record){ 0 };
    rc = res->choose(&records, res->record, res->arg);
    if (!rc && !record_write(s, res->record))
        rc = io_error("can't write a reservation");
out:
    xlgpu_records_dispose(&records);
    return rc;
}

int xlgpu_store_reserve(struct xlgpu_store *store, xlgpu_choose_fn *choose,
                        void *arg, struct xlgpu_record *record_r)
{
    struct reservation res = { choose, arg, record_r };

    return transact(store, reserve_body, &res);
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
};

static int replace_body(struct xlgpu_store *s, void *arg)
{
    const struct replacement *rep = arg;
    struct xlgpu_record now = { .gpu = rep->from->gpu,
                                .index = rep->from->index };
    char *dir = partition_dir(now.gpu, now.index);
    bool there = record_read(s, dir, &now);

    free(dir);
    if (!there || !same(&now, rep->from)) return XLGPU_IN_USE;

    if (!index_remove(s, rep->from->uuid) || !record_write(s, rep->to))
        return io_error("can't write a record");
    return XLGPU_OK;
}

int xlgpu_store_replace(struct xlgpu_store *store,
                        const struct xlgpu_record *from,
                        const struct xlgpu_record *to)
{
    struct replacement rep = { from, to };

    return transact(store, replace_body, &rep);
}
