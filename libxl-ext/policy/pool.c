/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

const char *xlgpu_pool_verdict_string(enum xlgpu_pool_verdict verdict)
{
    static const char *const name[] = {
        [XLGPU_POOL_ALIKE] = "alike",
        [XLGPU_POOL_WARNING] = "warning",
        [XLGPU_POOL_NO_ANSWER] = "no answer",
        [XLGPU_POOL_ERROR] = "error",
    };

    return name[verdict];
}

/* ---- What the others are compared with ---- */

static enum xlgpu_homogeneity compare(const struct xlgpu_pool_gpu *x,
                                      const struct xlgpu_pool_gpu *y,
                                      enum xlgpu_trait trait, bool count)
{
    struct xlgpu_traits a = xlgpu_pool_traits(x), b = xlgpu_pool_traits(y);

    if (trait == XLGPU_TRAIT_COUNT && !count) return XLGPU_ALIKE;
    return xlgpu_trait_differs(&a, &b, trait);
}

static enum xlgpu_homogeneity compare_all(const struct xlgpu_pool_gpu *x,
                                          const struct xlgpu_pool_gpu *y,
                                          bool count)
{
    enum xlgpu_homogeneity h, worst = XLGPU_ALIKE;
    enum xlgpu_trait t;

    for (t = 0; t < XLGPU_TRAITS; t++) {
        h = compare(x, y, t, count);
        if (h > worst) worst = h;
    }
    return worst;
}

/* How many GPUs are like this one, and how many of these in all. */
struct likes {
    size_t kind, all;
};

static struct likes likes_of(const struct xlgpu_pool_gpu *gpu,
                             const struct xlgpu_pool_host *host, size_t n,
                             bool count)
{
    struct likes likes = { 0 };
    enum xlgpu_homogeneity h;
    size_t i, k;

    for (i = 0; i < n; i++)
        for (k = 0; host[i].facts && k < host[i].facts->n; k++) {
            h = compare_all(gpu, &host[i].facts->gpu[k], count);
            likes.kind += h != XLGPU_UNLIKE;
            likes.all += h == XLGPU_ALIKE;
        }
    return likes;
}

static const struct xlgpu_pool_gpu *commonest(
    const struct xlgpu_pool_host *host, size_t n, bool count)
{
    const struct xlgpu_pool_gpu *gpu, *best = NULL;
    struct likes l, most = { 0 };
    size_t i, k;

    for (i = 0; i < n; i++)
        for (k = 0; host[i].facts && k < host[i].facts->n; k++) {
            gpu = &host[i].facts->gpu[k];
            l = likes_of(gpu, host, n, count);
            if (l.kind < most.kind ||
                (l.kind == most.kind && l.all <= most.all))
                continue;
            most = l;
            best = gpu;
        }
    return best;
}

/* ---- The checks ---- */

static const char *remedy_of(enum xlgpu_trait trait)
{
    switch (trait) {
    case XLGPU_TRAIT_COUNT:
        return "xl gpu-partition --pool gives all the same count";
    case XLGPU_TRAIT_DRIVER:
    case XLGPU_TRAIT_DRIVER_VERSION:
        return "have the same driver on all hosts";
    case XLGPU_TRAIT_FIRMWARE:
        return "have the same firmware on all GPUs";
    default:
        return "have GPUs of one kind in the pool";
    }
}

static enum xlgpu_check_result result_of(enum xlgpu_homogeneity h)
{
    return h == XLGPU_UNLIKE         ? XLGPU_CHECK_FAIL
           : h == XLGPU_NEARLY_ALIKE ? XLGPU_CHECK_WARN
                                     : XLGPU_CHECK_PASS;
}

static void add_difference(struct xlgpu_pool_host *host,
                           const struct xlgpu_pool_gpu *gpu,
                           const struct xlgpu_pool_gpu *other,
                           enum xlgpu_trait trait, enum xlgpu_homogeneity h)
{
    struct xlgpu_traits a = xlgpu_pool_traits(gpu);
    struct xlgpu_traits b = xlgpu_pool_traits(other);
    char *here = xlgpu_trait_text(&a, trait);
    char *there = xlgpu_trait_text(&b, trait);
    char bdf[XLGPU_BDF_LEN];

    xlgpu_check_add(&host->checks, xlgpu_trait_check(trait), result_of(h),
                    xlgpu_asprintf("%s: %s %s, in the pool %s",
                                   xlgpu_bdf_format(gpu->bdf, bdf),
                                   xlgpu_trait_name(trait), here, there),
                    remedy_of(trait));
    free(here);
    free(there);
}

