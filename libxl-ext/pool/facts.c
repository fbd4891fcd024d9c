/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json.h"

struct xlgpu_traits xlgpu_pool_traits(const struct xlgpu_pool_gpu *gpu)
{
    return (struct xlgpu_traits){ .vendor = gpu->vendor,
                                  .device = gpu->device,
                                  .subvendor = gpu->subvendor,
                                  .subdevice = gpu->subdevice,
                                  .memory = gpu->memory,
                                  .count = gpu->count,
                                  .driver = gpu->driver,
                                  .driver_version = gpu->driver_version,
                                  .firmware = gpu->firmware };
}

/* ---- Writing ---- */

static bool gen_guests(yajl_gen g, const struct xlgpu_pool_gpu *gpu)
{
    bool ok = true;
    size_t i;

    xlgpu_gen_list(g, "guests");
    for (i = 0; i < gpu->n_guests; i++)
        ok &= xlgpu_gen_string(g, NULL, gpu->guest[i]);
    yajl_gen_array_close(g);
    return ok;
}

static bool gen_gpu(yajl_gen g, const struct xlgpu_pool_gpu *gpu)
{
    char bdf[XLGPU_BDF_LEN];
    bool ok;

    xlgpu_gen_object(g, NULL);
    xlgpu_gen_string(g, "bdf", xlgpu_bdf_format(gpu->bdf, bdf));
    xlgpu_gen_number(g, "vendor", gpu->vendor);
    xlgpu_gen_number(g, "device", gpu->device);
    xlgpu_gen_number(g, "subvendor", gpu->subvendor);
    xlgpu_gen_number(g, "subdevice", gpu->subdevice);
    ok = xlgpu_gen_string(g, "model", gpu->model);
    xlgpu_gen_number(g, "memory", gpu->memory);
    xlgpu_gen_number(g, "partition_memory", gpu->partition_memory);
    xlgpu_gen_number(g, "count", gpu->count);
    xlgpu_gen_number(g, "free", gpu->free);
    xlgpu_gen_number(g, "held", gpu->held);
    xlgpu_gen_number(g, "reserved", gpu->reserved);
    ok &= xlgpu_gen_string(g, "driver", gpu->driver);
    ok &= xlgpu_gen_string(g, "driver_version", gpu->driver_version);
    ok &= xlgpu_gen_string(g, "firmware", gpu->firmware);
    ok &= gen_guests(g, gpu);
    yajl_gen_map_close(g);
    return ok;
}

char *xlgpu_pool_facts_json(const struct xlgpu_pool_facts *facts)
{
    yajl_gen g = xlgpu_gen_open();
    char *text;
    size_t i;
    bool ok;

    ok = xlgpu_gen_string(g, "host", facts->host);
    ok &= xlgpu_gen_string(g, "identity", facts->identity);
    xlgpu_gen_list(g, "gpus");
    for (i = 0; i < facts->n; i++) ok &= gen_gpu(g, &facts->gpu[i]);
    yajl_gen_array_close(g);
    text = xlgpu_gen_close(g);
    if (ok) return text;
    free(text);
    return NULL;
}

/* ---- Reading ---- */

/* buf has room for size bytes, the NUL among them. */
static void read_text(struct xlgpu_json *j, yajl_val o, const char *key,
                      char *buf, size_t size)
{
    strcpy(buf, xlgpu_json_string(j, o, key, size - 1));
}

static void read_room(struct xlgpu_json *j, yajl_val o,
                      struct xlgpu_pool_gpu *gpu)
{
    gpu->count = xlgpu_json_number(j, o, "count", 0xffff);
    gpu->free = xlgpu_json_number(j, o, "free", 0xffff);
    gpu->held = xlgpu_json_number(j, o, "held", 0xffff);
    gpu->reserved = xlgpu_json_number(j, o, "reserved", 0xffff);
    if (gpu->free + gpu->held + gpu->reserved > gpu->count)
        xlgpu_json_wrong(j, "count", "is less than what it is made of");
}

/* Whose xl-gpu is older doesn't name them. */
static void read_guests(struct xlgpu_json *j, yajl_val o,
                        struct xlgpu_pool_gpu *gpu)
{
    yajl_val *entry;
    size_t i, n;

    if (!xlgpu_json_has(o, "guests")) return;
    entry = xlgpu_json_array(j, o, "guests", XLGPU_POOL_GUESTS_MAX, &n);
    gpu->guest = xlgpu_zalloc(n, sizeof(*gpu->guest));
    for (i = 0; i < n; i++)
        gpu->guest[gpu->n_guests++] = xlgpu_strdup(
            xlgpu_json_text(j, entry[i], "guests", XLGPU_POOL_GUEST_MAX));
}

static void read_gpu(struct xlgpu_json *j, yajl_val o,
                     struct xlgpu_pool_gpu *gpu)
{
    gpu->bdf = xlgpu_json_bdf(j, o, "bdf");
    gpu->vendor = xlgpu_json_number(j, o, "vendor", 0xffff);
    gpu->device = xlgpu_json_number(j, o, "device", 0xffff);
    gpu->subvendor = xlgpu_json_number(j, o, "subvendor", 0xffff);
    gpu->subdevice = xlgpu_json_number(j, o, "subdevice", 0xffff);
    read_text(j, o, "model", gpu->model, sizeof(gpu->model));
    gpu->memory = xlgpu_json_number(j, o, "memory", INT64_MAX);
    gpu->partition_memory = xlgpu_json_number(j, o, "partition_memory",
                                              INT64_MAX);
    read_room(j, o, gpu);
    read_text(j, o, "driver", gpu->driver, sizeof(gpu->driver));
    read_text(j, o, "driver_version", gpu->driver_version,
              sizeof(gpu->driver_version));
    read_text(j, o, "firmware", gpu->firmware, sizeof(gpu->firmware));
    read_guests(j, o, gpu);
}

static void read_all(struct xlgpu_json *j, struct xlgpu_pool_facts *facts)
{
    yajl_val *entry;
    size_t i, n;

    facts->host = xlgpu_strdup(xlgpu_json_string(j, j->root, "host",
                                                 XLGPU_POOL_HOST_MAX));
    facts->identity = xlgpu_strdup(
        xlgpu_json_string(j, j->root, "identity", XLGPU_POOL_IDENTITY_MAX));
    if (!*facts->identity) xlgpu_json_wrong(j, "identity", "is empty");
    entry = xlgpu_json_array(j, j->root, "gpus", XLGPU_POOL_GPUS_MAX, &n);
    facts->gpu = xlgpu_zalloc(n, sizeof(*facts->gpu));
    for (i = 0; i < n; i++)
        read_gpu(j, xlgpu_json_entry(j, entry[i], "gpus"),
                 &facts->gpu[facts->n++]);
}

char *xlgpu_pool_facts_parse(const char *text, struct xlgpu_pool_facts *facts)
{
    struct xlgpu_json j;

    *facts = (struct xlgpu_pool_facts){ 0 };
    xlgpu_json_parse(&j, text);
    if (!j.why) read_all(&j, facts);
    return xlgpu_json_end(&j);
}

void xlgpu_pool_facts_dispose(struct xlgpu_pool_facts *facts)
{
    struct xlgpu_pool_gpu *gpu;

    for (gpu = facts->gpu; gpu < facts->gpu + facts->n; gpu++) {
        while (gpu->n_guests) free(gpu->guest[--gpu->n_guests]);
        free(gpu->guest);
    }
    free(facts->gpu);
    free(facts->identity);
    free(facts->host);
    *facts = (struct xlgpu_pool_facts){ 0 };
}
