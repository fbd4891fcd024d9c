/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-migrate. The JSON document is described in xl-gpu(8). */
#include "cli.h"

#include <stdio.h>

#include "alloc.h"
#include "cli/verdict_print.h"
#include "migrate/migration.h"
#include "migrate/moved.h"
#include "migrate/peer.h"

#define MIB (1ull << 20)

static void print_moved(const struct xlgpu_migration *m)
{
    char bdf[XLGPU_BDF_LEN];

    printf("%s: %s to %s, where it has %s", m->moving.name,
           xlgpu_move_string(m->verdict.move), m->host,
           xlgpu_bdf_format(m->partition, bdf));
    if (m->bytes)
        printf("; %llu MiB sent as %llu MiB",
               (unsigned long long)m->bytes / MIB,
               (unsigned long long)m->wire / MIB);
    printf("\n");
    if (m->timing) printf("%s: pause: %s\n", m->moving.name, m->timing);
}

static int refuse(const struct xlgpu_migration *m)
{
    const struct xlgpu_check *why = xlgpu_verdict_reason(&m->verdict);

    return xlgpu_fail(m->verdict.status, m->moving.name,
                      why ? why->remedy : NULL, "it can't move to %s: %s",
                      m->host, why ? why->message : "see -n");
}

/* The error was said on stderr. */
static void print_failed(struct xlgpu_migration *m)
{
    bool there = m->outcome == XLGPU_OUTCOME_STARTED;

    xlgpu_check_add(&m->verdict.checks, "there", XLGPU_CHECK_FAIL,
                    xlgpu_strdup(m->stands.how), m->stands.remedy);
    xlgpu_verdict_print(&m->verdict, there ? &m->partition : NULL,
                        m->stands.changed, true);
}

static int migrate(struct xlgpu_migration *m, bool dry_run, bool json)
{
    int rc;

    if (dry_run) {
        rc = xlgpu_verdict_print(&m->verdict, NULL, !m->verdict.status, json);
        return rc ? rc : (int)m->verdict.status;
    }
    if (m->verdict.status) {
        if (json) xlgpu_verdict_print(&m->verdict, NULL, false, json);
        return refuse(m);
    }
    rc = xlgpu_migration_run(m);
    if (rc && json) print_failed(m);
    if (rc) return rc;
    if (json)
        return xlgpu_verdict_print(&m->verdict, &m->partition, true, json);
    print_moved(m);
    return XLGPU_OK;
}

/* Somebody, or this very command, moved it before. */
static int already_there(const char *guest, const char *host, bool json)
{
    struct xlgpu_verdict v = { .move = XLGPU_MOVE_NONE };
    int rc = XLGPU_OK;

    if (json) {
        xlgpu_check_add(&v.checks, "there", XLGPU_CHECK_PASS,
                        xlgpu_strdup("it runs there already"), NULL);
        rc = xlgpu_verdict_print(&v, NULL, false, json);
        xlgpu_verdict_dispose(&v);
    } else {
        printf("%s: it runs at %s already\n", guest, host);
    }
    return rc;
}

int main_migrate(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "mode", required_argument, NULL, 'm' },
        { "allow-restart", no_argument, NULL, 'r' },
        { NULL, 0, NULL, 0 },
    };
    struct xlgpu_migrate_how how = { .verbose = globals.verbose };
    struct xlgpu_migration m;
    bool json = false;
    int opt, rc;

    while ((opt = xlgpu_getopt_long(argc, argv, "nj", options)) != -1) {
        if (opt == 'n') globals.dry_run = true;
        if (opt == 'j') json = true;
        if (opt == 'r') how.allow_restart = true;
        if (opt == 'm' && !xlgpu_mode_parse(optarg, &how.mode))
            return xlgpu_fail(XLGPU_USAGE, optarg, "it is auto, live, freeze, "
                              "hotplug or restart", "no such mode");
    }
    if (argc - optind != 2) return xlgpu_usage(argv[0]);
    rc = xlgpu_peer_check(argv[optind + 1]);
    if (rc) return rc;
    if (xlgpu_moved_to(argv[optind], argv[optind + 1]))
        return already_there(argv[optind], argv[optind + 1], json);
    how.quiet = json || globals.dry_run;

    rc = xlgpu_migration_open(&m, argv[optind], argv[optind + 1], how);
    if (!rc) rc = migrate(&m, globals.dry_run, json);
    xlgpu_migration_close(&m);
    return rc;
}
