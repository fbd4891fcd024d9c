/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the hosts answered to policy/pool.h. */
#ifndef XLGPU_POOL_JUDGE_H
#define XLGPU_POOL_JUDGE_H

#include "policy/pool.h"
#include "pool/members.h"

/* One of each member, which must outlive it, judged; *worst_r may be NULL. */
struct xlgpu_pool_host *xlgpu_members_judge(const struct xlgpu_members *m,
                                            bool count,
                                            enum xlgpu_pool_verdict *worst_r);
void xlgpu_pool_hosts_free(struct xlgpu_pool_host *host, size_t n);

/* gpu.conf's pool is needed, and there: XLGPU_OK, or says so. */
int xlgpu_pool_named(const struct xlgpu_conf *conf);

#endif
