/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-evacuate. The JSON document is described in xl-gpu(8). */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "emit.h"
#include "migrate/evacuate.h"
#include "migrate/peer.h"
#include "pool/judge.h"

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

/* Whoever is named twice is asked once, and has its room once. */
static void add(const char **list, size_t *n, const char *host)
{
    size_t i;

    for (i = 0; i < *n; i++)
        if (!strcmp(list[i], host)) return;
    list[(*n)++] = host;
}

/* Those that are named; or the pool, this one left out. */
static const char **targets(int argc, char **argv,
                            const struct xlgpu_conf *conf, size_t *n_r)
{
    const char **list = xlgpu_zalloc(argc + conf->n_pool, sizeof(*list));
    size_t i;

    for (*n_r = 0; argc--; argv++) add(list, n_r, *argv);
    if (*n_r) return list;
    for (i = 0; i < conf->n_pool; i++)
        if (!xlgpu_pool_is_here(conf->pool[i])) add(list, n_r, conf->pool[i]);
    return list;
}

static int evacuate(const char *const *host, size_t n_hosts,
                    struct xlgpu_migrate_how how, bool dry_run, bool json)
{
    struct xlgpu_leaving *guest = NULL;
    size_t i, n = 0;
    int rc = XLGPU_OK;

    for (i = 0; !rc && i < n_hosts; i++) rc = xlgpu_peer_check(host[i]);
    if (!rc) rc = xlgpu_evacuate_plan(host, n_hosts, how, &guest, &n);
    if (!rc && !dry_run) xlgpu_evacuate_run(guest, n, how);
    if (!rc) rc = print(guest, n, json);
    if (!rc) rc = status_of(guest, n);
    xlgpu_leaving_free(guest, n);
    return rc;
}

int main_evacuate(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "allow-restart", no_argument, NULL, 'r' },
        { NULL, 0, NULL, 0 },
    };
    struct xlgpu_migrate_how how = { .verbose = globals.verbose };
    struct xlgpu_conf conf;
    const char **host;
    bool json = false;
    size_t n;
    int opt, rc;

    while ((opt = xlgpu_getopt_long(argc, argv, "nj", options)) != -1) {
        if (opt == 'n') globals.dry_run = true;
        if (opt == 'j') json = true;
        if (opt == 'r') how.allow_restart = true;
    }
    how.quiet = json || globals.dry_run;

    rc = xlgpu_conf_read(&conf);
    host = targets(argc - optind, argv + optind, &conf, &n);
    if (!rc && !n) rc = xlgpu_pool_named(&conf);
    if (!rc) rc = evacuate(host, n, how, globals.dry_run, json);
    free(host);
    xlgpu_conf_dispose(&conf);
    return rc;
}
