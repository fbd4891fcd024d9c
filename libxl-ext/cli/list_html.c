/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_html.h"

#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
#include "cli/html.h"
#include "domain/holder.h"
#include "driver/driver.h"

#define STATES (XLGPU_QUARANTINED + 1)

struct view {
    const struct xlgpu_host *host;
    const bool *chosen;
    struct xlgpu_html *html;
};

/* The partitions of a GPU, or of several, by state. */
struct counts {
    unsigned int gpus, all, state[STATES];
};

static struct counts count(const struct view *view,
                           const struct xlgpu_gpu *gpu)
{
    struct counts c = { .gpus = 1, .all = gpu->count };
    struct xlgpu_holder holder;
    unsigned int i;

    for (i = 0; i < gpu->count; i++) {
        holder = xlgpu_holder_of(view->host, gpu, i);
        c.state[holder.state]++;
    }
    return c;
}

static struct counts count_all(const struct view *view)
{
    const struct xlgpu_inventory *inv = &view->host->inventory;
    struct counts all = { 0 }, c;
    unsigned int s;
    size_t i;

    for (i = 0; i < inv->n; i++) {
        if (!view->chosen[i]) continue;
        c = count(view, &inv->gpu[i]);
        all.gpus += c.gpus;
        all.all += c.all;
        for (s = 0; s < STATES; s++) all.state[s] += c.state[s];
    }
    return all;
}

static enum xlgpu_tone tone_of(enum xlgpu_partition_state state)
{
    switch (state) {
    case XLGPU_FREE: return XLGPU_TONE_FREE;
    case XLGPU_HELD: return XLGPU_TONE_HELD;
    case XLGPU_QUARANTINED: return XLGPU_TONE_BAD;
    default: return XLGPU_TONE_WAITS;
    }
}

/* ---- The GPUs ---- */

static void put_gpu(const struct view *view, const struct xlgpu_gpu *gpu)
{
    enum xlgpu_gpu_state state = xlgpu_gpu_state(gpu);
    struct counts c = count(view, gpu);
    struct xlgpu_html *h = view->html;
    char bdf[XLGPU_BDF_LEN];

    xlgpu_html_row_begin(h);
    xlgpu_html_text(h, xlgpu_bdf_format(gpu->bdf, bdf),
                    gpu->console ? "drives dom0's console" : NULL);
    xlgpu_html_model(h, gpu->model, gpu->vendor, gpu->device, gpu->subvendor,
                     gpu->subdevice);
    xlgpu_html_text(h, *gpu->driver ? gpu->driver : NULL, NULL);
    xlgpu_html_memory(h, gpu->memory);
    xlgpu_html_word(h, xlgpu_gpu_state_string(state),
                    state == XLGPU_GPU_UNAVAILABLE ? XLGPU_TONE_BAD
                                                   : XLGPU_TONE_PLAIN);
    xlgpu_html_number(h, gpu->max);
    xlgpu_html_number(h, c.all);
    xlgpu_html_number(h, c.state[XLGPU_HELD]);
    xlgpu_html_number(h, c.state[XLGPU_FREE]);
    xlgpu_html_bar(h, c.state[XLGPU_HELD], c.state[XLGPU_RESERVED],
                   c.state[XLGPU_FREE], c.all);
    xlgpu_html_row_end(h);
}

static void put_gpus(const struct view *view)
{
    static const char *const heading[] = {
        "GPU", "Model", "Driver", "#Memory", "State", "#At most",
        "#Partitions", "#Held", "#Free", "Use", NULL
    };
    const struct xlgpu_inventory *inv = &view->host->inventory;
    size_t i;

    xlgpu_html_table_begin(view->html, "GPUs", heading);
    for (i = 0; i < inv->n; i++)
        if (view->chosen[i]) put_gpu(view, &inv->gpu[i]);
    xlgpu_html_table_end(view->html);
}

/* ---- Who has what ---- */

