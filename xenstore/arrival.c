/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arrival.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "alloc.h"
#include "stale.h"
#include "store.h"

#define MODELS "/local/domain/0/device-model"
#define BACKENDS "/local/domain/0/backend/pci"
#define PATH_LEN 64

struct xlgpu_arrival {
    struct xs_handle *xs;
    char vm[PATH_LEN];   /* what the guest's domain has as its vm */
    char bdf[XLGPU_BDF_LEN];
    char note[XLGPU_NOTE_PATH_LEN];
    struct xlgpu_arrived seen;
};

static bool watch(struct xlgpu_arrival *a, const char *path)
{
    return xs_watch(a->xs, path, "");
}

struct xlgpu_arrival *xlgpu_arrival_watch(const char *uuid,
                                          struct xlgpu_bdf bdf)
{
    struct xlgpu_arrival *a = xlgpu_zalloc(1, sizeof(*a));

    a->xs = xs_open(0);
    snprintf(a->vm, sizeof(a->vm), "/vm/%s", uuid);
    xlgpu_bdf_format(bdf, a->bdf);
    xlgpu_libxl_note_path(bdf, a->note);
    if (a->xs && watch(a, MODELS) && watch(a, a->note) && watch(a, BACKENDS))
        return a;
    xlgpu_arrival_close(a);
    return NULL;
}

void xlgpu_arrival_close(struct xlgpu_arrival *a)
{
    if (!a) return;
    if (a->xs) xs_close(a->xs);
    free(a);
}

int xlgpu_arrival_fd(struct xlgpu_arrival *a)
{
    return a ? xs_fileno(a->xs) : -1;
}

static bool has(struct xlgpu_arrival *a, const char *path, const char *value)
{
    char *text = xs_read(a->xs, XBT_NULL, path, NULL);
    bool same = text && !strcmp(text, value);

    free(text);
    return same;
}

static bool is_guests(struct xlgpu_arrival *a, unsigned int domid)
{
    char path[PATH_LEN];

    snprintf(path, sizeof(path), "/local/domain/%u/vm", domid);
    return has(a, path, a->vm);
}

static bool is_noted(struct xlgpu_arrival *a)
{
    char *text = xs_read(a->xs, XBT_NULL, a->note, NULL);
    bool noted = text && is_guests(a, strtoul(text, NULL, 10));

    free(text);
    return noted;
}

static void see(int64_t *when, int64_t now)
{
    if (!*when) *when = now;
}

static void look(struct xlgpu_arrival *a, const char *path, int64_t now)
{
    unsigned int domid, index;
    int n = 0;

    if (sscanf(path, MODELS "/%u/state%n", &domid, &n) == 1 && n &&
        !path[n]) {
        if (is_guests(a, domid) && has(a, path, "running"))
            see(&a->seen.device_model, now);
    } else if (sscanf(path, BACKENDS "/%u/0/dev-%u%n", &domid, &index,
                      &n) == 2 && !path[n]) {
        if (is_guests(a, domid) && has(a, path, a->bdf))
            see(&a->seen.vf, now);
    } else if (!strcmp(path, a->note) && is_noted(a)) {
        see(&a->seen.vf_begun, now);
    }
}

void xlgpu_arrival_take(struct xlgpu_arrival *a, int64_t now)
{
    char **event;

    if (!a) return;
    while ((event = xs_check_watch(a->xs))) {
        look(a, event[XS_WATCH_PATH], now);
        free(event);
    }
}

void xlgpu_arrival_take_all(struct xlgpu_arrival *a, int64_t now)
{
    /* Behind its answer there is no event of before. */
    if (a) free(xs_read(a->xs, XBT_NULL, a->note, NULL));
    xlgpu_arrival_take(a, now);
}

const struct xlgpu_arrived *xlgpu_arrival_seen(const struct xlgpu_arrival *a)
{
    static const struct xlgpu_arrived nothing;

    return a ? &a->seen : &nothing;
}
