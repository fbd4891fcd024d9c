/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-precheck. The checks and the JSON document are described in
 * xl-gpu(8). */
#include "cli.h"

#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/precheck.h"
#include "emit.h"

#define HEADING "Check                Result Message; remedy"

static void emit_check(struct xlgpu_emit *e, const struct xlgpu_check *c,
                       bool json)
{
    char *text = json || !c->remedy
                     ? xlgpu_strdup(c->message)
                     : xlgpu_asprintf("%s; %s", c->message, c->remedy);

    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "check", -20, c->check);
    xlgpu_emit_string(e, "result", -6, xlgpu_check_result_string(c->result));
    xlgpu_emit_string(e, "message", -1, text);
    xlgpu_emit_string(e, "remedy", XLGPU_JSON_ONLY, c->remedy);
    xlgpu_emit_row_end(e);
    free(text);
}

int main_precheck(int argc, char **argv, struct xlgpu_globals globals)
{
    struct xlgpu_precheck_host host;
    struct xlgpu_checks checks;
    struct xlgpu_emit *e;
    bool json = false;
    int opt, rc;
    size_t i;

    while ((opt = xlgpu_getopt(argc, argv, "j")) != -1)
        if (opt == 'j') json = true;
    if (argc != optind) return xlgpu_usage(argv[0]);

    xlgpu_precheck_gather(&host, globals.verbose);
    checks = xlgpu_precheck(&host.facts);
    e = xlgpu_emit_open(json);
    xlgpu_emit_list_begin(e, "checks", HEADING);
    for (i = 0; i < checks.n; i++) emit_check(e, &checks.check[i], json);
    xlgpu_emit_list_end(e);
    rc = xlgpu_emit_close(e);
    if (!rc && xlgpu_checks_failed(&checks)) rc = XLGPU_UNABLE;

    xlgpu_checks_dispose(&checks);
    xlgpu_precheck_dispose(&host);
    return rc;
}
