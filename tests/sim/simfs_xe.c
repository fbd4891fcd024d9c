/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xe: sriov_admin of its PFs, Documentation/ABI/testing/
 * sysfs-driver-intel-xe-sriov, and the debugfs trees of before and after it.
 */
#include "simfs.h"

#include <errno.h>
#include <string.h>

#define TILE_STEP (2 * MIB)

/* ---- Enabling ---- */

static bool has_lmem_by_hand(const struct gpu *gpu)
{
    unsigned int vf, gt;

    for (vf = 1; vf <= gpu->totalvfs; vf++)
        for (gt = 0; gt < gpu->gts; gt++)
            if (gpu->fn[vf].quota[gt].lmem) return true;
    return false;
}

/* Memory that was given by hand is left as it is; the rest is shared out. */
int xe_enable(struct gpu *gpu, unsigned int count)
{
    return gpu->custom ? 0 : quota_share(gpu, count, !has_lmem_by_hand(gpu));
}

void xe_disable(struct gpu *gpu, unsigned int count)
{
    unsigned int vf;

    for (vf = 1; vf <= count && !gpu->custom; vf++) quota_release(gpu, vf);
}

/* ---- profile/ ---- */

static struct quota *quota(const struct node *n, unsigned int gt)
{
    return &n->gpu->fn[n->vf].quota[gt];
}

/* Writes the attribute of each GT in turn. */
static int on_all_gts(const struct node *n, const struct attr *attr,
                      const char *text)
{
    struct node one = *n;
    int r = 0;

    for (one.gt = 0; one.gt < n->gpu->gts && !r; one.gt++)
        r = attr->store(&one, text);
    return r;
}

static int show_first_gt(const struct node *n, const struct attr *attr,
                         FILE *out)
{
    struct node one = *n;

    one.gt = 0;
    return attr->show(&one, out);
}

static int show_exec_quantum(const struct node *n, FILE *out)
{
    return show_first_gt(n, &exec_quantum_attr, out);
}

static int store_exec_quantum(const struct node *n, const char *text)
{
    return on_all_gts(n, &exec_quantum_attr, text);
}

static int show_preempt_timeout(const struct node *n, FILE *out)
{
    return show_first_gt(n, &preempt_timeout_attr, out);
}

static int store_preempt_timeout(const struct node *n, const char *text)
{
    return on_all_gts(n, &preempt_timeout_attr, text);
}

static const char *const priorities[] = { "low", "normal", "high" };

static int show_priority(const struct node *n, FILE *out)
{
    unsigned int i, n_known = n->vf ? 2 : 3;

    for (i = 0; i < n_known; i++)
        fprintf(out, i == quota(n, 0)->priority ? "%s[%s]" : "%s%s",
                i ? " " : "", priorities[i]);
    fputs("\n", out);
    return 0;
}

static int set_priority(const struct node *n, const char *text,
                        unsigned int n_known)
{
    unsigned int i, gt;

    for (i = 0; i < n_known && strcmp(text, priorities[i]); i++) {}
    if (i == n_known) return EINVAL;
    for (gt = 0; gt < n->gpu->gts; gt++) quota(n, gt)->priority = i;
    return 0;
}

static int store_priority(const struct node *n, const char *text)
{
    return n->vf ? EOPNOTSUPP : set_priority(n, text, 3);
}

static bool has_vram(const struct node *n)
{
    return n->gpu->vram;
}

static bool is_vf_with_vram(const struct node *n)
{
    return n->vf && n->gpu->vram;
}

static int show_vram(const struct node *n, FILE *out)
{
    uint64_t sum = 0;
    unsigned int gt;

    for (gt = 0; gt < n->gpu->tiles; gt++) sum += quota(n, gt)->lmem;
    fprintf(out, "%llu\n", (unsigned long long)sum);
    return 0;
}

