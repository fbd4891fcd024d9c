/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-list. */
#include "cli.h"

#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
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

int main_list(int argc, char **argv, struct xlgpu_globals globals)
{
    struct xlgpu_host host = { 0 };
    bool partitions = false, json = false, *chosen = NULL;
    struct xlgpu_emit *e;
    int opt, rc;

    while ((opt = xlgpu_getopt(argc, argv, "lj")) != -1) {
        if (opt == 'l') partitions = true;
        if (opt == 'j') json = partitions = true;
    }

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .dry_run = globals.dry_run,
                                    .verbose = globals.verbose });
    if (rc) goto out;

    chosen = xlgpu_zalloc(host.inventory.n, sizeof(*chosen));
    rc = choose_gpus(&host, argc - optind, argv + optind, chosen);
    if (rc) goto out;

    e = xlgpu_emit_open(json);
    xlgpu_list_print(e, &host, chosen, partitions);
    rc = xlgpu_emit_close(e);
out:
    free(chosen);
    xlgpu_host_close(&host);
    return rc;
}
