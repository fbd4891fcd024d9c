/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPUs, as text or as the document of gpu-list -j. */
#ifndef XLGPU_LIST_PRINT_H
#define XLGPU_LIST_PRINT_H

#include "domain/host.h"
#include "emit.h"

/* In an open document: those of the inventory that are chosen, all where
 * chosen is NULL. */
void xlgpu_list_print(struct xlgpu_emit *e, const struct xlgpu_host *host,
                      const bool *chosen, bool partitions);

#endif