/* Rounded up to 2 MiB of each tile; not while the VF runs. */
static int set_vram(const struct node *n, uint64_t size)
{
    uint64_t step = TILE_STEP * n->gpu->tiles, before[SIM_GTS];
    unsigned int gt;
    int r = 0;

    if (n->vf <= n->gpu->numvfs) return EBUSY;
    if (size > n->gpu->vram) return ENOSPC;
    size = (size + step - 1) / step * step;
    for (gt = 0; gt < n->gpu->tiles; gt++) before[gt] = quota(n, gt)->lmem;
    for (gt = 0; gt < n->gpu->tiles && !r; gt++)
        r = quota_set_lmem(n->gpu, n->vf, gt, size / n->gpu->tiles);
    for (gt = 0; gt < n->gpu->tiles && r; gt++)
        quota(n, gt)->lmem = before[gt];
    return r;
}

static int store_vram(const struct node *n, const char *text)
{
    uint64_t size;
    int r = parse_u64(text, UINT64_MAX, &size);

    return r ? r : set_vram(n, size);
}

#define RW(file, field, when)                           \
    { .name = file, .mode = 0644, .show = show_##field, \
      .store = store_##field, .visible = when }
#define WO(file, function, when) \
    { .name = file, .mode = 0200, .store = function, .visible = when }

static const struct attr profile_attrs[] = {
    RW("exec_quantum_ms", exec_quantum, NULL),
    RW("preempt_timeout_us", preempt_timeout, NULL),
    RW("sched_priority", priority, NULL),
    RW("vram_quota", vram, is_vf_with_vram),
    { 0 }
};
static const struct dir profile_dir = { .attr = profile_attrs };

/* ---- .bulk_profile/ ---- */

/* For each function, from the given one on. */
static int for_all(const struct node *n, unsigned int first, const char *text,
                   int (*store)(const struct node *, const char *))
{
    struct node one = *n;
    int r = 0;

    for (one.vf = first; one.vf <= n->gpu->totalvfs && !r; one.vf++)
        r = store(&one, text);
    return r;
}

static int bulk_exec_quantum(const struct node *n, const char *text)
{
    return for_all(n, 0, text, store_exec_quantum);
}

static int bulk_preempt_timeout(const struct node *n, const char *text)
{
    return for_all(n, 0, text, store_preempt_timeout);
}

static int low_or_normal(const struct node *n, const char *text)
{
    return set_priority(n, text, 2);
}

static int bulk_priority(const struct node *n, const char *text)
{
    return for_all(n, 0, text, low_or_normal);
}

static int bulk_vram(const struct node *n, const char *text)
{
    return for_all(n, 1, text, store_vram);
}

static const struct attr bulk_attrs[] = {
    WO("exec_quantum_ms", bulk_exec_quantum, NULL),
    WO("preempt_timeout_us", bulk_preempt_timeout, NULL),
    WO("sched_priority", bulk_priority, NULL),
    WO("vram_quota", bulk_vram, has_vram),
    { 0 }
};
static const struct dir bulk_dir = { .attr = bulk_attrs };

/* ---- sriov_admin/ ---- */

static int store_nothing(const struct node *n, const char *text)
{
    bool value;

    (void)n;
    return parse_bool(text, &value);
}

static int store_stop(const struct node *n, const char *text)
{
    return n->vf ? store_nothing(n, text) : EPERM;
}

static bool is_vf(const struct node *n)
{
    return n->vf;
}

static const struct attr function_attrs[] = { WO("stop", store_stop, is_vf),
                                              { 0 } };
static const struct sub function_subs[] = {
    { .name = "profile", .dir = &profile_dir }, { 0 }
};

static bool nth_function_link(const struct node *dir, unsigned int i,
                              char name[SIM_NAME], struct node *child)
{
    char bdf[BDF_LEN];

    if (i) return false;
    if (dir->vf <= dir->gpu->numvfs) strcpy(name, "device");
    node_link(child, "../../../", rid_format(vf_rid(dir->gpu, dir->vf), bdf));
    return true;
}

static const struct dir function_dir = { .attr = function_attrs,
                                         .sub = function_subs,
                                         .nth = nth_function_link };

static bool nth_function_of(const struct node *dir, unsigned int i,
                            char name[SIM_NAME], struct node *child,
                            const struct dir *pf, const struct dir *vf)
{
    if (i > dir->gpu->totalvfs) return false;
    child->vf = i;
    node_become(child, i ? vf : pf, NULL);
    if (i)
        snprintf(name, SIM_NAME, "vf%u", i);
    else
        strcpy(name, "pf");
    return true;
}

static bool nth_admin(const struct node *dir, unsigned int i,
                      char name[SIM_NAME], struct node *child)
{
    return nth_function_of(dir, i, name, child, &function_dir, &function_dir);
}

static const struct sub admin_subs[] = {
    { .name = ".bulk_profile", .dir = &bulk_dir }, { 0 }
};
const struct dir xe_admin_dir = { .sub = admin_subs, .nth = nth_admin };

/* ---- debugfs ---- */

static bool nth_tile(const struct node *dir, unsigned int i,
                     char name[SIM_NAME], struct node *child)
{
    if (i >= dir->gpu->tiles) return false;
    child->gt = i;
    node_become(child, dir->vf ? &vf_tile_dir : &pf_tile_dir, NULL);
    snprintf(name, SIM_NAME, "tile%u", i);
    return true;
}

static const struct attr new_vf_attrs[] = {
    WO("stop", store_nothing, is_vf),
    WO("pause", store_nothing, is_vf),
    WO("resume", store_nothing, is_vf),
    WO("reset", store_nothing, is_vf),
    { 0 }
};
static const struct dir new_function_dir = { .attr = new_vf_attrs,
                                             .nth = nth_tile };

static bool nth_new(const struct node *dir, unsigned int i,
                    char name[SIM_NAME], struct node *child)
{
    return nth_function_of(dir, i, name, child, &new_function_dir,
                           &new_function_dir);
}

/* Back to provisioning by the driver; what was given by hand is dropped. */
static int store_restore_auto(const struct node *n, const char *text)
{
    unsigned int vf;
    bool value;

    if (parse_bool(text, &value)) return EINVAL;
    if (n->gpu->numvfs) return EBUSY;
    for (vf = 1; vf <= n->gpu->totalvfs; vf++) quota_release(n->gpu, vf);
    n->gpu->custom = false;
    return 0;
}

static const struct attr new_attrs[] = {
    WO("restore_auto_provisioning", store_restore_auto, NULL), { 0 }
};
static const struct dir new_dir = { .attr = new_attrs, .nth = nth_new };

static bool nth_old(const struct node *dir, unsigned int i,
                    char name[SIM_NAME], struct node *child)
{
    return nth_function_of(dir, i, name, child, &pf_gt_dir, &vf_gt_dir);
}

static const struct dir old_dir = { .nth = nth_old };

static bool nth_old_gt(const struct node *dir, unsigned int i,
                       char name[SIM_NAME], struct node *child)
{
    if (!dir->gpu->debugfs_old || i >= dir->gpu->gts) return false;
    child->gt = i;
    node_become(child, &old_dir, NULL);
    snprintf(name, SIM_NAME, "gt%u", i);
    return true;
}

static bool has_new(const struct node *n)
{
    return n->gpu->debugfs_new;
}

static const struct sub dri_gpu_subs[] = {
    { .name = "sriov", .dir = &new_dir, .visible = has_new }, { 0 }
};
static const struct dir dri_gpu_dir = { .sub = dri_gpu_subs,
                                        .nth = nth_old_gt };

static bool nth_dri(const struct node *dir, unsigned int i,
                    char name[SIM_NAME], struct node *child)
{
    char bdf[BDF_LEN];
    struct gpu *gpu;

    (void)dir;
    if (i >= sim_n_gpus) return false;
    gpu = child->gpu = sim_gpu[i];
    node_become(child, &dri_gpu_dir, NULL);
    if (!gpu->unplugged && is_driven_by(gpu, "xe"))
        snprintf(name, SIM_NAME, "%s", rid_format(gpu->fn->rid, bdf));
    return true;
}

const struct dir dri_dir = { .nth = nth_dri };
