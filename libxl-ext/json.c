/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "utf8.h"

/* yajl frees its trees by recursion. */
#define DEPTH_MAX 16

/* ---- Reading ---- */

void xlgpu_json_wrong(struct xlgpu_json *j, const char *key, const char *why)
{
    if (!j->why) j->why = xlgpu_asprintf("\"%s\" %s", key, why);
}

bool xlgpu_json_is_plain(const char *text)
{
    bool in_string = false;
    unsigned int depth = 0;

    for (; *text; text++) {
        if (in_string) {
            if (*text == '\\' && text[1]) text++;
            else if (*text == '"') in_string = false;
        } else if (*text == '"') {
            in_string = true;
        } else if (*text == '[' || *text == '{') {
            if (++depth > DEPTH_MAX) return false;
        } else if (*text == ']' || *text == '}') {
            if (depth) depth--;
        } else if (*text == '/') {
            return false;
        }
    }
    return true;
}

void xlgpu_json_parse(struct xlgpu_json *j, const char *text)
{
    char error[256];

    *j = (struct xlgpu_json){ 0 };
    if (xlgpu_json_is_plain(text))
        j->root = yajl_tree_parse(text, error, sizeof(error));
    if (YAJL_IS_OBJECT(j->root)) return;
    yajl_tree_free(j->root);
    j->root = NULL;
    j->why = xlgpu_strdup("it is no JSON object");
}

void xlgpu_json_dispose(struct xlgpu_json *j)
{
    yajl_tree_free(j->root);
    free(j->why);
    *j = (struct xlgpu_json){ 0 };
}

char *xlgpu_json_end(struct xlgpu_json *j)
{
    char *why = j->why;

    j->why = NULL;
    xlgpu_json_dispose(j);
    return why;
}

/* Of two with the same name the first. */
static yajl_val member(yajl_val object, const char *key)
{
    const char *path[] = { key, NULL };

    return object ? yajl_tree_get(object, path, yajl_t_any) : NULL;
}

bool xlgpu_json_has(yajl_val object, const char *key)
{
    return member(object, key);
}

uint64_t xlgpu_json_number(struct xlgpu_json *j, yajl_val object,
                           const char *key, uint64_t max)
{
    yajl_val value = member(object, key);

    if (YAJL_IS_INTEGER(value) && YAJL_GET_INTEGER(value) >= 0 &&
        (uint64_t)YAJL_GET_INTEGER(value) <= max)
        return YAJL_GET_INTEGER(value);
    xlgpu_json_wrong(j, key, "is missing, or no number that it can be");
    return 0;
}

bool xlgpu_json_bool(struct xlgpu_json *j, yajl_val object, const char *key)
{
    yajl_val value = member(object, key);

    if (!YAJL_IS_TRUE(value) && !YAJL_IS_FALSE(value))
        xlgpu_json_wrong(j, key, "is missing, or neither true nor false");
    return YAJL_IS_TRUE(value);
}

static bool has_control(const char *s)
{
    while (*s && (unsigned char)*s >= ' ' && *s != 0x7f) s++;
    return *s;
}

const char *xlgpu_json_text(struct xlgpu_json *j, yajl_val entry,
                            const char *key, size_t max)
{
    const char *text = YAJL_GET_STRING(entry);

    if (text && strlen(text) <= max && !has_control(text)) return text;
    xlgpu_json_wrong(j, key, "is missing, or no string that it can be");
    return "";
}

const char *xlgpu_json_string(struct xlgpu_json *j, yajl_val object,
                              const char *key, size_t max)
{
    return xlgpu_json_text(j, member(object, key), key, max);
}

struct xlgpu_bdf xlgpu_json_bdf(struct xlgpu_json *j, yajl_val object,
                                const char *key)
{
    const char *text = xlgpu_json_string(j, object, key, XLGPU_BDF_LEN);
    struct xlgpu_bdf bdf = { 0 };

    if (!xlgpu_bdf_parse(text, &bdf))
        xlgpu_json_wrong(j, key, "is no PCI address");
    return bdf;
}

unsigned int xlgpu_json_word(struct xlgpu_json *j, yajl_val object,
                             const char *key, const char *const *word,
                             unsigned int n)
{
    const char *text = YAJL_GET_STRING(member(object, key));
    unsigned int i;

    for (i = 0; text && i < n; i++)
        if (!strcmp(text, word[i])) return i;
    xlgpu_json_wrong(j, key, "is missing, or no word that is known");
    return 0;
}

yajl_val xlgpu_json_entry(struct xlgpu_json *j, yajl_val entry,
                          const char *key)
{
    if (YAJL_IS_OBJECT(entry)) return entry;
    xlgpu_json_wrong(j, key, "is missing, or no object");
    return NULL;
}

yajl_val xlgpu_json_object(struct xlgpu_json *j, yajl_val object,
                           const char *key)
{
    return xlgpu_json_entry(j, member(object, key), key);
}

yajl_val *xlgpu_json_array(struct xlgpu_json *j, yajl_val object,
                           const char *key, size_t max, size_t *n_r)
{
    yajl_val value = member(object, key);

    *n_r = 0;
    if (!YAJL_IS_ARRAY(value) || YAJL_GET_ARRAY(value)->len > max) {
        xlgpu_json_wrong(j, key, "is missing, no list, or too long");
        return NULL;
    }
    *n_r = YAJL_GET_ARRAY(value)->len;
    return YAJL_GET_ARRAY(value)->values;
}

/* ---- Writing ---- */

yajl_gen xlgpu_gen_open(void)
{
    yajl_gen g = yajl_gen_alloc(NULL);

    yajl_gen_config(g, yajl_gen_validate_utf8, 1);
    yajl_gen_map_open(g);
    return g;
}

static bool gen(yajl_gen g, const char *s)
{
    return yajl_gen_string(g, (const unsigned char *)s, strlen(s)) ==
           yajl_gen_status_ok;
}

void xlgpu_gen_key(yajl_gen g, const char *key)
{
    if (key) gen(g, key);
}

bool xlgpu_gen_takes(const char *value)
{
    uint32_t c;
    size_t n;

    if (has_control(value)) return false;
    for (; *value; value += n) {
        n = xlgpu_utf8(value, &c);
        if (!n) return false;
    }
    return true;
}

bool xlgpu_gen_string(yajl_gen g, const char *key, const char *value)
{
    xlgpu_gen_key(g, key);
    if (!has_control(value) && gen(g, value)) return true;
    gen(g, "");
    return false;
}

void xlgpu_gen_number(yajl_gen g, const char *key, uint64_t value)
{
    xlgpu_gen_key(g, key);
    yajl_gen_integer(g, value);
}

void xlgpu_gen_bool(yajl_gen g, const char *key, bool value)
{
    xlgpu_gen_key(g, key);
    yajl_gen_bool(g, value);
}

void xlgpu_gen_list(yajl_gen g, const char *key)
{
    xlgpu_gen_key(g, key);
    yajl_gen_array_open(g);
}

void xlgpu_gen_object(yajl_gen g, const char *key)
{
    xlgpu_gen_key(g, key);
    yajl_gen_map_open(g);
}

char *xlgpu_gen_close(yajl_gen g)
{
    const unsigned char *text = NULL;
    size_t len = 0;
    char *copy;

    yajl_gen_map_close(g);
    yajl_gen_get_buf(g, &text, &len);
    copy = xlgpu_zalloc(len + 1, 1);
    memcpy(copy, text, len);
    yajl_gen_free(g);
    return copy;
}
