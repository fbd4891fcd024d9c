/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has what of a host's GPUs. */
#ifndef XLGPU_DOMAIN_HOLDER_H
#define XLGPU_DOMAIN_HOLDER_H

#include "domain/host.h"

/* Who has a partition, by the records or else by libxl; XLGPU_WHOLE: who has
 * the GPU. */
struct xlgpu_holder {
    enum xlgpu_partition_state state;
    const struct xlgpu_guest *guest; /* NULL: none runs */
    const char *uuid;                /* NULL: nobody */
    const char *reason;              /* of a quarantine; NULL: it is in none */
};
struct xlgpu_holder xlgpu_holder_of(const struct xlgpu_host *host,
                                    const struct xlgpu_gpu *gpu,
                                    unsigned int index);

#endif
