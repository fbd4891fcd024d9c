/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "promise.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json.h"
#include "perguest.h"

#define DIR "promised"
#define VERSION 1
#define COUNT_MAX 0xffff

char *xlgpu_promise_parse(const char *text, struct xlgpu_promise *p)
{
    struct xlgpu_json j;

    xlgpu_json_parse(&j, text);
    if (xlgpu_json_number(&j, j.root, "version", VERSION) != VERSION)
        xlgpu_json_wrong(&j, "version", "is not known");
    p->gpu = xlgpu_json_bdf(&j, j.root, "gpu");
    p->bdf = xlgpu_json_bdf(&j, j.root, "bdf");
    p->count = xlgpu_json_number(&j, j.root, "partition_count", COUNT_MAX);
    p->index = xlgpu_json_number(&j, j.root, "index", COUNT_MAX);
    if (p->index >= p->count) xlgpu_json_wrong(&j, "index", "is too high");
    return xlgpu_json_end(&j);
}

static char *to_json(const struct xlgpu_promise *p)
{
    yajl_gen g = xlgpu_gen_open();
    char bdf[XLGPU_BDF_LEN];

    xlgpu_gen_number(g, "version", VERSION);
    xlgpu_gen_string(g, "gpu", xlgpu_bdf_format(p->gpu, bdf));
    xlgpu_gen_number(g, "index", p->index);
    xlgpu_gen_string(g, "bdf", xlgpu_bdf_format(p->bdf, bdf));
    xlgpu_gen_number(g, "partition_count", p->count);
    return xlgpu_gen_close(g);
}

int xlgpu_promise_write(const struct xlgpu_promise *p)
{
    return xlgpu_perguest_write(DIR, p->uuid, to_json(p));
}

int xlgpu_promise_read(const char *uuid, struct xlgpu_promise *p)
{
    char *text, *why;
    int rc;

    *p = (struct xlgpu_promise){ 0 };
    rc = xlgpu_perguest_read(DIR, uuid, &text);
    if (rc) return rc;
    strcpy(p->uuid, uuid);
    why = xlgpu_promise_parse(text, p);
    if (why)
        rc = xlgpu_perguest_wrong(DIR, uuid, why,
                                  "remove it, then reserve a partition anew");
    free(why);
    free(text);
    return rc;
}

int xlgpu_promise_remove(const char *uuid)
{
    return xlgpu_perguest_remove(DIR, uuid);
}

int xlgpu_promise_list(struct xlgpu_promise **promise_r, size_t *n_r)
{
    char (*uuid)[XLGPU_UUID_LEN];
    int rc, first;
    size_t i, n;

    *promise_r = NULL;
    *n_r = 0;
    first = xlgpu_perguest_list(DIR, &uuid, &n);
    if (n) *promise_r = xlgpu_zalloc(n, sizeof(**promise_r));
    for (i = 0; i < n; i++) {
        rc = xlgpu_promise_read(uuid[i], &(*promise_r)[*n_r]);
        if (!rc) ++*n_r;
        /* It may have been removed meanwhile. */
        if (!first && rc != XLGPU_NOT_FOUND) first = rc;
    }
    free(uuid);
    return first;
}

bool xlgpu_promise_names(const struct xlgpu_record *r)
{
    struct xlgpu_promise p = { 0 };
    char *text, *why;
    bool named;
    int rc;

    if (!*r->uuid || r->index == XLGPU_WHOLE) return false;
    rc = xlgpu_perguest_read(DIR, r->uuid, &text);
    if (rc) return rc != XLGPU_NOT_FOUND;
    why = xlgpu_promise_parse(text, &p);
    named = why || (xlgpu_bdf_equal(p.gpu, r->gpu) && p.index == r->index);
    free(why);
    free(text);
    return named;
}
