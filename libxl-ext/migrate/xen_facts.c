/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen_facts.h"

void xlgpu_gen_xen(yajl_gen g, const struct xlgpu_xen_facts *xen)
{
    unsigned int i;

    xlgpu_gen_object(g, "xen");
    xlgpu_gen_number(g, "major", xen->major);
    xlgpu_gen_number(g, "minor", xen->minor);
    xlgpu_gen_list(g, "features");
    for (i = 0; i < xen->n_features; i++)
        xlgpu_gen_number(g, NULL, xen->feature[i]);
    yajl_gen_array_close(g);
    yajl_gen_map_close(g);
}

void xlgpu_json_xen(struct xlgpu_json *j, struct xlgpu_xen_facts *xen)
{
    yajl_val *entry, o = xlgpu_json_object(j, j->root, "xen");
    size_t i, n;

    xen->major = xlgpu_json_number(j, o, "major", 255);
    xen->minor = xlgpu_json_number(j, o, "minor", 255);
    entry = xlgpu_json_array(j, o, "features", XLGPU_FEATURES_MAX, &n);
    for (i = 0; i < n; i++)
        if (YAJL_IS_INTEGER(entry[i]) && YAJL_GET_INTEGER(entry[i]) >= 0 &&
            YAJL_GET_INTEGER(entry[i]) <= UINT32_MAX)
            xen->feature[xen->n_features++] = YAJL_GET_INTEGER(entry[i]);
        else
            xlgpu_json_wrong(j, "features", "has one that is no number");
}
