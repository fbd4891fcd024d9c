/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "desired.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "alloc.h"
#include "dirs.h"
#include "disk.h"
#include "status.h"

#define LAYOUT_VERSION 1
#define LAYOUT_FILE "layout.json"
#define COUNT_MAX 0xffff

static char *layout_path(void)
{
    return xlgpu_asprintf("%s/" LAYOUT_FILE, xlgpu_state_dir());
}

static void set_entry(struct xlgpu_layout *l, const struct xlgpu_desired *d)
{
    size_t i;

    for (i = 0; i < l->n && !xlgpu_bdf_equal(l->gpu[i].gpu, d->gpu); i++) {}
    if (i == l->n) l->gpu = xlgpu_realloc(l->gpu, ++l->n, sizeof(*l->gpu));
    l->gpu[i] = *d;
}

/* ---- Reading ---- */

static yajl_val member(yajl_val object, const char *key)
{
    const char *path[] = { key, NULL };

    return yajl_tree_get(object, path, yajl_t_any);
}

/* An absent number is 0. */
static bool read_number(yajl_val object, const char *key, long long max,
                        long long *value_r)
{
    yajl_val value = member(object, key);

    *value_r = 0;
    if (!value) return true;
    if (!YAJL_IS_INTEGER(value)) return false;
    *value_r = YAJL_GET_INTEGER(value);
    return *value_r >= 0 && *value_r <= max;
}

static bool read_device(yajl_val object, struct xlgpu_desired *d)
{
    const char *text = YAJL_GET_STRING(member(object, "device"));
    int n = 0;

    if (!member(object, "device")) return true;
    return text && sscanf(text, "%4hx:%4hx%n", &d->vendor, &d->device, &n) ==
           2 && !text[n];
}

static bool read_entry(yajl_val object, struct xlgpu_desired *d)
{
    yajl_val bdf = member(object, "bdf");
    long long count, memory, quantum, timeout;

    *d = (struct xlgpu_desired){ 0 };
    if (!YAJL_IS_STRING(bdf) ||
        !xlgpu_bdf_parse(YAJL_GET_STRING(bdf), &d->gpu) ||
        !member(object, "partition_count") || !read_device(object, d) ||
        !read_number(object, "partition_count", COUNT_MAX, &count) ||
        !read_number(object, "memory", INT64_MAX, &memory) ||
        !read_number(object, "exec_quantum_ms", UINT32_MAX, &quantum) ||
        !read_number(object, "preempt_timeout_us", UINT32_MAX, &timeout))
        return false;

    d->count = count;
    d->each = (struct xlgpu_resources){ .memory = memory,
                                        .exec_quantum_ms = quantum,
                                        .preempt_timeout_us = timeout };
    return true;
}

bool xlgpu_desired_parse(const char *text, struct xlgpu_layout *layout)
{
    struct xlgpu_desired d;
    yajl_val root, gpus;
    char error[256];
    bool ok;
    size_t i;

    *layout = (struct xlgpu_layout){ 0 };
    root = yajl_tree_parse(text, error, sizeof(error));
    gpus = root ? member(root, "gpus") : NULL;
    ok = YAJL_IS_ARRAY(gpus);
    for (i = 0; ok && i < YAJL_GET_ARRAY(gpus)->len; i++) {
        ok = read_entry(YAJL_GET_ARRAY(gpus)->values[i], &d);
        if (ok) set_entry(layout, &d);
    }
    yajl_tree_free(root);
    if (!ok) xlgpu_layout_dispose(layout);
    return ok;
}

int xlgpu_desired_read(struct xlgpu_layout *layout)
{
    char *path = layout_path(), *text = NULL;
    int rc;

    *layout = (struct xlgpu_layout){ 0 };
    rc = xlgpu_disk_read(path, &text);
    if (!rc && text && !xlgpu_desired_parse(text, layout))
        rc = xlgpu_fail(XLGPU_FAILED, path,
                        "move it away, then partition the GPUs anew",
                        "it is not a layout of xl-gpu's");
    free(text);
    free(path);
    return rc;
}

void xlgpu_layout_dispose(struct xlgpu_layout *layout)
{
    free(layout->gpu);
    *layout = (struct xlgpu_layout){ 0 };
}

const struct xlgpu_desired *xlgpu_desired_find(
    const struct xlgpu_layout *layout, struct xlgpu_bdf gpu)
{
    size_t i;

    for (i = 0; i < layout->n; i++)
        if (xlgpu_bdf_equal(layout->gpu[i].gpu, gpu)) return &layout->gpu[i];
    return NULL;
}

/* ---- Writing ---- */

static void gen_string(yajl_gen g, const char *s)
{
    yajl_gen_string(g, (const unsigned char *)s, strlen(s));
}

static void gen_number(yajl_gen g, const char *key, long long value)
{
    if (!value) return;
    gen_string(g, key);
    yajl_gen_integer(g, value);
}

static void gen_entry(yajl_gen g, const struct xlgpu_desired *d)
{
    char text[XLGPU_BDF_LEN];

    yajl_gen_map_open(g);
    gen_string(g, "bdf");
    gen_string(g, xlgpu_bdf_format(d->gpu, text));
    if (d->vendor) {
        snprintf(text, sizeof(text), "%04x:%04x", d->vendor, d->device);
        gen_string(g, "device");
        gen_string(g, text);
    }
    gen_number(g, "partition_count", d->count);
    gen_number(g, "memory", d->each.memory);
    gen_number(g, "exec_quantum_ms", d->each.exec_quantum_ms);
    gen_number(g, "preempt_timeout_us", d->each.preempt_timeout_us);
    yajl_gen_map_close(g);
}

static int write_layout(const char *path, const struct xlgpu_layout *l)
{
    yajl_gen g = yajl_gen_alloc(NULL);
    const unsigned char *text;
    size_t i, len;
    int rc;

    yajl_gen_map_open(g);
    gen_string(g, "version");
    yajl_gen_integer(g, LAYOUT_VERSION);
    gen_string(g, "gpus");
    yajl_gen_array_open(g);
    for (i = 0; i < l->n; i++)
        if (l->gpu[i].count) gen_entry(g, &l->gpu[i]);
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
    yajl_gen_get_buf(g, &text, &len);
    rc = xlgpu_disk_replace(path, text, len);
    yajl_gen_free(g);
    return rc;
}

int xlgpu_desired_set(const struct xlgpu_desired *desired)
{
    char *path = layout_path();
    struct xlgpu_layout layout = { 0 };
    int rc;

    rc = xlgpu_make_dir(xlgpu_state_dir());
    if (!rc) rc = xlgpu_desired_read(&layout);
    if (rc) goto out;

    set_entry(&layout, desired);
    rc = write_layout(path, &layout);
out:
    xlgpu_layout_dispose(&layout);
    free(path);
    return rc;
}

static int is_left_over(const struct dirent *e)
{
    return !strncmp(e->d_name, LAYOUT_FILE ".", strlen(LAYOUT_FILE "."));
}

void xlgpu_desired_sweep(void)
{
    struct dirent **entry = NULL;
    char *path;
    int i, n;

    n = scandir(xlgpu_state_dir(), &entry, is_left_over, NULL);
    for (i = 0; i < n; i++) {
        path = xlgpu_asprintf("%s/%s", xlgpu_state_dir(), entry[i]->d_name);
        unlink(path);
        free(path);
        free(entry[i]);
    }
    free(entry);
}
