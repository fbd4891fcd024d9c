/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan that gpu-migrate gives. */
#include "move.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <yajl/yajl_tree.h>

static yajl_val get(yajl_val json, const char *key)
{
    const char *path[] = { key, NULL };

    return yajl_tree_get(json, path, yajl_t_any);
}

static bool get_number(yajl_val json, const char *key, unsigned int *value_r)
{
    yajl_val v = get(json, key);

    if (!YAJL_IS_INTEGER(v) || YAJL_GET_INTEGER(v) < 0 ||
        YAJL_GET_INTEGER(v) > INT_MAX)
        return false;
    *value_r = YAJL_GET_INTEGER(v);
    return true;
}

/* One of two words. */
static bool get_choice(yajl_val json, const char *key, const char *yes,
                       const char *no, bool *is_yes_r)
{
    const char *word = YAJL_GET_STRING(get(json, key));

    *is_yes_r = word && !strcmp(word, yes);
    return word && (*is_yes_r || !strcmp(word, no));
}

static bool get_devices(yajl_val json, struct xlgpu_plan *plan)
{
    yajl_val v = get(json, "devices");
    size_t i;

    if (!YAJL_IS_ARRAY(v) || v->u.array.len > XLGPU_MOVE_MAX_DEVICES)
        return false;
    for (i = 0; i < v->u.array.len; i++) {
        const char *bdf = YAJL_GET_STRING(v->u.array.values[i]);

        if (!bdf || !xlgpu_bdf_parse(bdf, &plan->device[i])) return false;
    }
    plan->n_devices = i;
    return true;
}

static const char *wrong(yajl_val json, struct xlgpu_plan *plan)
{
    if (!YAJL_IS_OBJECT(json)) return "not a JSON object";
    if (!get_choice(json, "mode", "live", "freeze", &plan->live))
        return "mode";
    if (!get_choice(json, "tracker", "iommu", "content", &plan->iommu))
        return "tracker";
    if (!get_devices(json, plan)) return "devices";
    if (!get_number(json, "threads", &plan->threads)) return "threads";
    if (!get_number(json, "quiet_seconds", &plan->quiet_seconds))
        return "quiet_seconds";
    if (!get_number(json, "max_rounds", &plan->limits.max_rounds))
        return "max_rounds";
    if (!get_number(json, "max_seconds", &plan->limits.max_seconds))
        return "max_seconds";
    if (!get_number(json, "pause_target_ms", &plan->limits.pause_target_ms))
        return "pause_target_ms";
    return NULL;
}

int xlgpu_plan_parse(const char *json, struct xlgpu_plan *plan,
                     const char **why_r)
{
    yajl_val tree = yajl_tree_parse(json, NULL, 0);

    *plan = (struct xlgpu_plan){ 0 };
    *why_r = wrong(tree, plan);
    yajl_tree_free(tree);
    return *why_r ? EINVAL : 0;
}
