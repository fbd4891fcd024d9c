/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host says of itself to its pool. Nothing is changed. */
#ifndef XLGPU_POOL_GATHER_H
#define XLGPU_POOL_GATHER_H

#include "domain/host.h"
#include "pool/facts.h"

/* host is open and read. Says what failed. Dispose in either case. */
int xlgpu_pool_gather(struct xlgpu_host *host, struct xlgpu_pool_facts *facts);

/* The GPUs of host that a pool has alike, as indices of its inventory; *n_r
 * of them. The caller frees it. */
size_t *xlgpu_pool_gpus(const struct xlgpu_host *host, size_t *n_r);

#endif
