/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's functions. Each returns its Value, a JSON document that the
 * caller frees, or NULL with the error. Their arguments and documents are
 * described in xl-gpu-xapi(8).
 */
#ifndef XLGPU_XAPI_FUNCTIONS_H
#define XLGPU_XAPI_FUNCTIONS_H

#include "domain/host.h"
#include "error.h"
#include "rpc.h"

typedef char *xlgpu_xapi_fn(const struct xlgpu_rpc_call *call,
                            struct xlgpu_xapi_error *e);

/* read.c */
xlgpu_xapi_fn xlgpu_xapi_list, xlgpu_xapi_precheck, xlgpu_xapi_pool_facts;
/* change.c */
xlgpu_xapi_fn xlgpu_xapi_partition, xlgpu_xapi_unpartition, xlgpu_xapi_layout,
    xlgpu_xapi_recover;
/* vm.c */
xlgpu_xapi_fn xlgpu_xapi_reserve, xlgpu_xapi_release;

/* ---- What they have in common: args.c ---- */

/*
 * Finds the function, and sees that the call has the arguments that it needs,
 * and no others, each a string once. NULL with the error.
 */
xlgpu_xapi_fn *xlgpu_xapi_find(const struct xlgpu_rpc_call *call,
                               struct xlgpu_xapi_error *e);

/* An argument that is true or false; false where it is not there. */
bool xlgpu_xapi_flag(const struct xlgpu_rpc_call *call, const char *name,
                     struct xlgpu_xapi_error *e);

/* As xlgpu_host_open(), for a change unless it is a dry run. Close in either
 * case. False with the error. */
bool xlgpu_xapi_open(const struct xlgpu_rpc_call *call,
                     struct xlgpu_host *host, bool change_layout,
                     struct xlgpu_xapi_error *e);

/* The GPU that the argument gpu names; NULL with the error. */
struct xlgpu_gpu *xlgpu_xapi_gpu(const struct xlgpu_rpc_call *call,
                                 const struct xlgpu_host *host,
                                 struct xlgpu_xapi_error *e);

#endif
