/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-list. */
#include "cli.h"

#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
#include "list_html.h"
#include "list_print.h"

/* Every argument is looked at before anything is printed. */
static int choose_gpus(const struct xlgpu_host *host, int argc, char **argv,
                       bool *chosen)
{
    struct xlgpu_gpu *gpu;
    int i, rc;

    for (i = 0; !argc && (size_t)i < host->inventory.n; i++) chosen[i] = true;
    for (i = 0; i < argc; i++) {
        rc = xlgpu_find_gpu(&host->inventory, argv[i], &gpu);
        if (rc) return rc;
        chosen[gpu - host->inventory.gpu] = true;
    }
    return XLGPU_OK;
}

static int print(const struct xlgpu_host *host, const bool *chosen,
                 bool partitions, bool json)
{
    struct xlgpu_emit *e = xlgpu_emit_open(json);

    xlgpu_list_print(e, host, chosen, partitions);
    return xlgpu_emit_close(e);
}

int main_list(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "html", required_argument, NULL, 'w' }, { NULL, 0, NULL, 0 },
    };
    bool partitions = false, json = false, *chosen = NULL;
    struct xlgpu_host host = { 0 };
    const char *page = NULL;
    int opt, rc;

    while ((opt = xlgpu_getopt_long(argc, argv, "lj", options)) != -1) {
        if (opt == 'l') partitions = true;
        if (opt == 'j') json = partitions = true;
        if (opt == 'w') page = optarg;
    }
    if (page && json) return xlgpu_usage(argv[0]);

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .dry_run = globals.dry_run,
                                    .verbose = globals.verbose });
    if (rc) goto out;

    chosen = xlgpu_zalloc(host.inventory.n, sizeof(*chosen));
    rc = choose_gpus(&host, argc - optind, argv + optind, chosen);
    if (!rc)
        rc = page ? xlgpu_list_html(&host, chosen, page)
                  : print(&host, chosen, partitions, json);
out:
    free(chosen);
    xlgpu_host_close(&host);
    return rc;
}