static void check_trait(struct xlgpu_pool_host *host,
                        const struct xlgpu_pool_gpu *other,
                        enum xlgpu_trait trait, bool count)
{
    const struct xlgpu_pool_gpu *gpu;
    enum xlgpu_homogeneity h;
    bool alike = true;

    for (gpu = host->facts->gpu; gpu < host->facts->gpu + host->facts->n;
         gpu++) {
        h = compare(gpu, other, trait, count);
        if (h == XLGPU_ALIKE) continue;
        alike = false;
        add_difference(host, gpu, other, trait, h);
    }
    if (alike)
        xlgpu_check_add(&host->checks, xlgpu_trait_check(trait),
                        XLGPU_CHECK_PASS, xlgpu_strdup("as in the pool"),
                        NULL);
}

static enum xlgpu_pool_verdict verdict_of(const struct xlgpu_checks *checks)
{
    enum xlgpu_pool_verdict verdict = XLGPU_POOL_ALIKE;
    size_t i;

    if (xlgpu_checks_failed(checks)) return XLGPU_POOL_ERROR;
    for (i = 0; i < checks->n; i++)
        if (checks->check[i].result == XLGPU_CHECK_WARN)
            verdict = XLGPU_POOL_WARNING;
    return verdict;
}

static void judge(struct xlgpu_pool_host *host,
                  const struct xlgpu_pool_gpu *other, bool count)
{
    enum xlgpu_trait t;

    xlgpu_check_add(&host->checks, "answer",
                    host->facts ? XLGPU_CHECK_PASS : XLGPU_CHECK_FAIL,
                    xlgpu_strdup(host->facts ? "it answers" : host->why),
                    host->remedy);
    host->verdict = XLGPU_POOL_NO_ANSWER;
    if (!host->facts) return;

    if (!host->facts->n)
        xlgpu_check_add(&host->checks, "gpus", XLGPU_CHECK_FAIL,
                        xlgpu_strdup("no GPU there can be partitioned"),
                        "see xl gpu-precheck there");
    for (t = 0; host->facts->n && t < XLGPU_TRAITS; t++)
        check_trait(host, other, t, count);
    host->verdict = verdict_of(&host->checks);
}

enum xlgpu_pool_verdict xlgpu_pool_judge(struct xlgpu_pool_host *host,
                                         size_t n, bool count)
{
    const struct xlgpu_pool_gpu *other = commonest(host, n, count);
    enum xlgpu_pool_verdict worst = XLGPU_POOL_ALIKE;
    size_t i;

    for (i = 0; i < n; i++) {
        judge(&host[i], other, count);
        if (host[i].verdict > worst) worst = host[i].verdict;
    }
    return worst;
}

enum xlgpu_status xlgpu_pool_status(const struct xlgpu_pool_host *host,
                                    size_t n)
{
    enum xlgpu_status status = XLGPU_OK;
    size_t i;

    for (i = 0; i < n; i++) {
        if (host[i].verdict == XLGPU_POOL_ERROR) return XLGPU_POOL_MISMATCH;
        if (host[i].verdict == XLGPU_POOL_NO_ANSWER && !status)
            status = host[i].status;
    }
    return status;
}

/* ---- Room ---- */

static struct xlgpu_pool_room *find_room(struct xlgpu_pool_room *room,
                                         size_t n,
                                         const struct xlgpu_pool_gpu *gpu)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(room[i].model, gpu->model) &&
            room[i].memory == gpu->partition_memory)
            return &room[i];
    return NULL;
}

struct xlgpu_pool_room *xlgpu_pool_rooms(const struct xlgpu_pool_facts *facts,
                                         size_t *n_r)
{
    struct xlgpu_pool_room *list = xlgpu_zalloc(facts->n, sizeof(*list)), *r;
    const struct xlgpu_pool_gpu *gpu;

    *n_r = 0;
    for (gpu = facts->gpu; gpu < facts->gpu + facts->n; gpu++) {
        r = find_room(list, *n_r, gpu);
        if (!r) {
            r = &list[(*n_r)++];
            r->model = gpu->model;
            r->memory = gpu->partition_memory;
        }
        r->gpus++;
        r->count += gpu->count;
        r->free += gpu->free;
        r->held += gpu->held;
        r->reserved += gpu->reserved;
    }
    return list;
}
