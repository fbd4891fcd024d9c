/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "step.h"

#define RETRIES_MAX 1000 /* each is another's success */
#define ERRORS_MAX 50

int xlgpu_store_error(const char *doing)
{
    return xlgpu_fail(XLGPU_FAILED, "xenstore",
                      "see that xenstored runs, and that this is dom0",
                      "%s: %s", doing, strerror(errno));
}

int xlgpu_body_error(struct xlgpu_store *s, const char *doing)
{
    s->failed = doing;
    s->failed_errno = errno;
    return XLGPU_FAILED;
}

int xlgpu_store_open(struct xlgpu_store **store_r)
{
    struct xs_handle *xs = xs_open(0);

    *store_r = NULL;
    if (!xs) return xlgpu_store_error("can't connect");

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

/* ---- Names ---- */

char *xlgpu_store_name(struct xlgpu_bdf b, char name[XLGPU_BDF_LEN])
{
    snprintf(name, XLGPU_BDF_LEN, "%04x-%02x-%02x-%x", b.domain, b.bus,
             b.dev & 0x1f, b.fn & 7);
    return name;
}

bool xlgpu_store_name_parse(const char *name, struct xlgpu_bdf *bdf_r)
{
    char bdf[XLGPU_BDF_LEN];

    if (strlen(name) != strlen("0000-01-00-0")) return false;
    strcpy(bdf, name);
    bdf[4] = bdf[7] = ':';
    bdf[10] = '.';
    return xlgpu_bdf_parse(bdf, bdf_r) &&
           !strcmp(xlgpu_store_name(*bdf_r, bdf), name);
}

bool xlgpu_store_index_parse(const char *name, unsigned int *index_r)
{
    char written[16];

    *index_r = strtoul(name, NULL, 10);
    snprintf(written, sizeof(written), "%u", *index_r);
    return *index_r != XLGPU_WHOLE && !strcmp(written, name);
}

char *xlgpu_store_gpu_dir(struct xlgpu_bdf gpu)
{
    char name[XLGPU_BDF_LEN];

    return xlgpu_asprintf(XLGPU_STORE_ROOT "/device/%s",
                          xlgpu_store_name(gpu, name));
}

char *xlgpu_store_dir(struct xlgpu_bdf gpu, unsigned int index)
{
    char name[XLGPU_BDF_LEN];

    xlgpu_store_name(gpu, name);
    if (index == XLGPU_WHOLE)
        return xlgpu_asprintf(XLGPU_STORE_ROOT "/device/%s/whole", name);
    return xlgpu_asprintf(XLGPU_STORE_ROOT "/device/%s/partition/%u", name,
                          index);
}

/* ---- Nodes ---- */

char *xlgpu_node_read(struct xlgpu_store *s, const char *dir,
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

long long xlgpu_node_number(struct xlgpu_store *s, const char *dir,
                            const char *name, long long otherwise)
{
    char *value = xlgpu_node_read(s, dir, name);
    long long n = value ? strtoll(value, NULL, 10) : otherwise;

    free(value);
    return n;
}

void xlgpu_node_string(struct xlgpu_store *s, const char *dir,
                       const char *name, char *buf, size_t size)
{
    char *value = xlgpu_node_read(s, dir, name);

    snprintf(buf, size, "%s", value ? value : "");
    free(value);
}

bool xlgpu_node_write(struct xlgpu_store *s, const char *dir,
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

bool xlgpu_node_remove(struct xlgpu_store *s, const char *dir,
                       const char *name)
{
    char *path = xlgpu_asprintf("%s/%s", dir, name);
    bool ok = xs_rm(s->xs, s->t, path) || errno == ENOENT;

    free(path);
    return ok;
}

struct xlgpu_owner xlgpu_node_owner(struct xlgpu_store *s, const char *dir,
                                    const char *name)
{
    char *value = xlgpu_node_read(s, dir, name);
    struct xlgpu_owner owner = { 0 };

    if (!value || !xlgpu_owner_parse(value, &owner))
        owner = (struct xlgpu_owner){ 0 };
    free(value);
    return owner;
}

bool xlgpu_node_write_owner(struct xlgpu_store *s, const char *dir,
                            const char *name, const struct xlgpu_owner *o)
{
    return xlgpu_node_write(s, dir, name, "%d %llu %s", (int)o->pid, o->start,
                            o->boot);
}

bool xlgpu_store_make_root(struct xlgpu_store *s)
{
    struct xs_permissions dom0_only = { .id = 0, .perms = XS_PERM_NONE };

    return xs_mkdir(s->xs, s->t, XLGPU_STORE_ROOT) &&
           xs_set_permissions(s->xs, s->t, XLGPU_STORE_ROOT, &dom0_only, 1);
}

/* ---- Transactions ---- */

int xlgpu_store_transact(struct xlgpu_store *s, xlgpu_body_fn *body,
                         void *arg)
{
    int rc, tries, errors = 0;

    for (tries = 0; tries < RETRIES_MAX; tries++) {
        s->failed = NULL;
        s->t = xs_transaction_start(s->xs);
        if (!s->t) return xlgpu_store_error("can't start a transaction");

        rc = body(s, arg);
        /* xenstored has no snapshots: what others change meanwhile may make
         * a request fail, long before the transaction's end would. */
        if (s->failed && errors++ < ERRORS_MAX) {
            xs_transaction_end(s->xs, s->t, true);
            s->t = XBT_NULL;
            continue;
        }
        if (s->failed) {
            errno = s->failed_errno;
            xlgpu_store_error(s->failed);
        }
        if (xs_transaction_end(s->xs, s->t, rc != XLGPU_OK)) {
            s->t = XBT_NULL;
            xlgpu_step("transaction");
            return rc;
        }
        s->t = XBT_NULL;
        if (errno != EAGAIN)
            return xlgpu_store_error("can't end a transaction");
    }
    return xlgpu_fail(XLGPU_FAILED, "xenstore", "try again",
                      "others changed the records all the time");
}
