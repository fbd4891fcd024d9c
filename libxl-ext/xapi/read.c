/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list, precheck, pool_facts: they change nothing, but for what ended since
 * the last call, as with every command. */
#include "functions.h"

#include <stdlib.h>

#include "alloc.h"
#include "cli/list_print.h"
#include "cli/verdict_print.h"
#include "domain/precheck.h"
#include "pool/gather.h"

char *xlgpu_xapi_list(const struct xlgpu_rpc_call *call,
                      struct xlgpu_xapi_error *e)
{
    bool *chosen = NULL, there = true;
    struct xlgpu_host host;
    struct xlgpu_emit *emit;
    struct xlgpu_gpu *gpu;
    char *value = NULL;

    if (!xlgpu_xapi_open(call, &host, false, e)) goto out;
    if (xlgpu_rpc_arg(call, "gpu")) {
        gpu = xlgpu_xapi_gpu(call, &host, e);
        there = gpu;
        chosen = xlgpu_zalloc(host.inventory.n, sizeof(*chosen));
        if (gpu) chosen[gpu - host.inventory.gpu] = true;
    }
    if (!there) goto out;
    emit = xlgpu_emit_open(true);
    xlgpu_list_print(emit, &host, chosen, true);
    value = xlgpu_emit_close_json(emit);
out:
    free(chosen);
    xlgpu_host_close(&host);
    return value;
}

char *xlgpu_xapi_precheck(const struct xlgpu_rpc_call *call,
                          struct xlgpu_xapi_error *e)
{
    struct xlgpu_precheck_host host;
    struct xlgpu_checks checks;
    struct xlgpu_emit *emit;
    char *value;

    (void)call, (void)e;
    xlgpu_precheck_gather(&host, false);
    checks = xlgpu_precheck(&host.facts);
    emit = xlgpu_emit_open(true);
    xlgpu_checks_print(emit, &checks, true);
    xlgpu_emit_bool(emit, "changed", false);
    value = xlgpu_emit_close_json(emit);
    xlgpu_checks_dispose(&checks);
    xlgpu_precheck_dispose(&host);
    return value;
}

char *xlgpu_xapi_pool_facts(const struct xlgpu_rpc_call *call,
                            struct xlgpu_xapi_error *e)
{
    struct xlgpu_pool_facts facts = { 0 };
    struct xlgpu_host host;
    char *value = NULL;

    if (xlgpu_xapi_open(call, &host, false, e) &&
        !xlgpu_pool_gather(&host, &facts))
        value = xlgpu_pool_facts_json(&facts);
    xlgpu_pool_facts_dispose(&facts);
    xlgpu_host_close(&host);
    return value;
}
