/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-recover. The JSON document is described in xl-gpu(8). */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/recover.h"
#include "emit.h"
#include "migrate/recover.h"

/* What was settled; in the text it is said at once. */
struct report {
    bool dry_run, json, changed;
    struct settled {
        char *subject, *action; /* owned */
    } *settled;
    size_t n;
};

static void tell_guest(const char *subject, const char *what, void *arg)
{
    struct report *r = arg;

    if (!r->json) {
        printf("%s: %s%s\n", subject, r->dry_run ? "would " : "", what);
        return;
    }
    r->settled = xlgpu_realloc(r->settled, r->n + 1, sizeof(*r->settled));
    r->settled[r->n++] = (struct settled){ xlgpu_strdup(subject),
                                           xlgpu_strdup(what) };
}

static void tell_migration(const char *guest, const char *what, void *arg)
{
    struct report *r = arg;

    r->changed = true;
    tell_guest(guest, what, r);
}

static void tell(struct xlgpu_bdf bdf, const char *what, void *arg)
{
    char text[XLGPU_BDF_LEN];

    tell_guest(xlgpu_bdf_format(bdf, text), what, arg);
}

static int print(struct report *r)
{
    struct xlgpu_emit *e = xlgpu_emit_open(true);
    const struct settled *s;

    xlgpu_emit_list_begin(e, "settled", NULL);
    for (s = r->settled; s < r->settled + r->n; s++) {
        xlgpu_emit_row_begin(e);
        xlgpu_emit_string(e, "subject", XLGPU_JSON_ONLY, s->subject);
        xlgpu_emit_string(e, "action", XLGPU_JSON_ONLY, s->action);
        xlgpu_emit_row_end(e);
    }
    xlgpu_emit_list_end(e);
    xlgpu_emit_bool(e, "changed", r->changed);
    return xlgpu_emit_close(e);
}

static void dispose(struct report *r)
{
    while (r->n--) {
        free(r->settled[r->n].subject);
        free(r->settled[r->n].action);
    }
    free(r->settled);
}

/* Migrations first: they free partitions, and take the layout's lock. */
static int recover(struct report *r, struct xlgpu_recover_how how,
                   bool verbose)
{
    struct xlgpu_host host = { 0 };
    bool changed = false;
    int rc, first;

    how.dry_run = r->dry_run;
    how.tell = tell_migration;
    how.arg = r;
    first = xlgpu_recover_migrations(&how);
    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout = !r->dry_run,
                                    .dry_run = r->dry_run,
                                    .verbose = verbose });
    if (!rc) rc = xlgpu_recover(&host, tell, r, &changed);
    xlgpu_host_close(&host);
    r->changed |= changed;
    return first ? first : rc;
}

static int forget(struct report *r, const char *guest)
{
    bool found;
    int rc = xlgpu_recover_forget(guest, r->dry_run, &found);

    if (!rc && found)
        tell_migration(guest, "forget that it has moved away", r);
    if (!rc && !found && !r->json)
        printf("%s: no such guest has left this host\n", guest);
    return rc;
}

int main_recover(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "peer-is-dead", required_argument, NULL, 'p' },
        { "outside-cluster", no_argument, NULL, 'o' },
        { "forget", required_argument, NULL, 'f' },
        { NULL, 0, NULL, 0 },
    };
    struct xlgpu_recover_how how = { 0 };
    const char *guest = NULL;
    struct report r = { 0 };
    int opt, rc, printed;

    while ((opt = xlgpu_getopt_long(argc, argv, "nj", options)) != -1) {
        if (opt == 'n') globals.dry_run = true;
        if (opt == 'j') r.json = true;
        if (opt == 'p') how.dead_peer = optarg;
        if (opt == 'o') how.outside_cluster = true;
        if (opt == 'f') guest = optarg;
    }
    if (argc != optind) return xlgpu_usage(argv[0]);
    r.dry_run = globals.dry_run;
    rc = guest ? forget(&r, guest) : recover(&r, how, globals.verbose);
    printed = r.json ? print(&r) : XLGPU_OK;
    dispose(&r);
    return rc ? rc : printed;
}
