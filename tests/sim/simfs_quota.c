/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each function has of a GPU: Intel's two drivers name it alike. How
 * the fair share is reckoned is xe's, xe_gt_sriov_pf_config.c.
 */
#include "simfs.h"

#include <errno.h>
#include <string.h>

#define GGTT_ALL (4096 * MIB)
#define CONTEXTS_ALL 65535
#define DOORBELLS_ALL 256
#define EXEC_QUANTUM_MAX 100000
#define PREEMPT_TIMEOUT_MAX 100000000

static struct quota *quota(const struct node *n)
{
    return &n->gpu->fn[n->vf].quota[n->gt];
}

/* The media GT has no memory of its own. */
static bool is_primary(const struct node *n)
{
    return n->gt < n->gpu->tiles;
}

static bool has_lmem(const struct node *n)
{
    return is_primary(n) && n->gpu->vram;
}

bool quota_is_empty(const struct gpu *gpu, unsigned int vf)
{
    const struct quota *q = gpu->fn[vf].quota;
    unsigned int gt;

    for (gt = 0; gt < gpu->gts; gt++)
        if (q[gt].ggtt || q[gt].lmem || q[gt].contexts || q[gt].doorbells)
            return false;
    return true;
}

bool quota_is_complete(const struct gpu *gpu, unsigned int vf)
{
    const struct quota *q = gpu->fn[vf].quota;
    unsigned int gt;

    for (gt = 0; gt < gpu->gts; gt++) {
        if (!q[gt].contexts || !q[gt].doorbells) return false;
        if (gt < gpu->tiles && (!q[gt].ggtt || (gpu->vram && !q[gt].lmem)))
            return false;
    }
    return true;
}

void quota_release(struct gpu *gpu, unsigned int vf)
{
    memset(gpu->fn[vf].quota, 0, sizeof(gpu->fn[vf].quota));
}

static uint64_t floor_pow2(uint64_t n)
{
    while (n & (n - 1)) n &= n - 1;
    return n;
}

static uint64_t lmem_free(const struct gpu *gpu, unsigned int gt,
                          unsigned int except)
{
    uint64_t all = gpu->vram / gpu->tiles, used = LMEM_SPARE;
    unsigned int vf;

    for (vf = 1; vf <= gpu->totalvfs; vf++)
        if (vf != except) used += gpu->fn[vf].quota[gt].lmem;
    return used < all ? all - used : 0;
}

int quota_set_lmem(struct gpu *gpu, unsigned int vf, unsigned int gt,
                   uint64_t size)
{
    size = (size + 2 * MIB - 1) / (2 * MIB) * (2 * MIB);
    if (size > lmem_free(gpu, gt, vf)) return ENOSPC;
    gpu->fn[vf].quota[gt].lmem = size;
    return 0;
}

int quota_share(struct gpu *gpu, unsigned int count, bool lmem)
{
    unsigned int vf, gt;
    struct quota *q;
    uint64_t share;

    for (gt = 0; gt < gpu->gts; gt++) {
        share = lmem_free(gpu, gt, 0) / count / (2 * MIB) * (2 * MIB);
        if (lmem && gpu->vram && !share) return ENOSPC;
        for (vf = 1; vf <= count; vf++) {
            q = &gpu->fn[vf].quota[gt];
            q->contexts = floor_pow2(CONTEXTS_ALL / count);
            q->doorbells = floor_pow2(DOORBELLS_ALL / (count + 1));
            if (gt >= gpu->tiles) continue;
            q->ggtt = count > 56 ? 56 * MIB
                                 : floor_pow2(GGTT_ALL / (count + 1));
            if (lmem && gpu->vram) q->lmem = share;
        }
    }
    return 0;
}

/* ---- Attributes ---- */

/* A quota by hand; what that means for the other ones, and when it may be. */
static int by_hand(const struct node *n)
{
    if (n->vf && n->vf <= n->gpu->numvfs) return EBUSY;
    if (!n->vf) return 0;
    if (is_driven_by(n->gpu, "xe")) n->gpu->custom = true;
    n->gpu->automatic = false;
    return 0;
}

static int store_ggtt(const struct node *n, const char *text)
{
    uint64_t size;
    int r = parse_u64(text, UINT64_MAX, &size);

    if (r) return r;
    if (size > GGTT_ALL) return ENOSPC;
    r = by_hand(n);
    if (!r) quota(n)->ggtt = size;
    return r;
}

static int store_lmem(const struct node *n, const char *text)
{
    uint64_t size;
    int r = parse_u64(text, UINT64_MAX, &size);

    if (!r) r = by_hand(n);
    if (r) return r;
    if (n->vf) return quota_set_lmem(n->gpu, n->vf, n->gt, size);
    quota(n)->lmem = size;
    return 0;
}

static int store_counted(const struct node *n, const char *text,
                         uint64_t all, uint32_t *value)
{
    uint64_t count;
    int r = parse_u64(text, UINT16_MAX, &count);

    if (r) return r;
    if (count > all) return ENOSPC;
    r = by_hand(n);
    if (!r) *value = count;
    return r;
}

static int store_contexts(const struct node *n, const char *text)
{
    return store_counted(n, text, CONTEXTS_ALL, &quota(n)->contexts);
}

static int store_doorbells(const struct node *n, const char *text)
{
    return store_counted(n, text, DOORBELLS_ALL, &quota(n)->doorbells);
}

/* Time slices may change at any time, and are no quota. */
static int store_u32(const char *text, uint32_t max, uint32_t *value)
{
    uint64_t n;
    int r = parse_u64(text, UINT32_MAX, &n);

    if (!r) *value = n < max ? n : max;
    return r;
}

