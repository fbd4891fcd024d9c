/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include <stdlib.h>

#include "alloc.h"

struct xlgpu_pool_host *xlgpu_members_judge(const struct xlgpu_members *m,
                                            bool count,
                                            enum xlgpu_pool_verdict *worst_r)
{
    struct xlgpu_pool_host *host = xlgpu_zalloc(m->n, sizeof(*host));
    enum xlgpu_pool_verdict worst;
    size_t i;

    for (i = 0; i < m->n; i++) {
        const struct xlgpu_member *each = &m->member[i];

        host[i] = (struct xlgpu_pool_host){
            .name = each->host,
            .facts = each->status ? NULL : &each->facts,
            .status = each->status,
            .why = each->why,
            .remedy = each->remedy,
        };
    }
    worst = xlgpu_pool_judge(host, m->n, count);
    if (worst_r) *worst_r = worst;
    return host;
}

void xlgpu_pool_hosts_free(struct xlgpu_pool_host *host, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) xlgpu_checks_dispose(&host[i].checks);
    free(host);
}

int xlgpu_pool_named(const struct xlgpu_conf *conf)
{
    if (conf->n_pool) return XLGPU_OK;
    return xlgpu_fail(XLGPU_USAGE, "pool",
                      "name them with pool=, see xl-gpu.conf(5)",
                      "gpu.conf names no hosts of it");
}
