/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both of MOVING and OFFER have, as JSON: the member "xen". Pure. */
#ifndef XLGPU_XEN_FACTS_H
#define XLGPU_XEN_FACTS_H

#include "json.h"
#include "migrate/moving.h"

void xlgpu_gen_xen(yajl_gen g, const struct xlgpu_xen_facts *xen);
void xlgpu_json_xen(struct xlgpu_json *j, struct xlgpu_xen_facts *xen);

#endif
