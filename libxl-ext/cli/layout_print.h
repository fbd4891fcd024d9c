/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout, as text or as the document of gpu-layout -j. */
#ifndef XLGPU_LAYOUT_PRINT_H
#define XLGPU_LAYOUT_PRINT_H

#include "domain/host.h"
#include "emit.h"
#include "pool/layout.h"
#include "xenstore/desired.h"

/* In an open document: the desired layout beside the running one, and
 * whether that was changed. */
void xlgpu_layout_print(struct xlgpu_emit *e, const struct xlgpu_host *host,
                        const struct xlgpu_layout *layout, bool changed);

/* In an open object: what became, or would become, of one GPU. JSON only.
 * lost: what it has now is not known. */
void xlgpu_change_print(struct xlgpu_emit *e,
                        const struct xlgpu_pool_change *change, bool lost);

#endif
