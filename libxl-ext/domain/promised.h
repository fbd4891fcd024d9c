/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Partitions that are promised to guests: xenstore/promise.h. */
#ifndef XLGPU_PROMISED_H
#define XLGPU_PROMISED_H

#include "domain/host.h"

/*
 * Reserves them again where the records have them as free: those are made
 * anew after a boot of the host, and when xenstored started anew. The records
 * must have been read; they are again after a change.
 */
int xlgpu_promised_restore(struct xlgpu_host *host);

/* Rule 4 also of what has no record yet: refused where a partition is
 * promised that the GPU would not have with that count. Says so. */
int xlgpu_promised_check(const struct xlgpu_gpu *gpu, unsigned int count);

#endif
