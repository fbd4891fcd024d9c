/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "moving.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json.h"
#include "migrate/xen_facts.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const char *const type_word[] = {
    [XLGPU_GUEST_HVM] = "hvm", [XLGPU_GUEST_PV] = "pv",
    [XLGPU_GUEST_PVH] = "pvh",
};
static const char *const known_word[] = {
    [XLGPU_NOT_KNOWN] = "not known", [XLGPU_NO] = "no", [XLGPU_YES] = "yes",
};
static const char *const dma_log_word[] = {
    [XLGPU_DMA_LOG_NONE] = "none", [XLGPU_DMA_LOG_SOME] = "some",
    [XLGPU_DMA_LOG_ALL] = "all",
};

/* ---- Writing ---- */

static void gen_shape(yajl_gen g, const struct xlgpu_shape *s)
{
    unsigned int i;

    xlgpu_gen_object(g, "shape");
    xlgpu_gen_number(g, "vendor", s->vendor);
    xlgpu_gen_number(g, "device", s->device);
    xlgpu_gen_number(g, "subvendor", s->subvendor);
    xlgpu_gen_number(g, "subdevice", s->subdevice);
    xlgpu_gen_number(g, "class", s->class);
    xlgpu_gen_number(g, "msix", s->msix);
    xlgpu_gen_number(g, "memory", s->memory);
    xlgpu_gen_list(g, "capabilities");
    for (i = 0; i < s->n_caps; i++) {
        xlgpu_gen_object(g, NULL);
        xlgpu_gen_number(g, "id", s->cap[i].id);
        xlgpu_gen_number(g, "offset", s->cap[i].offset);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    xlgpu_gen_list(g, "bars");
    for (i = 0; i < XLGPU_SHAPE_BARS; i++) {
        xlgpu_gen_object(g, NULL);
        xlgpu_gen_number(g, "size", s->bar[i].size);
        xlgpu_gen_number(g, "type", s->bar[i].type);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

static void gen_bdf(yajl_gen g, const char *key, struct xlgpu_bdf bdf)
{
    char text[XLGPU_BDF_LEN];

    xlgpu_gen_string(g, key, xlgpu_bdf_format(bdf, text));
}

static void gen_gpu(yajl_gen g, const struct xlgpu_moving *m)
{
    xlgpu_gen_object(g, "gpu");
    xlgpu_gen_number(g, "vendor", m->gpu_vendor);
    xlgpu_gen_number(g, "device", m->gpu_device);
    xlgpu_gen_number(g, "subvendor", m->gpu_subvendor);
    xlgpu_gen_number(g, "subdevice", m->gpu_subdevice);
    xlgpu_gen_number(g, "memory", m->gpu_memory);
    xlgpu_gen_number(g, "count", m->gpu_count);
    yajl_gen_map_close(g);
}

static void gen_devices(yajl_gen g, const struct xlgpu_moving *m)
{
    const struct xlgpu_moving_device *d;

    xlgpu_gen_list(g, "devices");
    for (d = m->device; d < m->device + m->n_devices; d++) {
        xlgpu_gen_object(g, NULL);
        gen_bdf(g, "bdf", d->bdf);
        xlgpu_gen_number(g, "vslot", d->vslot);
        if (*d->id) xlgpu_gen_string(g, "id", d->id);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static bool gen_strings(yajl_gen g, const char *key, char **string, size_t n)
{
    bool ok = true;
    size_t i;

    xlgpu_gen_list(g, key);
    for (i = 0; i < n; i++) ok &= xlgpu_gen_string(g, NULL, string[i]);
    yajl_gen_array_close(g);
    return ok;
}

static void gen_allowed(yajl_gen g, const struct xlgpu_moving *m)
{
    xlgpu_gen_bool(g, "live", m->live);
    xlgpu_gen_bool(g, "hotplug", m->hotplug);
    xlgpu_gen_bool(g, "restart", m->restart);
    xlgpu_gen_bool(g, "state_guest", m->state_guest);
    xlgpu_gen_bool(g, "announced", m->announced);
    xlgpu_gen_bool(g, "kept", m->kept);
    xlgpu_gen_bool(g, "poweroff_destroys", m->poweroff_destroys);
}

char *xlgpu_moving_json(const struct xlgpu_moving *m)
{
    yajl_gen g = xlgpu_gen_open();
    char *text;
    bool ok;

    ok = xlgpu_gen_string(g, "uuid", m->uuid);
    ok &= xlgpu_gen_string(g, "name", m->name);
    xlgpu_gen_number(g, "domid", m->domid);
    xlgpu_gen_string(g, "type", type_word[m->type]);
    xlgpu_gen_number(g, "memory", m->memory);
    xlgpu_gen_number(g, "memory_max", m->memory_max);
    xlgpu_gen_xen(g, &m->xen);
    gen_bdf(g, "partition", m->partition);
    xlgpu_gen_number(g, "vslot", m->vslot);
    gen_shape(g, &m->shape);
    gen_gpu(g, m);
    ok &= xlgpu_gen_string(g, "model", m->model);
    ok &= xlgpu_gen_string(g, "spec", m->spec);
    gen_allowed(g, m);
    gen_devices(g, m);
    ok &= gen_strings(g, "disks", m->disk, m->n_disks);
    ok &= gen_strings(g, "bridges", m->bridge, m->n_bridges);
    xlgpu_gen_string(g, "records_dirty", known_word[m->records_dirty]);
    xlgpu_gen_string(g, "dma_log", dma_log_word[m->dma_log]);
    xlgpu_gen_string(g, "mode", xlgpu_mode_string(m->mode));
    text = xlgpu_gen_close(g);
    if (ok) return text;
    free(text);
    return NULL;
}

/* ---- Reading ---- */

static void read_caps(struct xlgpu_json *j, yajl_val o, struct xlgpu_shape *s)
{
    yajl_val *entry, cap;
    size_t i, n;

    entry = xlgpu_json_array(j, o, "capabilities", XLGPU_SHAPE_CAPS_MAX, &n);
    for (i = 0; i < n; i++) {
        cap = xlgpu_json_entry(j, entry[i], "capabilities");
        s->cap[s->n_caps++] = (struct xlgpu_shape_cap){
            .id = xlgpu_json_number(j, cap, "id", 0xffff),
            .offset = xlgpu_json_number(j, cap, "offset", 0xfff),
        };
    }
}

static void read_shape(struct xlgpu_json *j, struct xlgpu_shape *s)
{
    yajl_val *entry, bar, o = xlgpu_json_object(j, j->root, "shape");
    size_t i, n;

    s->vendor = xlgpu_json_number(j, o, "vendor", 0xffff);
    s->device = xlgpu_json_number(j, o, "device", 0xffff);
    s->subvendor = xlgpu_json_number(j, o, "subvendor", 0xffff);
    s->subdevice = xlgpu_json_number(j, o, "subdevice", 0xffff);
    s->class = xlgpu_json_number(j, o, "class", 0xffffff);
    s->msix = xlgpu_json_number(j, o, "msix", 2048);
    s->memory = xlgpu_json_number(j, o, "memory", INT64_MAX);
    read_caps(j, o, s);
    entry = xlgpu_json_array(j, o, "bars", XLGPU_SHAPE_BARS, &n);
    if (n != XLGPU_SHAPE_BARS)
        xlgpu_json_wrong(j, "bars", "are not as many as a device has");
    for (i = 0; i < n; i++) {
        bar = xlgpu_json_entry(j, entry[i], "bars");
        s->bar[i].size = xlgpu_json_number(j, bar, "size", INT64_MAX);
        s->bar[i].type = xlgpu_json_number(j, bar, "type", UINT32_MAX);
    }
}

static void read_gpu(struct xlgpu_json *j, struct xlgpu_moving *m)
{
    yajl_val o = xlgpu_json_object(j, j->root, "gpu");

    m->gpu_vendor = xlgpu_json_number(j, o, "vendor", 0xffff);
    m->gpu_device = xlgpu_json_number(j, o, "device", 0xffff);
    m->gpu_subvendor = xlgpu_json_number(j, o, "subvendor", 0xffff);
    m->gpu_subdevice = xlgpu_json_number(j, o, "subdevice", 0xffff);
    m->gpu_memory = xlgpu_json_number(j, o, "memory", INT64_MAX);
    m->gpu_count = xlgpu_json_number(j, o, "count", 0xffff);
}

/* A slot of the guest's bus; 0: any. */
static unsigned int read_slot(struct xlgpu_json *j, yajl_val o)
{
    return xlgpu_json_number(j, o, "vslot", 0x1f);
}

/* Older versions don't say it. */
static void read_id(struct xlgpu_json *j, yajl_val o, char id[XLGPU_ID_LEN])
{
    if (!xlgpu_json_has(o, "id")) return;
    strcpy(id, xlgpu_json_string(j, o, "id", XLGPU_ID_LEN - 1));
    if (!xlgpu_id_is(id)) xlgpu_json_wrong(j, "id", "is no VENDOR:DEVICE");
}

static void read_devices(struct xlgpu_json *j, struct xlgpu_moving *m)
{
    struct xlgpu_moving_device *d;
    yajl_val *entry, o;
    size_t i, n;

    entry = xlgpu_json_array(j, j->root, "devices", XLGPU_MOVING_LIST_MAX, &n);
    m->device = xlgpu_zalloc(n, sizeof(*m->device));
    for (i = 0; i < n; i++) {
        o = xlgpu_json_entry(j, entry[i], "devices");
        d = &m->device[m->n_devices++];
        d->bdf = xlgpu_json_bdf(j, o, "bdf");
        d->vslot = read_slot(j, o);
        read_id(j, o, d->id);
    }
}

static char **read_strings(struct xlgpu_json *j, const char *key, size_t *n_r)
{
    yajl_val *entry;
    char **string;
    size_t i;

    entry = xlgpu_json_array(j, j->root, key, XLGPU_MOVING_LIST_MAX, n_r);
    string = xlgpu_zalloc(*n_r, sizeof(*string));
    for (i = 0; i < *n_r; i++)
        string[i] = xlgpu_strdup(xlgpu_json_text(j, entry[i], key,
                                                 XLGPU_MOVING_TEXT_MAX));
    return string;
}

static void read_allowed(struct xlgpu_json *j, struct xlgpu_moving *m)
{
    m->live = xlgpu_json_bool(j, j->root, "live");
    m->hotplug = xlgpu_json_bool(j, j->root, "hotplug");
    m->restart = xlgpu_json_bool(j, j->root, "restart");
    m->state_guest = xlgpu_json_bool(j, j->root, "state_guest");
    m->announced = xlgpu_json_bool(j, j->root, "announced");
    m->kept = xlgpu_json_bool(j, j->root, "kept");
    m->poweroff_destroys = xlgpu_json_bool(j, j->root, "poweroff_destroys");
}

/* Canonical only: it becomes part of paths. */
static bool is_uuid(const char *s)
{
    size_t i;

    for (i = 0; i < XLGPU_UUID_LEN - 1; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23
                ? s[i] != '-' : !s[i] || !strchr("0123456789abcdef", s[i]))
            return false;
    return !s[i];
}

static void read_identity(struct xlgpu_json *j, struct xlgpu_moving *m)
{
    const char *uuid = xlgpu_json_string(j, j->root, "uuid",
                                         sizeof(m->uuid) - 1);

    if (is_uuid(uuid))
        strcpy(m->uuid, uuid);
    else
        xlgpu_json_wrong(j, "uuid", "is no UUID");
    m->name = xlgpu_strdup(xlgpu_json_string(j, j->root, "name",
                                             XLGPU_MOVING_NAME_MAX));
    if (!*m->name) xlgpu_json_wrong(j, "name", "is empty");
    m->domid = xlgpu_json_number(j, j->root, "domid", UINT32_MAX);
}

static void read_all(struct xlgpu_json *j, struct xlgpu_moving *m)
{
    yajl_val root = j->root;
    const char *mode;

    read_identity(j, m);
    m->type = xlgpu_json_word(j, root, "type", type_word, N(type_word));
    m->memory = xlgpu_json_number(j, root, "memory", INT64_MAX);
    m->memory_max = xlgpu_json_number(j, root, "memory_max", INT64_MAX);
    xlgpu_json_xen(j, &m->xen);
    m->partition = xlgpu_json_bdf(j, root, "partition");
    m->vslot = read_slot(j, root);
    read_shape(j, &m->shape);
    read_gpu(j, m);
    strcpy(m->model,
           xlgpu_json_string(j, root, "model", sizeof(m->model) - 1));
    m->spec = xlgpu_strdup(xlgpu_json_string(j, root, "spec",
                                             XLGPU_MOVING_TEXT_MAX));
    read_allowed(j, m);
    read_devices(j, m);
    m->disk = read_strings(j, "disks", &m->n_disks);
    m->bridge = read_strings(j, "bridges", &m->n_bridges);
    m->records_dirty = xlgpu_json_word(j, root, "records_dirty", known_word,
                                       N(known_word));
    m->dma_log = xlgpu_json_word(j, root, "dma_log", dma_log_word,
                                 N(dma_log_word));
    mode = xlgpu_json_string(j, root, "mode", 16);
    if (!xlgpu_mode_parse(mode, &m->mode))
        xlgpu_json_wrong(j, "mode", "is none that is known");
}

char *xlgpu_moving_parse(const char *text, struct xlgpu_moving *m)
{
    struct xlgpu_json j;

    *m = (struct xlgpu_moving){ 0 };
    xlgpu_json_parse(&j, text);
    if (!j.why) read_all(&j, m);
    return xlgpu_json_end(&j);
}

void xlgpu_moving_dispose(struct xlgpu_moving *m)
{
    size_t i;

    for (i = 0; i < m->n_disks; i++) free(m->disk[i]);
    for (i = 0; i < m->n_bridges; i++) free(m->bridge[i]);
    free(m->disk);
    free(m->bridge);
    free(m->device);
    free(m->spec);
    free(m->name);
    *m = (struct xlgpu_moving){ 0 };
}
