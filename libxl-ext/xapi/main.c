/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The xapi plugin, /etc/xapi.d/plugins/xl-gpu: xapi runs it with a call as
 * its one argument, and reads the answer from its output. Its exit status is
 * 0 whatever the answer is, for another one would hide that from the caller.
 *
 * It sees domains and their devices, and creates, changes and ends none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "functions.h"

static char *answer(const char *text)
{
    struct xlgpu_xapi_error e = { .n = 0 };
    struct xlgpu_rpc_call call;
    char *value = NULL, *xml;
    xlgpu_xapi_fn *fn;

    xlgpu_rpc_parse(text, &call);
    if (call.fault) {
        xml = xlgpu_rpc_fault(call.fault, call.why);
    } else {
        fn = xlgpu_xapi_find(&call, &e);
        if (fn) value = fn(&call, &e);
        if (!value) xlgpu_xapi_failed(&e, call.method);
        xml = value ? xlgpu_rpc_success(value)
                    : xlgpu_rpc_failure((const char *const *)e.word, e.n);
    }
    free(value);
    xlgpu_xapi_error_dispose(&e);
    xlgpu_rpc_dispose(&call);
    return xml;
}

int main(int argc, char **argv)
{
    char *xml;
    int r;

    if (argc != 2)
        return xlgpu_fail(XLGPU_USAGE, "xl-gpu", "see xl-gpu-xapi(8)",
                          "this is a plugin, which xapi runs with a call");
    xlgpu_xapi_listen();
    xml = answer(argv[1]);
    r = fputs(xml, stdout) == EOF || fflush(stdout);
    free(xml);
    return r ? XLGPU_FAILED : XLGPU_OK;
}
