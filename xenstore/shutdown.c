/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shutdown.h"

#include <stdlib.h>

#include "alloc.h"
#include "xenstore/store.h"

struct request {
    char *path;
    bool asked, called_off;
};

static int call_off(struct xlgpu_store *s, void *arg)
{
    struct request *r = arg;
    unsigned int len;
    char *value = xs_read(s->xs, s->t, r->path, &len);

    r->asked = value && *value;
    free(value);
    r->called_off = r->asked && xs_write(s->xs, s->t, r->path, "", 0);
    return XLGPU_OK;
}

static int look(struct xlgpu_store *s, void *arg)
{
    struct request *r = arg;
    unsigned int len;
    char *value = xs_read(s->xs, s->t, r->path, &len);

    r->asked = value && *value;
    free(value);
    return XLGPU_OK;
}

static struct request with_request(uint32_t domid, xlgpu_body_fn *body)
{
    struct request r = { .path = xlgpu_asprintf("/local/domain/%u/control/"
                                                "shutdown", domid) };
    struct xlgpu_store *store;

    if (!xlgpu_store_open(&store)) xlgpu_store_transact(store, body, &r);
    xlgpu_store_close(store);
    free(r.path);
    return r;
}

bool xlgpu_shutdown_is_asked(uint32_t domid)
{
    return with_request(domid, look).asked;
}

bool xlgpu_shutdown_call_off(uint32_t domid)
{
    return with_request(domid, call_off).called_off;
}