static void put_guest(struct xlgpu_html *h, const struct xlgpu_holder *holder)
{
    const struct xlgpu_guest *guest = holder->guest;
    char *name = guest ? xlgpu_asprintf("%s (domid %u)", guest->name,
                                        guest->domid)
                       : NULL;

    if (name)
        xlgpu_html_text(h, name, holder->uuid);
    else
        xlgpu_html_text(h, holder->uuid, NULL);
    free(name);
}

static void put_partition(const struct view *view,
                          const struct xlgpu_gpu *gpu, unsigned int index)
{
    struct xlgpu_holder holder = xlgpu_holder_of(view->host, gpu, index);
    struct xlgpu_html *h = view->html;
    char bdf[XLGPU_BDF_LEN];

    xlgpu_html_row_begin(h);
    xlgpu_html_number(h, index);
    xlgpu_html_text(h, xlgpu_bdf_format(gpu->partition[index].bdf, bdf), NULL);
    xlgpu_html_memory(h, xlgpu_partition_memory(gpu));
    xlgpu_html_word(h, xlgpu_partition_state_string(holder.state),
                    tone_of(holder.state));
    if (holder.state == XLGPU_QUARANTINED)
        xlgpu_html_text(h, holder.reason, NULL);
    else
        put_guest(h, &holder);
    xlgpu_html_row_end(h);
}

static void put_partitions(const struct view *view,
                           const struct xlgpu_gpu *gpu)
{
    static const char *const heading[] = {
        "#No.", "Partition", "#Memory", "State", "~Guest", NULL
    };
    char bdf[XLGPU_BDF_LEN], *caption;
    unsigned int i;

    caption = xlgpu_asprintf("Partitions of %s, %s",
                             xlgpu_bdf_format(gpu->bdf, bdf), gpu->model);
    xlgpu_html_table_begin(view->html, caption, heading);
    for (i = 0; i < gpu->count; i++) put_partition(view, gpu, i);
    xlgpu_html_table_end(view->html);
    free(caption);
}

static void put_whole(const struct view *view)
{
    static const char *const heading[] = { "GPU", "~Guest", NULL };
    const struct xlgpu_inventory *inv = &view->host->inventory;
    struct xlgpu_holder holder;
    char bdf[XLGPU_BDF_LEN];
    bool begun = false;
    size_t i;

    for (i = 0; i < inv->n; i++) {
        if (!view->chosen[i]) continue;
        holder = xlgpu_holder_of(view->host, &inv->gpu[i], XLGPU_WHOLE);
        if (!holder.uuid) continue;
        if (!begun)
            xlgpu_html_table_begin(view->html, "GPUs that are assigned whole",
                                   heading);
        begun = true;
        xlgpu_html_row_begin(view->html);
        xlgpu_html_text(view->html,
                        xlgpu_bdf_format(inv->gpu[i].bdf, bdf), NULL);
        put_guest(view->html, &holder);
        xlgpu_html_row_end(view->html);
    }
    if (begun) xlgpu_html_table_end(view->html);
}

int xlgpu_list_html(const struct xlgpu_host *host, const bool *chosen,
                    const char *file)
{
    char name[256] = "this host";
    struct view view = { host, chosen, NULL };
    struct counts c;
    char *title;
    size_t i;

    if (gethostname(name, sizeof(name) - 1)) *name = '\0';
    title = xlgpu_asprintf("GPUs of %s", name);
    view.html = xlgpu_html_open(title, "xl gpu-list", name);
    c = count_all(&view);
    xlgpu_html_paragraph(view.html,
                         "GPUs: %u. Partitions: %u, of which %u held, %u "
                         "reserved, %u free, %u being reset, %u quarantined.",
                         c.gpus, c.all, c.state[XLGPU_HELD],
                         c.state[XLGPU_RESERVED], c.state[XLGPU_FREE],
                         c.state[XLGPU_RESETTING],
                         c.state[XLGPU_QUARANTINED]);
    put_gpus(&view);
    put_whole(&view);
    for (i = 0; i < host->inventory.n; i++)
        if (chosen[i] && host->inventory.gpu[i].count)
            put_partitions(&view, &host->inventory.gpu[i]);
    free(title);
    return xlgpu_html_close(view.html, file);
}
