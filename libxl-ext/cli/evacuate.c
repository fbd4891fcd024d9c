/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-evacuate. The JSON document is described in xl-gpu(8). */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "emit.h"
#include "migrate/evacuate.h"
#include "migrate/peer.h"

#define HEADING "Guest                Verdict  To               Result"

static void emit_guest(struct xlgpu_emit *e, const struct xlgpu_leaving *g)
{
    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "name", -20, g->name);
    xlgpu_emit_string(e, "uuid", XLGPU_JSON_ONLY, g->uuid);
    xlgpu_emit_string(e, "verdict", -8, xlgpu_move_string(g->move));
    xlgpu_emit_string(e, "host", -16, g->host);
    xlgpu_emit_string(e, "result", -1, g->result);
    xlgpu_emit_row_end(e);
}

/* One that has left, or in a dry run would. */
static bool has_left(const struct xlgpu_leaving *g)
{
    return g->host && !g->status;
}

static int print(const struct xlgpu_leaving *guest, size_t n, bool json)
{
    struct xlgpu_emit *e = xlgpu_emit_open(json);
    bool changed = false;
    size_t i;

    xlgpu_emit_list_begin(e, "guests", HEADING);
    for (i = 0; i < n; i++) {
        emit_guest(e, &guest[i]);
        changed |= has_left(&guest[i]);
    }
    xlgpu_emit_list_end(e);
    xlgpu_emit_bool(e, "changed", changed);
    return xlgpu_emit_close(e);
}

/* The first failure; nobody is left behind for the failure of another. */
static int status_of(const struct xlgpu_leaving *guest, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (guest[i].status) return guest[i].status;
    return XLGPU_OK;
}

int main_evacuate(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "allow-restart", no_argument, NULL, 'r' },
        { NULL, 0, NULL, 0 },
    };
    struct xlgpu_migrate_how how = { .verbose = globals.verbose };
    struct xlgpu_leaving *guest = NULL;
    bool json = false;
    size_t n = 0;
    int opt, i, rc;

    while ((opt = xlgpu_getopt_long(argc, argv, "nj", options)) != -1) {
        if (opt == 'n') globals.dry_run = true;
        if (opt == 'j') json = true;
        if (opt == 'r') how.allow_restart = true;
    }
    if (argc == optind) return xlgpu_usage(argv[0]);
    for (i = optind; i < argc; i++) {
        rc = xlgpu_peer_check(argv[i]);
        if (rc) return rc;
    }
    how.quiet = json || globals.dry_run;

    rc = xlgpu_evacuate_plan((const char *const *)argv + optind,
                             argc - optind, how, &guest, &n);
    if (!rc && !globals.dry_run) xlgpu_evacuate_run(guest, n, how);
    if (!rc) rc = print(guest, n, json);
    if (!rc) rc = status_of(guest, n);
    xlgpu_leaving_free(guest, n);
    return rc;
}
