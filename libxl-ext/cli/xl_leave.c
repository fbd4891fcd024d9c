/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xl's own verbs by which a guest leaves its host or its memory: migrate and
 * save. For a guest with a partition the first is gpu-migrate; the second
 * would lose the device's state, and is refused where gpu.conf does not allow
 * it. Guests without one are stock xl's.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cli/xl_leave.h"
#include "domain/xen.h"
#include "xenstore/records.h"

/* Whether the domain has a partition; what stock xl would not find has none. */
static bool has_partition(const char *domain)
{
    struct xlgpu_guests guests = { 0 };
    const struct xlgpu_guest *guest;
    struct xlgpu_store *store = NULL;
    struct xlgpu_record record = { .index = 0 };
    libxl_ctx *xen = NULL;
    bool has = false;

    if (!xlgpu_xen_open(&xen, false) && !xlgpu_guests_read(xen, &guests)) {
        guest = xlgpu_guests_find(&guests, domain);
        has = guest && !xlgpu_store_open(&store) &&
              !xlgpu_store_find(store, guest->uuid, &record);
    }
    xlgpu_store_close(store);
    xlgpu_guests_dispose(&guests);
    xlgpu_xen_close(xen);
    return has;
}

/* The first argument that is no option, as xl finds it; NULL: none. */
static const char *parse(int argc, char **argv, const char *optstring,
                         const struct option *options, char *refused)
{
    int opt;

    *refused = '\0';
    optind = 0;
    opterr = 0;
    while ((opt = getopt_long(argc, argv, optstring, options, NULL)) != -1) {
        if (opt == '?' || opt == 'h') return NULL;
        if (opt < 0x80) *refused = opt;
    }
    return optind < argc ? argv[optind] : NULL;
}

static const struct option migrate_options[] = {
    { "debug", no_argument, NULL, 0x100 },
    { "live", no_argument, NULL, 0x101 },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const struct option save_options[] = {
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

bool xlgpu_xl_migrate(int argc, char **argv, struct xlgpu_globals globals,
                      int *rc_r)
{
    char *copy[] = { (char *)"migrate", NULL, NULL, NULL, NULL };
    char refused;
    const char *domain = parse(argc, argv, "+FC:s:eph", migrate_options,
                               &refused);

    if (!domain || argc - optind != 2 || !has_partition(domain)) return false;
    if (refused) {
        *rc_r = xlgpu_fail(XLGPU_USAGE, domain,
                           refused == 's'
                               ? "leave it out; migrate_command in gpu.conf "
                                 "says by which command hosts are reached"
                               : "leave it out",
                           "xl migrate of a guest with a partition takes no "
                           "-%c", refused);
        return true;
    }
    copy[1] = (char *)"--";
    copy[2] = argv[optind];
    copy[3] = argv[optind + 1];
    optind = 0;
    *rc_r = main_migrate(4, copy, globals);
    return true;
}

bool xlgpu_xl_save(int argc, char **argv, int *rc_r)
{
    char refused;
    const char *domain = parse(argc, argv, "+cph", save_options, &refused);
    struct xlgpu_conf conf = { 0 };

    if (!domain || !has_partition(domain)) return false;
    *rc_r = xlgpu_conf_read(&conf);
    if (!*rc_r && !conf.allow_save)
        *rc_r = xlgpu_fail(XLGPU_UNABLE, domain,
                           "shut it down, or move it with xl gpu-migrate; "
                           "save=\"allow\" in gpu.conf saves it all the same",
                           "what its partition holds can't be saved");
    xlgpu_conf_dispose(&conf);
    return *rc_r;
}
