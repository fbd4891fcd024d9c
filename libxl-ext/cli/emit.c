/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "alloc.h"
#include "status.h"

struct xlgpu_emit {
    yajl_gen gen; /* NULL: text */
    bool in_line; /* text: a row has begun and its newline is missing */
};

struct xlgpu_emit *xlgpu_emit_open(bool json)
{
    struct xlgpu_emit *e = xlgpu_zalloc(1, sizeof(*e));

    if (!json) return e;
    e->gen = yajl_gen_alloc(NULL);
    yajl_gen_config(e->gen, yajl_gen_beautify, 1);
    yajl_gen_config(e->gen, yajl_gen_indent_string, "    ");
    yajl_gen_map_open(e->gen);
    return e;
}

int xlgpu_emit_close(struct xlgpu_emit *e)
{
    const unsigned char *text;
    int rc = XLGPU_OK;
    size_t len;

    if (e->gen) {
        yajl_gen_map_close(e->gen);
        yajl_gen_get_buf(e->gen, &text, &len);
        fwrite(text, 1, len, stdout);
        yajl_gen_free(e->gen);
    }
    free(e);
    if (fflush(stdout) || ferror(stdout))
        rc = xlgpu_fail(XLGPU_FAILED, "standard output", NULL, "%s",
                        strerror(errno));
    return rc;
}

char *xlgpu_emit_close_json(struct xlgpu_emit *e)
{
    const unsigned char *text;
    size_t len;
    char *copy;

    yajl_gen_map_close(e->gen);
    yajl_gen_get_buf(e->gen, &text, &len);
    copy = xlgpu_zalloc(len + 1, 1);
    memcpy(copy, text, len);
    yajl_gen_free(e->gen);
    free(e);
    return copy;
}

static void gen_string(struct xlgpu_emit *e, const char *s)
{
    /* A name may hold anything; what is not UTF-8, JSON can't. */
    if (yajl_gen_string(e->gen, (const unsigned char *)s, strlen(s)) ==
        yajl_gen_invalid_string)
        yajl_gen_string(e->gen, (const unsigned char *)"?", 1);
}

static void end_line(struct xlgpu_emit *e)
{
    if (e->in_line) putchar('\n');
    e->in_line = false;
}

static void text_field(struct xlgpu_emit *e, int width, const char *value)
{
    if (width == XLGPU_JSON_ONLY) return;
    if (e->in_line) putchar(' ');
    printf("%*s", width, value);
    e->in_line = true;
}

void xlgpu_emit_list_begin(struct xlgpu_emit *e, const char *key,
                           const char *heading)
{
    if (e->gen) {
        gen_string(e, key);
        yajl_gen_array_open(e->gen);
        return;
    }
    end_line(e);
    if (heading) puts(heading);
}

void xlgpu_emit_list_end(struct xlgpu_emit *e)
{
    if (e->gen) yajl_gen_array_close(e->gen);
}

void xlgpu_emit_object_begin(struct xlgpu_emit *e, const char *key)
{
    if (!e->gen) return;
    gen_string(e, key);
    yajl_gen_map_open(e->gen);
}

void xlgpu_emit_object_end(struct xlgpu_emit *e)
{
    if (e->gen) yajl_gen_map_close(e->gen);
}

void xlgpu_emit_row_begin(struct xlgpu_emit *e)
{
    if (e->gen) yajl_gen_map_open(e->gen);
}

void xlgpu_emit_row_end(struct xlgpu_emit *e)
{
    if (e->gen)
        yajl_gen_map_close(e->gen);
    else
        end_line(e);
}

void xlgpu_emit_string(struct xlgpu_emit *e, const char *key, int width,
                       const char *value)
{
    if (!value) {
        xlgpu_emit_null(e, key, width);
    } else if (e->gen) {
        gen_string(e, key);
        gen_string(e, value);
    } else {
        text_field(e, width, value);
    }
}

void xlgpu_emit_number(struct xlgpu_emit *e, const char *key, int width,
                       int64_t value)
{
    char text[32];

    if (e->gen) {
        gen_string(e, key);
        yajl_gen_integer(e->gen, value);
        return;
    }
    snprintf(text, sizeof(text), "%" PRId64, value);
    text_field(e, width, text);
}

void xlgpu_emit_bool(struct xlgpu_emit *e, const char *key, bool value)
{
    if (!e->gen) return;
    gen_string(e, key);
    yajl_gen_bool(e->gen, value);
}

void xlgpu_emit_memory(struct xlgpu_emit *e, const char *key, int width,
                       uint64_t bytes)
{
    if (!bytes)
        xlgpu_emit_null(e, key, width);
    else
        xlgpu_emit_number(e, key, width, e->gen ? bytes : bytes >> 20);
}

void xlgpu_emit_null(struct xlgpu_emit *e, const char *key, int width)
{
    if (e->gen) {
        gen_string(e, key);
        yajl_gen_null(e->gen);
    } else {
        text_field(e, width, "-");
    }
}

void xlgpu_emit_strings(struct xlgpu_emit *e, const char *key,
                        char *const *value, size_t n)
{
    size_t i;

    if (!e->gen) return;
    gen_string(e, key);
    yajl_gen_array_open(e->gen);
    for (i = 0; i < n; i++) gen_string(e, value[i]);
    yajl_gen_array_close(e->gen);
}

void xlgpu_emit_numbers(struct xlgpu_emit *e, const char *key,
                        const unsigned int *value, unsigned int n)
{
    unsigned int i;

    if (!e->gen) return;
    gen_string(e, key);
    yajl_gen_array_open(e->gen);
    for (i = 0; i < n; i++) yajl_gen_integer(e->gen, value[i]);
    yajl_gen_array_close(e->gen);
}

void xlgpu_emit_pci_ids(struct xlgpu_emit *e, uint16_t vendor, uint16_t device,
                        uint16_t subvendor, uint16_t subdevice)
{
    char text[16];

    snprintf(text, sizeof(text), "%04x", vendor);
    xlgpu_emit_string(e, "vendor", XLGPU_JSON_ONLY, text);
    snprintf(text, sizeof(text), "%04x", device);
    xlgpu_emit_string(e, "device", XLGPU_JSON_ONLY, text);
    snprintf(text, sizeof(text), "%04x:%04x", subvendor, subdevice);
    xlgpu_emit_string(e, "subsystem", XLGPU_JSON_ONLY, text);
}