#define STORE_U32(name, max)                                     \
    static int store_##name(const struct node *n, const char *text) \
    {                                                            \
        return store_u32(text, max, &quota(n)->name);            \
    }
#define SHOW(name, field)                                    \
    static int show_##name(const struct node *n, FILE *out)  \
    {                                                        \
        fprintf(out, "%llu\n", (unsigned long long)(field)); \
        return 0;                                            \
    }

STORE_U32(exec_quantum, EXEC_QUANTUM_MAX)
STORE_U32(preempt_timeout, PREEMPT_TIMEOUT_MAX)
STORE_U32(priority, 2)
STORE_U32(sched_if_idle, 1)
STORE_U32(engine_reset, 1)
STORE_U32(sample_period, UINT32_MAX)
SHOW(ggtt, quota(n)->ggtt)
SHOW(lmem, quota(n)->lmem)
SHOW(contexts, quota(n)->contexts)
SHOW(doorbells, quota(n)->doorbells)
SHOW(exec_quantum, quota(n)->exec_quantum)
SHOW(preempt_timeout, quota(n)->preempt_timeout)
SHOW(priority, quota(n)->priority)
SHOW(sched_if_idle, quota(n)->sched_if_idle)
SHOW(engine_reset, quota(n)->engine_reset)
SHOW(sample_period, quota(n)->sample_period)
SHOW(lmem_free, lmem_free(n->gpu, n->gt, 0))

static int store_control(const struct node *n, const char *text)
{
    static const char *const known[] = { "stop", "pause", "resume", "clear" };
    size_t i;

    (void)n;
    for (i = 0; i < ARRAY_SIZE(known); i++)
        if (!strcmp(text, known[i])) return 0;
    return EINVAL;
}

#define ATTR(var, file, field)                                      \
    const struct attr var = { .name = file, .mode = 0644,           \
                              .show = show_##field,                 \
                              .store = store_##field }
ATTR(exec_quantum_attr, "exec_quantum_ms", exec_quantum);
ATTR(preempt_timeout_attr, "preempt_timeout_us", preempt_timeout);

#define RW(file, field, when)                                        \
    { .name = file, .mode = 0644, .show = show_##field,              \
      .store = store_##field, .visible = when }

static const struct attr vf_gt_attrs[] = {
    RW("exec_quantum_ms", exec_quantum, NULL),
    RW("preempt_timeout_us", preempt_timeout, NULL),
    RW("ggtt_quota", ggtt, is_primary),
    RW("lmem_quota", lmem, has_lmem),
    RW("contexts_quota", contexts, NULL),
    RW("doorbells_quota", doorbells, NULL),
    { .name = "control", .mode = 0200, .store = store_control },
    { 0 }
};
const struct dir vf_gt_dir = { .attr = vf_gt_attrs };

static const struct attr available_attrs[] = {
    { .name = "lmem_free", .mode = 0444, .show = show_lmem_free,
      .visible = has_lmem },
    { .name = "lmem_max_quota", .mode = 0444, .show = show_lmem_free,
      .visible = has_lmem },
    { 0 }
};
static const struct dir available_dir = { .attr = available_attrs };

static const struct attr policies_attrs[] = {
    RW("sched_if_idle", sched_if_idle, NULL),
    RW("engine_reset", engine_reset, NULL),
    RW("sample_period_ms", sample_period, NULL),
    { 0 }
};
static const struct dir policies_dir = { .attr = policies_attrs };

static const struct sub pf_gt_subs[] = {
    { .name = "available", .dir = &available_dir },
    { .name = "policies", .dir = &policies_dir },
    { 0 }
};

static const struct attr pf_gt_attrs[] = {
    RW("exec_quantum_ms", exec_quantum, NULL),
    RW("preempt_timeout_us", preempt_timeout, NULL),
    RW("sched_priority", priority, NULL),
    RW("sched_if_idle", sched_if_idle, NULL),
    RW("reset_engine", engine_reset, NULL),
    RW("sample_period_ms", sample_period, NULL),
    RW("ggtt_spare", ggtt, is_primary),
    RW("lmem_spare", lmem, has_lmem),
    RW("contexts_spare", contexts, NULL),
    RW("doorbells_spare", doorbells, NULL),
    { 0 }
};
const struct dir pf_gt_dir = { .attr = pf_gt_attrs, .sub = pf_gt_subs };

/* xe's newer debugfs has the quotas on two levels. */
static const struct attr vf_tile_attrs[] = {
    RW("ggtt_quota", ggtt, NULL),
    RW("vram_quota", lmem, has_lmem),
    { 0 }
};

static bool nth_tile_gt(const struct node *dir, unsigned int i,
                        char name[SIM_NAME], struct node *child)
{
    /* The media GTs are the first tile's. */
    unsigned int gt = i ? dir->gpu->tiles + i - 1 : dir->gt;

    if (i && (dir->gt || gt >= dir->gpu->gts)) return false;
    child->gt = gt;
    node_become(child, dir->vf ? &vf_gt_dir : &pf_gt_dir, NULL);
    snprintf(name, SIM_NAME, "gt%u", gt);
    return true;
}

static const struct attr pf_tile_attrs[] = {
    RW("ggtt_spare", ggtt, NULL),
    RW("vram_spare", lmem, has_lmem),
    { 0 }
};
const struct dir vf_tile_dir = { .attr = vf_tile_attrs, .nth = nth_tile_gt };
const struct dir pf_tile_dir = { .attr = pf_tile_attrs, .nth = nth_tile_gt };
