/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "header.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "alloc.h"
#include "json.h"
#include "xlwire.h"

static bool refuse(struct xlgpu_header *h, const char *why)
{
    h->why = why;
    return false;
}

/* ---- JSON ---- */

static yajl_val get(yajl_val object, const char *key)
{
    size_t i;

    if (!YAJL_IS_OBJECT(object)) return NULL;
    for (i = 0; i < YAJL_GET_OBJECT(object)->len; i++)
        if (!strcmp(YAJL_GET_OBJECT(object)->keys[i], key))
            return YAJL_GET_OBJECT(object)->values[i];
    return NULL;
}

/* libxl leaves out what is 0. */
static unsigned int number(yajl_val object, const char *key)
{
    yajl_val value = get(object, key);

    return YAJL_IS_INTEGER(value) ? YAJL_GET_INTEGER(value) : 0;
}

static struct xlgpu_bdf device_bdf(yajl_val device)
{
    return (struct xlgpu_bdf){ number(device, "domain"),
                               number(device, "bus"), number(device, "dev"),
                               number(device, "func") };
}

static void gen_string(yajl_gen gen, const char *s)
{
    yajl_gen_string(gen, (const unsigned char *)s, strlen(s));
}

static void gen_member(yajl_gen gen, const char *key, unsigned int value)
{
    gen_string(gen, key);
    yajl_gen_integer(gen, value);
}

/* NOLINTBEGIN(misc-no-recursion): only so deep as xlgpu_json_is_plain(). */
static void gen_value(yajl_gen gen, yajl_val value);

static void gen_object(yajl_gen gen, yajl_val object, bool of_device)
{
    const char *key;
    size_t i;

    for (i = 0; i < object->u.object.len; i++) {
        key = object->u.object.keys[i];
        if (of_device && (!strcmp(key, "domain") || !strcmp(key, "bus") ||
                          !strcmp(key, "dev") || !strcmp(key, "func")))
            continue;
        gen_string(gen, key);
        gen_value(gen, object->u.object.values[i]);
    }
}

/* Numbers stay as they were written: libxl's have 64 bits. */
static void gen_value(yajl_gen gen, yajl_val value)
{
    size_t i;

    switch (value->type) {
    case yajl_t_string:
        gen_string(gen, YAJL_GET_STRING(value));
        break;
    case yajl_t_number:
        yajl_gen_number(gen, YAJL_GET_NUMBER(value),
                        strlen(YAJL_GET_NUMBER(value)));
        break;
    case yajl_t_object:
        yajl_gen_map_open(gen);
        gen_object(gen, value, false);
        yajl_gen_map_close(gen);
        break;
    case yajl_t_array:
        yajl_gen_array_open(gen);
        for (i = 0; i < value->u.array.len; i++)
            gen_value(gen, value->u.array.values[i]);
        yajl_gen_array_close(gen);
        break;
    case yajl_t_true:
    case yajl_t_false:
        yajl_gen_bool(gen, YAJL_IS_TRUE(value));
        break;
    default:
        yajl_gen_null(gen);
    }
}
/* NOLINTEND(misc-no-recursion) */

static const struct xlgpu_swap *find_swap(const struct xlgpu_header *h,
                                          struct xlgpu_bdf from)
{
    size_t i;

    for (i = 0; i < h->n_swaps; i++)
        if (xlgpu_bdf_equal(h->swap[i].from, from)) return &h->swap[i];
    return NULL;
}

static bool gen_devices(struct xlgpu_header *h, yajl_gen gen,
                        yajl_val devices)
{
    const struct xlgpu_swap *swap;
    yajl_val device;
    size_t i;

    if (!YAJL_IS_ARRAY(devices))
        return refuse(h, "its pcidevs is not a list");
    yajl_gen_array_open(gen);
    for (i = 0; i < YAJL_GET_ARRAY(devices)->len; i++) {
        device = YAJL_GET_ARRAY(devices)->values[i];
        if (!YAJL_IS_OBJECT(device))
            return refuse(h, "its pcidevs has what is no device");
        swap = find_swap(h, device_bdf(device));
        if (!swap)
            return refuse(h, "it has a device that was not spoken of");
        yajl_gen_map_open(gen);
        gen_member(gen, "domain", swap->to.domain);
        gen_member(gen, "bus", swap->to.bus);
        gen_member(gen, "dev", swap->to.dev);
        gen_member(gen, "func", swap->to.fn);
        gen_object(gen, device, true);
        yajl_gen_map_close(gen);
    }
    yajl_gen_array_close(gen);
    return true;
}

