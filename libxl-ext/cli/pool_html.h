/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pool has, and what differs, as a page: gpu-pool-check --html. */
#ifndef XLGPU_POOL_HTML_H
#define XLGPU_POOL_HTML_H

#include <stddef.h>

#include "policy/pool.h"

/* XLGPU_OK, or says why it can't be written. */
int xlgpu_pool_html(const struct xlgpu_pool_host *host, size_t n,
                    enum xlgpu_pool_verdict worst, const char *file);

#endif
