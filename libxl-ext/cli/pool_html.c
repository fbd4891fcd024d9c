/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pool_html.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cli/html.h"

struct view {
    const struct xlgpu_pool_host *host;
    size_t n;
    struct xlgpu_html *html;
};

static enum xlgpu_tone tone_of(enum xlgpu_pool_verdict verdict)
{
    switch (verdict) {
    case XLGPU_POOL_ALIKE: return XLGPU_TONE_FREE;
    case XLGPU_POOL_WARNING: return XLGPU_TONE_WAITS;
    default: return XLGPU_TONE_BAD;
    }
}

static void put_verdict(const struct view *view, enum xlgpu_pool_verdict worst)
{
    static const char *const meaning[] = {
        [XLGPU_POOL_ALIKE] = "A guest finds on each host what it has on "
                             "another.",
        [XLGPU_POOL_WARNING] = "Something differs that a guest may notice.",
        [XLGPU_POOL_NO_ANSWER] = "A host did not say what it has.",
        [XLGPU_POOL_ERROR] = "A guest may find something else on another "
                             "host.",
    };

    xlgpu_html_verdict(view->html, xlgpu_pool_verdict_string(worst),
                       tone_of(worst), meaning[worst]);
}

/* ---- Room ---- */

/* Of one model, on all hosts. */
struct total {
    struct xlgpu_pool_room room;
    unsigned int hosts;
};

static void add_room(struct total **list, size_t *n,
                     const struct xlgpu_pool_room *room)
{
    struct total *t;

    for (t = *list; t < *list + *n; t++)
        if (!strcmp(t->room.model, room->model) &&
            t->room.memory == room->memory)
            break;
    if (t == *list + *n) {
        *list = xlgpu_realloc(*list, *n + 1, sizeof(**list));
        t = &(*list)[(*n)++];
        *t = (struct total){ .room = { .model = room->model,
                                       .memory = room->memory } };
    }
    t->hosts++;
    t->room.gpus += room->gpus;
    t->room.count += room->count;
    t->room.held += room->held;
    t->room.reserved += room->reserved;
    t->room.free += room->free;
}

static struct total *totals(const struct view *view, size_t *n_r)
{
    struct xlgpu_pool_room *room;
    struct total *list = NULL;
    size_t i, k, n;

    *n_r = 0;
    for (i = 0; i < view->n; i++) {
        if (!view->host[i].facts) continue;
        room = xlgpu_pool_rooms(view->host[i].facts, &n);
        for (k = 0; k < n; k++) add_room(&list, n_r, &room[k]);
        free(room);
    }
    return list;
}

static void put_numbers(struct xlgpu_html *h, const struct xlgpu_pool_room *r)
{
    xlgpu_html_number(h, r->gpus);
    xlgpu_html_number(h, r->count);
    xlgpu_html_number(h, r->held);
    xlgpu_html_number(h, r->reserved);
    xlgpu_html_number(h, r->free);
    xlgpu_html_bar(h, r->held, r->reserved, r->free, r->count);
}

static void put_totals(const struct view *view)
{
    static const char *const heading[] = {
        "Model", "#Memory of each", "#Hosts", "#GPUs", "#Partitions", "#Held",
        "#Reserved", "#Free", "Use", NULL
    };
    struct total *list;
    size_t i, n;

    list = totals(view, &n);
    xlgpu_html_table_begin(view->html, "Room by model", heading);
    for (i = 0; i < n; i++) {
        xlgpu_html_row_begin(view->html);
        xlgpu_html_text(view->html, list[i].room.model, NULL);
        xlgpu_html_memory(view->html, list[i].room.memory);
        xlgpu_html_number(view->html, list[i].hosts);
        put_numbers(view->html, &list[i].room);
        xlgpu_html_row_end(view->html);
    }
    xlgpu_html_table_end(view->html);
    free(list);
}

/* A host without any is a row too. */
static void put_host(struct xlgpu_html *h, const struct xlgpu_pool_host *host)
{
    struct xlgpu_pool_room *room;
    size_t i = 0, k, n = 0;

    room = host->facts ? xlgpu_pool_rooms(host->facts, &n) : NULL;
    do {
        xlgpu_html_row_begin(h);
        xlgpu_html_text(h, host->name, NULL);
        xlgpu_html_word(h, xlgpu_pool_verdict_string(host->verdict),
                        tone_of(host->verdict));
        if (n) {
            xlgpu_html_text(h, room[i].model, NULL);
            xlgpu_html_memory(h, room[i].memory);
            put_numbers(h, &room[i]);
        } else {
            for (k = 0; k < 8; k++) xlgpu_html_text(h, NULL, NULL);
        }
        xlgpu_html_row_end(h);
    } while (++i < n);
    free(room);
}

