/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "desired.h"

#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "alloc.h"
#include "dirs.h"
#include "disk.h"
#include "status.h"

#define LAYOUT_VERSION 1

struct entry {
    struct xlgpu_bdf gpu;
    unsigned int count;
};

struct layout {
    struct entry *entry;
    size_t n;
};

static void set_entry(struct layout *l, struct xlgpu_bdf gpu,
                      unsigned int count)
{
    size_t i;

    for (i = 0; i < l->n && !xlgpu_bdf_equal(l->entry[i].gpu, gpu); i++) {}
    if (i == l->n)
        l->entry = xlgpu_realloc(l->entry, ++l->n, sizeof(*l->entry));
    l->entry[i] = (struct entry){ gpu, count };
}

static bool parse_layout(yajl_val root, struct layout *l)
{
    static const char *gpus_path[] = { "gpus", NULL };
    static const char *bdf_path[] = { "bdf", NULL };
    static const char *count_path[] = { "partition_count", NULL };
    yajl_val gpus = yajl_tree_get(root, gpus_path, yajl_t_array), bdf, count;
    struct xlgpu_bdf gpu;
    size_t i;

    if (!gpus) return false;
    for (i = 0; i < YAJL_GET_ARRAY(gpus)->len; i++) {
        yajl_val one = YAJL_GET_ARRAY(gpus)->values[i];

        bdf = yajl_tree_get(one, bdf_path, yajl_t_string);
        count = yajl_tree_get(one, count_path, yajl_t_number);
        if (!bdf || !xlgpu_bdf_parse(YAJL_GET_STRING(bdf), &gpu) ||
            !YAJL_IS_INTEGER(count))
            return false;
        set_entry(l, gpu, YAJL_GET_INTEGER(count));
    }
    return true;
}

static int read_layout(const char *path, struct layout *l)
{
    char *text = NULL, error[256];
    yajl_val root = NULL;
    int rc;

    rc = xlgpu_disk_read(path, &text);
    if (rc || !text) goto out;

    root = yajl_tree_parse(text, error, sizeof(error));
    if (!root || !parse_layout(root, l))
        rc = xlgpu_fail(XLGPU_FAILED, path,
                        "move it away, then partition the GPUs anew",
                        "it is not a layout of xl-gpu's");
out:
    yajl_tree_free(root);
    free(text);
    return rc;
}

static void gen_string(yajl_gen g, const char *s)
{
    yajl_gen_string(g, (const unsigned char *)s, strlen(s));
}

static int write_layout(const char *path, const struct layout *l)
{
    yajl_gen g = yajl_gen_alloc(NULL);
    const unsigned char *text;
    char bdf[XLGPU_BDF_LEN];
    size_t i, len;
    int rc;

    yajl_gen_map_open(g);
    gen_string(g, "version");
    yajl_gen_integer(g, LAYOUT_VERSION);
    gen_string(g, "gpus");
    yajl_gen_array_open(g);
    for (i = 0; i < l->n; i++) {
        if (!l->entry[i].count) continue;
        yajl_gen_map_open(g);
        gen_string(g, "bdf");
        gen_string(g, xlgpu_bdf_format(l->entry[i].gpu, bdf));
        gen_string(g, "partition_count");
        yajl_gen_integer(g, l->entry[i].count);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
    yajl_gen_get_buf(g, &text, &len);
    rc = xlgpu_disk_replace(path, text, len);
    yajl_gen_free(g);
    return rc;
}

int xlgpu_desired_set(struct xlgpu_bdf gpu, unsigned int count)
{
    char *path = xlgpu_asprintf("%s/layout.json", xlgpu_state_dir());
    struct layout layout = { 0 };
    int rc;

    rc = xlgpu_make_dir(xlgpu_state_dir());
    if (!rc) rc = read_layout(path, &layout);
    if (rc) goto out;

    set_entry(&layout, gpu, count);
    rc = write_layout(path, &layout);
out:
    free(layout.entry);
    free(path);
    return rc;
}
