/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xenopsd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "stale.h"
#include "store.h"

#define DOMAINS "/local/domain"
#define BACKENDS DOMAINS "/0/backend/pci"
#define VM "/vm/"
#define PATH_LEN 128

/* ---- Devices ---- */

static bool is_device(const char *node)
{
    return !strncmp(node, "dev-", strlen("dev-")) &&
           node[strspn(node + strlen("dev-"), "0123456789") +
                strlen("dev-")] == '\0';
}

/* Calls fn for each device of the domain until it returns false. */
typedef bool device_fn(void *arg, struct xlgpu_bdf bdf);
static void each_device(struct xs_handle *xs, xs_transaction_t t,
                        uint32_t domid, device_fn *fn, void *arg)
{
    char dir[PATH_LEN], path[2 * PATH_LEN], **node, *value;
    struct xlgpu_bdf bdf;
    unsigned int i, n;
    bool go_on = true;

    snprintf(dir, sizeof(dir), BACKENDS "/%u/0", domid);
    node = xs_directory(xs, t, dir, &n);
    for (i = 0; node && go_on && i < n; i++) {
        if (!is_device(node[i])) continue;
        snprintf(path, sizeof(path), "%s/%.64s", dir, node[i]);
        value = xs_read(xs, t, path, NULL);
        if (value && xlgpu_bdf_parse(value, &bdf)) go_on = fn(arg, bdf);
        free(value);
    }
    free(node);
}

struct search {
    struct xlgpu_bdf bdf;
    bool found;
};

static bool is_other(void *arg, struct xlgpu_bdf bdf)
{
    struct search *s = arg;

    s->found = xlgpu_bdf_equal(s->bdf, bdf);
    return !s->found;
}

/* The domid of who has the device; below 0 as xenstore/stale.h has it. */
static int64_t holder(struct xs_handle *xs, xs_transaction_t t,
                      struct xlgpu_bdf bdf)
{
    struct search s = { .bdf = bdf };
    int64_t domid = XLGPU_NOTE_NONE;
    unsigned int i, n;
    char **dir;

    dir = xs_directory(xs, t, BACKENDS, &n);
    if (!dir) return errno == ENOENT ? XLGPU_NOTE_NONE : XLGPU_NOTE_UNKNOWN;
    for (i = 0; i < n && !s.found; i++) {
        domid = strtoul(dir[i], NULL, 10);
        each_device(xs, t, domid, is_other, &s);
    }
    free(dir);
    return s.found ? domid : XLGPU_NOTE_NONE;
}

int64_t xlgpu_libxl_note(struct xlgpu_bdf bdf)
{
    struct xs_handle *xs = xs_open(0);
    int64_t domid;

    if (!xs) return XLGPU_NOTE_UNKNOWN;
    domid = holder(xs, XBT_NULL, bdf);
    xs_close(xs);
    return domid;
}

uint32_t xlgpu_note_read(struct xlgpu_store *s, struct xlgpu_bdf bdf)
{
    int64_t domid = holder(s->xs, s->t, bdf);

    return domid < 0 ? 0 : domid;
}

void xlgpu_libxl_note_remove(struct xlgpu_bdf bdf)
{
    (void)bdf;
}

/* ---- Guests ---- */

static char *read_of(struct xs_handle *xs, uint32_t domid, const char *name)
{
    char path[PATH_LEN];

    snprintf(path, sizeof(path), DOMAINS "/%u/%s", domid, name);
    return xs_read(xs, XBT_NULL, path, NULL);
}

static bool add_device(void *arg, struct xlgpu_bdf bdf)
{
    struct xlgpu_xenopsd_guest *g = arg;

    g->device = xlgpu_realloc(g->device, g->n_devices + 1,
                              sizeof(*g->device));
    g->device[g->n_devices++] = bdf;
    return true;
}

/* "/vm/UUID". False: it is gone, or on its way. */
static bool read_guest(struct xs_handle *xs, uint32_t domid,
                       struct xlgpu_xenopsd_guest *g)
{
    char *vm = read_of(xs, domid, "vm"), *name;

    *g = (struct xlgpu_xenopsd_guest){ .domid = domid };
    if (!vm) return false;
    if (!strncmp(vm, VM, strlen(VM)))
        snprintf(g->uuid, sizeof(g->uuid), "%s", vm + strlen(VM));
    free(vm);
    name = read_of(xs, domid, "name");
    g->name = xlgpu_strdup(name ? name : "");
    free(name);
    each_device(xs, XBT_NULL, domid, add_device, g);
    return true;
}

int xlgpu_xenopsd_guests(struct xlgpu_xenopsd_guest **guest_r, size_t *n_r)
{
    struct xs_handle *xs = xs_open(0);
    int rc = XLGPU_OK;
    unsigned int i, n = 0;
    char **dir = NULL;
    uint32_t domid;

    *guest_r = NULL;
    *n_r = 0;
    if (xs) dir = xs_directory(xs, XBT_NULL, DOMAINS, &n);
    if (!dir && (!xs || errno != ENOENT))
        rc = xlgpu_store_error("can't list domains");
    *guest_r = xlgpu_zalloc(n, sizeof(**guest_r));
    for (i = 0; dir && i < n; i++) {
        domid = strtoul(dir[i], NULL, 10);
        if (domid && read_guest(xs, domid, &(*guest_r)[*n_r])) ++*n_r;
    }
    free(dir);
    if (xs) xs_close(xs);
    return rc;
}

bool xlgpu_xenopsd_has_domid(uint32_t domid)
{
    struct xs_handle *xs = xs_open(0);
    bool has = true;
    char *vm;

    if (!xs) return true;
    vm = read_of(xs, domid, "vm");
    if (!vm && errno == ENOENT) has = false;
    free(vm);
    xs_close(xs);
    return has;
}
