/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-layout. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/layout.h"
#include "layout_print.h"

/* What can't be applied is said, and does not stop the rest. The text says
 * what is done; JSON is one document. *changed_r: it was, or in a dry run
 * would be. */
static int apply_all(struct xlgpu_host *host,
                     const struct xlgpu_layout *layout, bool json,
                     bool *changed_r)
{
    const struct xlgpu_desired *d;
    int rc, first = XLGPU_OK;
    char bdf[XLGPU_BDF_LEN];
    bool needed;

    for (d = layout->gpu; d < layout->gpu + layout->n; d++) {
        rc = xlgpu_layout_apply(host, d, &needed);
        if (!rc && needed) *changed_r = true;
        if (!rc && needed && !json)
            printf("%s: %s%u partitions\n", xlgpu_bdf_format(d->gpu, bdf),
                   host->dry_run ? "would have " : "", d->count);
        if (!first) first = rc;
    }
    return first;
}

int main_layout(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "apply", no_argument, NULL, 'a' }, { NULL, 0, NULL, 0 },
    };
    struct xlgpu_layout layout = { 0 };
    struct xlgpu_host host = { 0 };
    bool apply = false, json = false, changed = false;
    struct xlgpu_emit *e;
    int opt, rc, applied = XLGPU_OK;

    while ((opt = xlgpu_getopt_long(argc, argv, "nj", options)) != -1) {
        if (opt == 'n') globals.dry_run = true;
        if (opt == 'j') json = true;
        if (opt == 'a') apply = true;
    }
    if (argc != optind) return xlgpu_usage(argv[0]);

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout = apply && !globals.dry_run,
                                    .dry_run = globals.dry_run,
                                    .verbose = globals.verbose });
    if (!rc) rc = xlgpu_desired_read(&layout);
    if (!rc && apply) applied = apply_all(&host, &layout, json, &changed);
    if (!rc) {
        e = xlgpu_emit_open(json);
        xlgpu_layout_print(e, &host, &layout, changed);
        rc = xlgpu_emit_close(e);
    }
    xlgpu_layout_dispose(&layout);
    xlgpu_host_close(&host);
    return applied ? applied : rc;
}
