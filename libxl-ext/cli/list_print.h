/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPUs, as text or as the document of gpu-list -j. */
#ifndef XLGPU_LIST_PRINT_H
#define XLGPU_LIST_PRINT_H

#include "domain/host.h"
#include "emit.h"

/* Who has a partition, by the records or else by libxl; XLGPU_WHOLE: who has
 * the GPU. */
struct xlgpu_holder {
    enum xlgpu_partition_state state;
    const struct xlgpu_guest *guest; /* NULL: none runs */
    const char *uuid;                /* NULL: nobody */
    const char *reason;              /* of a quarantine; NULL: it is in none */
};
struct xlgpu_holder xlgpu_list_holder(const struct xlgpu_host *host,
                                      const struct xlgpu_gpu *gpu,
                                      unsigned int index);

/* In an open document: those of the inventory that are chosen, all where
 * chosen is NULL. */
void xlgpu_list_print(struct xlgpu_emit *e, const struct xlgpu_host *host,
                      const bool *chosen, bool partitions);

#endif