static bool gen_config(struct xlgpu_header *h, yajl_gen gen, yajl_val root)
{
    const char *key;
    bool ok = true;
    size_t i;

    yajl_gen_map_open(gen);
    for (i = 0; ok && i < YAJL_GET_OBJECT(root)->len; i++) {
        key = YAJL_GET_OBJECT(root)->keys[i];
        gen_string(gen, key);
        if (strcmp(key, "pcidevs"))
            gen_value(gen, YAJL_GET_OBJECT(root)->values[i]);
        else
            ok = gen_devices(h, gen, YAJL_GET_OBJECT(root)->values[i]);
    }
    yajl_gen_map_close(gen);
    return ok;
}

/* ---- The head ---- */

static bool is_of_guest(struct xlgpu_header *h, yajl_val root)
{
    yajl_val uuid = get(get(root, "c_info"), "uuid");

    if (!YAJL_IS_OBJECT(root)) return refuse(h, "its config is no object");
    if (!YAJL_IS_STRING(uuid) ||
        strcasecmp(uuid->u.string, h->uuid))
        return refuse(h, "it is of another guest");
    return true;
}

/* The new head in place of the old one, and what came behind that. */
static void replace_head(struct xlgpu_header *h, size_t old_len,
                         const unsigned char *json, size_t json_len)
{
    struct xl_header head;
    uint32_t len = json_len + 1;
    size_t rest = h->len - old_len;
    size_t size = sizeof(head) + sizeof(len) + len + rest;
    char *text = xlgpu_zalloc(size, 1), *p = text;

    memcpy(&head, h->buf, sizeof(head));
    head.optional_data_len = sizeof(len) + len;
    p = mempcpy(p, &head, sizeof(head));
    p = mempcpy(p, &len, sizeof(len));
    p = (char *)mempcpy(p, json, json_len) + 1;
    memcpy(p, h->buf + old_len, rest);
    free(h->buf);
    h->buf = text;
    h->len = size;
    h->done = true;
}

static bool rewrite(struct xlgpu_header *h, const char *json, size_t old_len)
{
    yajl_gen gen = yajl_gen_alloc(NULL);
    const unsigned char *text;
    char error[128];
    yajl_val root;
    size_t len;
    bool ok;

    if (!xlgpu_json_is_plain(json)) {
        yajl_gen_free(gen);
        return refuse(h, "its config is nested too deep");
    }
    root = yajl_tree_parse(json, error, sizeof(error));
    ok = root ? is_of_guest(h, root) && gen_config(h, gen, root)
              : refuse(h, "its config is not JSON");
    if (ok && yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok)
        replace_head(h, old_len, text, len);
    else if (ok)
        ok = refuse(h, "its config can't be written again");
    yajl_gen_free(gen);
    yajl_tree_free(root);
    return ok;
}

bool xlgpu_header_take(struct xlgpu_header *h, const void *data, size_t len)
{
    struct xl_header head;
    uint32_t json_len;
    char *json;

    h->buf = xlgpu_realloc(h->buf, h->len + len, 1);
    memcpy(h->buf + h->len, data, len);
    h->len += len;
    if (h->len < sizeof(head)) return true;

    memcpy(&head, h->buf, sizeof(head));
    if (memcmp(head.magic, XL_MAGIC, sizeof(head.magic)) ||
        head.byteorder != XL_BYTE_ORDER)
        return refuse(h, "it is not what xl migrate sends");
    if (!(head.mandatory_flags & XL_FLAG_JSON))
        return refuse(h, "it has no config as JSON");
    if (head.optional_data_len < sizeof(json_len) ||
        head.optional_data_len > XL_CONFIG_MAX)
        return refuse(h, "its head has no sane length");
    if (h->len < sizeof(head) + head.optional_data_len) return true;

    memcpy(&json_len, h->buf + sizeof(head), sizeof(json_len));
    json = h->buf + sizeof(head) + sizeof(json_len);
    if (!json_len || json_len > head.optional_data_len - sizeof(json_len) ||
        json[json_len - 1])
        return refuse(h, "its config has no sane length");
    return rewrite(h, json, sizeof(head) + head.optional_data_len);
}

void xlgpu_header_dispose(struct xlgpu_header *h)
{
    free(h->buf);
    *h = (struct xlgpu_header){ 0 };
}