static void put_hosts(const struct view *view)
{
    static const char *const heading[] = {
        "Host", "Verdict", "Model", "#Memory of each", "#GPUs", "#Partitions",
        "#Held", "#Reserved", "#Free", "Use", NULL
    };
    size_t i;

    xlgpu_html_table_begin(view->html, "Room by host", heading);
    for (i = 0; i < view->n; i++) put_host(view->html, &view->host[i]);
    xlgpu_html_table_end(view->html);
}

/* ---- What differs ---- */

static void put_check(struct xlgpu_html *h, const char *host,
                      const struct xlgpu_check *c)
{
    bool fails = c->result == XLGPU_CHECK_FAIL;

    xlgpu_html_row_begin(h);
    xlgpu_html_text(h, host, NULL);
    xlgpu_html_word(h, fails ? "error" : "warning",
                    fails ? XLGPU_TONE_BAD : XLGPU_TONE_WAITS);
    xlgpu_html_text(h, c->message, NULL);
    xlgpu_html_text(h, c->remedy, NULL);
    xlgpu_html_row_end(h);
}

static void put_differences(const struct view *view)
{
    static const char *const heading[] = { "Host", "Level", "~What", "~Remedy",
                                           NULL };
    const struct xlgpu_checks *c;
    bool begun = false;
    size_t i, k;

    for (i = 0; i < view->n; i++)
        for (c = &view->host[i].checks, k = 0; k < c->n; k++) {
            if (c->check[k].result == XLGPU_CHECK_PASS) continue;
            if (!begun)
                xlgpu_html_table_begin(view->html, "What differs", heading);
            begun = true;
            put_check(view->html, view->host[i].name, &c->check[k]);
        }
    if (begun)
        xlgpu_html_table_end(view->html);
    else
        xlgpu_html_paragraph(view->html, "Nothing differs.");
}

/* ---- The GPUs ---- */

static void put_guests(struct xlgpu_html *h, const struct xlgpu_pool_gpu *gpu)
{
    char *names = NULL;
    size_t i;

    for (i = 0; i < gpu->n_guests; i++)
        names = xlgpu_append(names, ", ", gpu->guest[i]);
    xlgpu_html_text(h, names, NULL);
    free(names);
}

static void put_gpu(struct xlgpu_html *h, const char *host,
                    const struct xlgpu_pool_gpu *gpu)
{
    char bdf[XLGPU_BDF_LEN];

    xlgpu_html_row_begin(h);
    xlgpu_html_text(h, host, NULL);
    xlgpu_html_text(h, xlgpu_bdf_format(gpu->bdf, bdf), NULL);
    xlgpu_html_model(h, gpu->model, gpu->vendor, gpu->device, gpu->subvendor,
                     gpu->subdevice);
    xlgpu_html_memory(h, gpu->memory);
    xlgpu_html_number(h, gpu->count);
    xlgpu_html_number(h, gpu->held);
    xlgpu_html_number(h, gpu->free);
    put_guests(h, gpu);
    xlgpu_html_text(h, *gpu->driver ? gpu->driver : NULL,
                    *gpu->driver_version ? gpu->driver_version : NULL);
    xlgpu_html_text(h, *gpu->firmware ? gpu->firmware : NULL, NULL);
    xlgpu_html_row_end(h);
}

static void put_gpus(const struct view *view)
{
    static const char *const heading[] = {
        "Host", "GPU", "Model", "#Memory", "#Partitions", "#Held", "#Free",
        "~Guests", "Driver", "Firmware", NULL
    };
    const struct xlgpu_pool_facts *facts;
    size_t i, k;

    xlgpu_html_table_begin(view->html, "GPUs", heading);
    for (i = 0; i < view->n; i++) {
        facts = view->host[i].facts;
        for (k = 0; facts && k < facts->n; k++)
            put_gpu(view->html, view->host[i].name, &facts->gpu[k]);
    }
    xlgpu_html_table_end(view->html);
}

int xlgpu_pool_html(const struct xlgpu_pool_host *host, size_t n,
                    enum xlgpu_pool_verdict worst, const char *file)
{
    struct view view = { host, n, NULL };
    char here[256] = "";

    if (gethostname(here, sizeof(here) - 1)) *here = '\0';
    view.html = xlgpu_html_open("GPUs of the pool", "xl gpu-pool-check", here);
    put_verdict(&view, worst);
    put_differences(&view);
    put_totals(&view);
    put_hosts(&view);
    put_gpus(&view);
    return xlgpu_html_close(view.html, file);
}
