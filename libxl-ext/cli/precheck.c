/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-precheck. The checks and the JSON document are described in
 * xl-gpu(8). */
#include "cli.h"

#include <unistd.h>

#include "domain/precheck.h"
#include "verdict_print.h"

int main_precheck(int argc, char **argv, struct xlgpu_globals globals)
{
    struct xlgpu_precheck_host host;
    struct xlgpu_checks checks;
    struct xlgpu_emit *e;
    bool json = false;
    int opt, rc;

    while ((opt = xlgpu_getopt(argc, argv, "j")) != -1)
        if (opt == 'j') json = true;
    if (argc != optind) return xlgpu_usage(argv[0]);

    xlgpu_precheck_gather(&host, globals.verbose);
    checks = xlgpu_precheck(&host.facts);
    e = xlgpu_emit_open(json);
    xlgpu_checks_print(e, &checks, json);
    xlgpu_emit_bool(e, "changed", false);
    rc = xlgpu_emit_close(e);
    if (!rc && xlgpu_checks_failed(&checks)) rc = XLGPU_UNABLE;

    xlgpu_checks_dispose(&checks);
    xlgpu_precheck_dispose(&host);
    return rc;
}
