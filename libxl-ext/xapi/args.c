/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "functions.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

/* Arguments with a "!" must be there. */
static const struct function {
    const char *name;
    xlgpu_xapi_fn *fn;
    const char *args;
} functions[] = {
    { "list", xlgpu_xapi_list, "gpu" },
    { "precheck", xlgpu_xapi_precheck, "" },
    { "pool_facts", xlgpu_xapi_pool_facts, "" },
    { "partition", xlgpu_xapi_partition,
      "gpu! count! memory exec_quantum_ms preempt_timeout_us dry_run" },
    { "unpartition", xlgpu_xapi_unpartition, "gpu! dry_run" },
    { "layout", xlgpu_xapi_layout, "apply dry_run" },
    { "recover", xlgpu_xapi_recover, "dry_run" },
    { "reserve", xlgpu_xapi_reserve, "vm! model memory gpu group dry_run" },
    { "release", xlgpu_xapi_release, "vm! dry_run" },
};

/* Whether name is one of the words. */
static bool takes(const char *words, const char *name)
{
    size_t len = strlen(name), n;

    for (; *words; words += n + (words[n] == ' ')) {
        n = strcspn(words, " ");
        if (len && n >= len && !strncmp(words, name, len) &&
            (n == len || (n == len + 1 && words[len] == '!')))
            return true;
    }
    return false;
}

/* The first argument that must be there and is not, which the caller frees;
 * NULL: there is none. */
static char *lacks(const char *words, const struct xlgpu_rpc_call *call)
{
    char *copy = xlgpu_strdup(words), *rest = copy, *word, *found = NULL;

    while (!found && (word = strtok_r(rest, " ", &rest))) {
        if (word[strlen(word) - 1] != '!') continue;
        word[strlen(word) - 1] = '\0';
        if (!xlgpu_rpc_arg(call, word)) found = xlgpu_strdup(word);
    }
    free(copy);
    return found;
}

static void check_args(const struct function *f,
                       const struct xlgpu_rpc_call *call,
                       struct xlgpu_xapi_error *e)
{
    char *missing;
    size_t i;

    if (call->bad_arg)
        xlgpu_xapi_error(e, "FIELD_TYPE_ERROR", call->bad_arg);
    if (call->twice)
        xlgpu_xapi_error(e, "MAP_DUPLICATE_KEY", "args", call->method, "",
                         call->twice);
    for (i = 0; i < call->n_args; i++)
        if (!takes(f->args, call->arg[i].name))
            xlgpu_xapi_not_supported(e, call->arg[i].name, call->arg[i].value,
                                     "the function has no such argument");
    missing = lacks(f->args, call);
    if (missing)
        xlgpu_xapi_not_supported(e, missing, "", "the argument is missing");
    free(missing);
}

xlgpu_xapi_fn *xlgpu_xapi_find(const struct xlgpu_rpc_call *call,
                               struct xlgpu_xapi_error *e)
{
    const struct function *f;
    size_t i;

    for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        f = &functions[i];
        if (strcmp(f->name, call->method)) continue;
        check_args(f, call, e);
        return e->n ? NULL : f->fn;
    }
    /* As XenAPIPlugin.py says it. */
    xlgpu_xapi_error(e, "UNKNOWN_XENAPI_PLUGIN_FUNCTION", call->method);
    return NULL;
}

bool xlgpu_xapi_flag(const struct xlgpu_rpc_call *call, const char *name,
                     struct xlgpu_xapi_error *e)
{
    const char *value = xlgpu_rpc_arg(call, name);

    if (!value || !strcmp(value, "false")) return false;
    if (strcmp(value, "true"))
        xlgpu_xapi_not_supported(e, name, value, "it is neither true nor "
                                 "false");
    return true;
}

bool xlgpu_xapi_open(const struct xlgpu_rpc_call *call,
                     struct xlgpu_host *host, bool change_layout,
                     struct xlgpu_xapi_error *e)
{
    bool dry_run = xlgpu_xapi_flag(call, "dry_run", e);
    int rc;

    *host = (struct xlgpu_host){ .layout_lock = -1 };
    if (e->n) return false;
    rc = xlgpu_host_open(host, (struct xlgpu_host_open){
                                   .change_layout = change_layout && !dry_run,
                                   .dry_run = dry_run });
    if (!rc) return true;
    if (rc == XLGPU_IN_USE) {
        xlgpu_xapi_error(e, "OTHER_OPERATION_IN_PROGRESS", "host", "",
                         "xl-gpu layout", "");
        xlgpu_xapi_error_said(e);
    }
    xlgpu_xapi_failed(e, call->method);
    return false;
}

struct xlgpu_gpu *xlgpu_xapi_gpu(const struct xlgpu_rpc_call *call,
                                 const struct xlgpu_host *host,
                                 struct xlgpu_xapi_error *e)
{
    const char *text = xlgpu_rpc_arg(call, "gpu");
    struct xlgpu_gpu *gpu = NULL;
    struct xlgpu_bdf bdf;

    if (xlgpu_bdf_parse(text, &bdf))
        gpu = xlgpu_inventory_find(&host->inventory, bdf);
    if (!gpu) xlgpu_xapi_error(e, "INVALID_DEVICE", text);
    return gpu;
}
