/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i915 with SR-IOV, as Intel's backports have it: drm/cardN/prelim_iov. */
#include "simfs.h"

#include <errno.h>
#include <string.h>

/* By the driver where nothing was given by hand; else all must have been. */
int i915_enable(struct gpu *gpu, unsigned int count)
{
    unsigned int vf, empty = 0, complete = 0;

    for (vf = 1; vf <= count; vf++) {
        empty += quota_is_empty(gpu, vf);
        complete += quota_is_complete(gpu, vf);
    }
    if (complete == count) return 0;
    if (!gpu->automatic || empty < count) return ENODATA;
    return quota_share(gpu, count, true);
}

void i915_disable(struct gpu *gpu, unsigned int count)
{
    unsigned int vf;

    for (vf = 1; vf <= count && gpu->automatic; vf++) quota_release(gpu, vf);
}

/* ---- Attributes ---- */

static int show_automatic(const struct node *n, FILE *out)
{
    fprintf(out, "%d\n", n->gpu->automatic);
    return 0;
}

static int store_automatic(const struct node *n, const char *text)
{
    unsigned int vf;
    bool value;

    if (parse_bool(text, &value)) return EINVAL;
    for (vf = 1; value && vf <= n->gpu->totalvfs; vf++)
        if (!quota_is_empty(n->gpu, vf)) return ESTALE;
    n->gpu->automatic = value;
    return 0;
}

static int show_mode(const struct node *n, FILE *out)
{
    (void)n;
    fputs("SR-IOV PF\n", out);
    return 0;
}

static int show_id(const struct node *n, FILE *out)
{
    fprintf(out, "%u\n", n->vf);
    return 0;
}

static int store_control(const struct node *n, const char *text)
{
    (void)n;
    return strcmp(text, "stop") && strcmp(text, "pause") &&
                   strcmp(text, "resume") && strcmp(text, "clear")
               ? EINVAL
               : 0;
}

static const struct attr pf_attrs[] = {
    { .name = "auto_provisioning", .mode = 0644, .show = show_automatic,
      .store = store_automatic },
    { 0 }
};

static const struct attr vf_attrs[] = {
    { .name = "id", .mode = 0444, .show = show_id },
    { .name = "control", .mode = 0200, .store = store_control },
    { 0 }
};

/* "gt" where there is one, gt0 and on where there are more. */
static bool nth_gt(const struct node *dir, unsigned int i,
                   char name[SIM_NAME], struct node *child)
{
    if (i >= dir->gpu->gts) return false;
    child->gt = i;
    node_become(child, dir->vf ? &vf_gt_dir : &pf_gt_dir, NULL);
    if (dir->gpu->gts == 1)
        strcpy(name, "gt");
    else
        snprintf(name, SIM_NAME, "gt%u", i);
    return true;
}

static bool nth_link(const struct node *dir, unsigned int i,
                     char name[SIM_NAME], struct node *child)
{
    char bdf[BDF_LEN];

    if (i) return false;
    if (dir->vf <= dir->gpu->numvfs) strcpy(name, "device");
    node_link(child, "../../../../../",
              rid_format(vf_rid(dir->gpu, dir->vf), bdf));
    return true;
}

static const struct dir pf_dir = { .attr = pf_attrs, .nth = nth_gt,
                                   .nth2 = nth_link };
static const struct dir vf_dir = { .attr = vf_attrs, .nth = nth_gt,
                                   .nth2 = nth_link };

static bool nth_function(const struct node *dir, unsigned int i,
                         char name[SIM_NAME], struct node *child)
{
    if (i > dir->gpu->totalvfs) return false;
    child->vf = i;
    node_become(child, i ? &vf_dir : &pf_dir, NULL);
    if (i)
        snprintf(name, SIM_NAME, "vf%u", i);
    else
        strcpy(name, "pf");
    return true;
}

static const struct attr iov_attrs[] = {
    { .name = "mode", .mode = 0444, .show = show_mode }, { 0 }
};
static const struct dir iov_dir = { .attr = iov_attrs, .nth = nth_function };

/* ---- drm/cardN, which xe has too ---- */

static bool has_iov(const struct node *n)
{
    return is_driven_by(n->gpu, "i915") && n->gpu->sriov;
}

static const struct sub card_subs[] = {
    { .name = "prelim_iov", .dir = &iov_dir, .visible = has_iov }, { 0 }
};

static bool nth_card_link(const struct node *dir, unsigned int i,
                          char name[SIM_NAME], struct node *child)
{
    char bdf[BDF_LEN];

    if (i) return false;
    strcpy(name, "device");
    node_link(child, "../../../", rid_format(dir->gpu->fn->rid, bdf));
    return true;
}

static const struct dir card_dir = { .sub = card_subs, .nth = nth_card_link };

static bool nth_card(const struct node *dir, unsigned int i,
                     char name[SIM_NAME], struct node *child)
{
    if (i) return false;
    node_become(child, &card_dir, NULL);
    snprintf(name, SIM_NAME, "card%u", dir->gpu->card);
    return true;
}

const struct dir drm_dir = { .nth = nth_card };
