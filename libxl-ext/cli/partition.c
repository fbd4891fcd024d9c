/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-partition and xl gpu-unpartition. The JSON documents are described in
 * xl-gpu(8). */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/layout.h"
#include "layout_print.h"
#include "pool/change.h"

/* prefix: "HOST: " or "". */
static void say(const char *prefix, const struct xlgpu_pool_change *c,
                bool dry_run)
{
    const char *noun = c->count == 1 ? "partition" : "partitions";
    const char *would = dry_run ? "would have " : "";
    char bdf[XLGPU_BDF_LEN];

    printf("%s%s: ", prefix, xlgpu_bdf_format(c->bdf, bdf));
    if (!c->changed)
        printf("%u %s, as before\n", c->count, noun);
    else if (c->count == c->before)
        printf("%s%u %s, made anew\n", would, c->count, noun);
    else
        printf("%s%u %s, before %u\n", would, c->count, noun, c->before);
}

/* ---- One GPU of this host ---- */

struct how {
    struct xlgpu_globals globals;
    bool json, pool;
};

static int report(const struct xlgpu_pool_change *c, enum xlgpu_need need,
                  const struct how *how)
{
    struct xlgpu_pool_change seen = *c;
    struct xlgpu_emit *e;

    if (!how->json) {
        /* What is only stored as desired is there already. */
        seen.changed = need == XLGPU_NEED_CHANGE;
        say("", &seen, how->globals.dry_run);
        return XLGPU_OK;
    }
    e = xlgpu_emit_open(true);
    xlgpu_change_print(e, c, false);
    return xlgpu_emit_close(e);
}

static int set_layout(const char *gpu_arg, const struct xlgpu_want *want,
                      const struct how *how)
{
    struct xlgpu_pool_change c = { .count = want->count };
    const struct xlgpu_globals *globals = &how->globals;
    struct xlgpu_host host = { 0 };
    struct xlgpu_gpu *gpu;
    enum xlgpu_need need;
    int rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout = !globals->dry_run,
                                    .dry_run = globals->dry_run,
                                    .verbose = globals->verbose });
    if (rc) goto out;
    rc = xlgpu_find_gpu(&host.inventory, gpu_arg, &gpu);
    if (rc) goto out;

    c.bdf = gpu->bdf;
    c.before = gpu->count;
    rc = xlgpu_layout_check(&host, gpu, want, &need);
    c.changed = need != XLGPU_NEED_NOTHING;
    if (!rc && !globals->dry_run) rc = xlgpu_layout_change(&host, gpu, want);
    if (!rc) rc = report(&c, need, how);
    if (!rc && gpu->console && want->count)
        xlgpu_warn(gpu_arg, NULL, "it drives dom0's console: keep its driver");
out:
    xlgpu_host_close(&host);
    return rc;
}

/* ---- All GPUs of the pool ---- */

static void say_pool(const struct xlgpu_pool_changed *changed, size_t n,
                     bool dry_run)
{
    char *prefix;
    size_t i, k;

    for (i = 0; i < n; i++) {
        prefix = xlgpu_asprintf("%s: ", changed[i].host);
        for (k = 0; k < changed[i].changes.n; k++)
            say(prefix, &changed[i].changes.gpu[k], dry_run);
        free(prefix);
    }
}

/* Whether any of its GPUs was changed. */
static bool emit_host(struct xlgpu_emit *e, const struct xlgpu_pool_changed *c)
{
    const struct xlgpu_pool_change *gpu;
    bool any = false;

    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "host", XLGPU_JSON_ONLY, c->host);
    xlgpu_emit_list_begin(e, "gpus", NULL);
    for (gpu = c->changes.gpu; gpu < c->changes.gpu + c->changes.n; gpu++) {
        xlgpu_emit_row_begin(e);
        xlgpu_change_print(e, gpu, c->lost && gpu->changed);
        xlgpu_emit_row_end(e);
        any |= gpu->changed;
    }
    xlgpu_emit_list_end(e);
    xlgpu_emit_string(e, "reason", XLGPU_JSON_ONLY, c->reason);
    xlgpu_emit_row_end(e);
    return any;
}

static int emit_pool(const struct xlgpu_pool_changed *changed, size_t n)
{
    struct xlgpu_emit *e = xlgpu_emit_open(true);
    bool any = false;
    size_t i;

    xlgpu_emit_list_begin(e, "hosts", NULL);
    for (i = 0; i < n; i++) any |= emit_host(e, &changed[i]);
    xlgpu_emit_list_end(e);
    xlgpu_emit_bool(e, "changed", any);
    return xlgpu_emit_close(e);
}

static int set_pool(const struct xlgpu_want *want, const struct how *how)
{
    struct xlgpu_pool_changed *changed = NULL;
    struct xlgpu_conf conf;
    size_t n = 0;
    int rc, r = 0;

    rc = xlgpu_conf_read(&conf);
    if (!rc)
        rc = xlgpu_pool_change(&conf, want, how->globals.dry_run, &changed,
                               &n);
    /* Of one that failed half-way too: which hosts were changed. */
    if (how->json && (n || !rc)) r = emit_pool(changed, n);
    if (!how->json && !rc) say_pool(changed, n, how->globals.dry_run);
    if (!rc) rc = r;
    xlgpu_pool_changed_free(changed, n);
    xlgpu_conf_dispose(&conf);
    return rc;
}

/* ---- The command lines ---- */

static int parse_request(const char *text, struct xlgpu_resources *each)
{
    char *why = xlgpu_resources_request(each, text);
    int rc = XLGPU_OK;

    if (why) rc = xlgpu_fail(XLGPU_USAGE, text, "see xl-gpu(8)", "%s", why);
    free(why);
    return rc;
}

static void parse_options(int argc, char **argv, const struct option *options,
                          struct how *how)
{
    int opt;

    while ((opt = xlgpu_getopt_long(argc, argv, "nj", options)) != -1) {
        if (opt == 'n') how->globals.dry_run = true;
        if (opt == 'j') how->json = true;
        if (opt == 'p') how->pool = true;
    }
}

int main_partition(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "pool", no_argument, NULL, 'p' }, { NULL, 0, NULL, 0 },
    };
    struct how how = { .globals = globals };
    struct xlgpu_want want = { 0 };
    const char *verb = argv[0], *gpu;
    int rc;

    parse_options(argc, argv, options, &how);
    argv += optind;
    argc -= optind;
    if (argc < 2 - how.pool) return xlgpu_usage(verb);
    gpu = how.pool ? NULL : *argv++;
    if (!xlgpu_count_parse(*argv, &want.count))
        return xlgpu_fail(XLGPU_USAGE, *argv,
                          "xl gpu-unpartition makes the GPU whole again",
                          "COUNT is not a number above 0");
    while (*++argv) {
        rc = parse_request(*argv, &want.each);
        if (rc) return rc;
    }
    return how.pool ? set_pool(&want, &how) : set_layout(gpu, &want, &how);
}

int main_unpartition(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option none[] = { { NULL, 0, NULL, 0 } };
    struct how how = { .globals = globals };

    parse_options(argc, argv, none, &how);
    if (argc - optind != 1) return xlgpu_usage(argv[0]);
    return set_layout(argv[optind], &(struct xlgpu_want){ 0 }, &how);
}
