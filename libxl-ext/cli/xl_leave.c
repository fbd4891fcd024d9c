/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xl's own verbs by which a guest leaves its host or its memory: migrate, save
 * and remus. For a guest with a partition the first is gpu-migrate. The others
 * would lose the device's state, and are refused, save only where gpu.conf
 * does not allow it; so is all of it for a whole GPU. Guests without either
 * are stock xl's.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cli/xl_leave.h"
#include "domain/whole.h"
#include "domain/xen.h"
#include "xenstore/records.h"

/* Where there is no Xen, stock xl says so itself. */
static bool open_xen(libxl_ctx **xen_r)
{
    int rc;

    xlgpu_fail_divert(xlgpu_fail_ignore);
    rc = xlgpu_xen_open(xen_r, false);
    xlgpu_fail_divert(NULL);
    return !rc;
}

/* Stock xl has given it one, and nobody has looked since. */
static int find_unrecorded(const struct xlgpu_guest *guest,
                           struct xlgpu_record *record_r)
{
    size_t i;

    *record_r = (struct xlgpu_record){ .index = 0 };
    for (i = 0; i < guest->n_devices; i++)
        if (xlgpu_inventory_has_vf(guest->device[i], &record_r->gpu))
            return XLGPU_OK;
    return XLGPU_NOT_FOUND;
}

/*
 * The domain's partition, or a GPU that it has as a whole. XLGPU_NOT_FOUND,
 * silently, when it has none, or stock xl would not find it.
 */
static int find_held(const char *domain, struct xlgpu_record *record_r)
{
    struct xlgpu_records records = { 0 };
    struct xlgpu_guests guests = { 0 };
    const struct xlgpu_record *held;
    const struct xlgpu_guest *guest;
    struct xlgpu_store *store = NULL;
    libxl_ctx *xen = NULL;
    int rc = XLGPU_NOT_FOUND;

    if (!open_xen(&xen)) goto out;
    rc = xlgpu_guests_read(xen, &guests);
    if (rc) goto out;
    guest = xlgpu_guests_find(&guests, domain);
    rc = guest ? xlgpu_store_open(&store) : XLGPU_NOT_FOUND;
    if (!rc) rc = xlgpu_store_list(store, &records);
    if (rc) goto out;
    held = xlgpu_records_find_uuid(&records, guest->uuid);
    if (!held) held = xlgpu_records_find_whole(&records, guest->uuid, NULL);
    rc = held ? XLGPU_OK : find_unrecorded(guest, record_r);
    if (held) *record_r = *held;
out:
    xlgpu_records_dispose(&records);
    xlgpu_store_close(store);
    xlgpu_guests_dispose(&guests);
    xlgpu_xen_close(xen);
    return rc;
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

static const struct option help_only[] = {
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static int refuse_option(const char *domain, char refused)
{
    return xlgpu_fail(XLGPU_USAGE, domain,
                      refused == 's'
                          ? "leave it out; migrate_command in gpu.conf says by "
                            "which command hosts are reached"
                          : "leave it out",
                      "xl migrate of a guest with a partition takes no -%c",
                      refused);
}

static int migrate(const char *domain, char *host, char refused,
                   struct xlgpu_globals globals)
{
    char *argv[] = { (char *)"migrate", (char *)"--", (char *)domain, host,
                     NULL };

    if (refused) return refuse_option(domain, refused);
    optind = 0;
    return main_migrate(4, argv, globals);
}

bool xlgpu_xl_migrate(int argc, char **argv, struct xlgpu_globals globals,
                      int *rc_r)
{
    struct xlgpu_record held;
    char refused;
    const char *domain = parse(argc, argv, "+FC:s:epDh", migrate_options,
                               &refused);

    /* What follows stock xl does not look at. */
    if (!domain || argc - optind < 2) return false;
    *rc_r = find_held(domain, &held);
    if (*rc_r) return *rc_r != XLGPU_NOT_FOUND;
    *rc_r = held.index == XLGPU_WHOLE
                ? xlgpu_whole_stays(domain, held.gpu)
                : migrate(domain, argv[optind + 1], refused, globals);
    return true;
}

static int refuse_save(const char *domain, const struct xlgpu_record *held)
{
    bool whole = held->index == XLGPU_WHOLE;

    return xlgpu_fail(XLGPU_UNABLE, domain,
                      whole ? "shut it down; save=\"allow\" in gpu.conf saves "
                              "it all the same"
                            : "shut it down, or move it with xl gpu-migrate; "
                              "save=\"allow\" in gpu.conf saves it all the "
                              "same",
                      "what its %s holds can't be saved",
                      whole ? "GPU" : "partition");
}

bool xlgpu_xl_save(int argc, char **argv, int *rc_r)
{
    struct xlgpu_conf conf = { 0 };
    struct xlgpu_record held;
    char refused;
    const char *domain = parse(argc, argv, "+cpDh", help_only, &refused);

    if (!domain || argc - optind < 2 || argc - optind > 3) return false;
    *rc_r = find_held(domain, &held);
    if (*rc_r) return *rc_r != XLGPU_NOT_FOUND;
    *rc_r = xlgpu_conf_read(&conf);
    if (!*rc_r && !conf.allow_save) *rc_r = refuse_save(domain, &held);
    xlgpu_conf_dispose(&conf);
    return *rc_r;
}

static int refuse_remus(const char *domain, const struct xlgpu_record *held)
{
    bool whole = held->index == XLGPU_WHOLE;

    return xlgpu_fail(XLGPU_UNABLE, domain,
                      whole ? "xl gpu-detach takes it away"
                            : "xl gpu-detach takes it away; or a cluster "
                              "starts the guest elsewhere when its host "
                              "fails, see xl-gpu-pacemaker(7)",
                      "Remus can't copy what its %s holds",
                      whole ? "GPU" : "partition");
}

bool xlgpu_xl_remus(int argc, char **argv, int *rc_r)
{
    struct xlgpu_record held;
    char refused;
    const char *domain = parse(argc, argv, "+Fbundi:s:N:ecph", help_only,
                               &refused);

    if (!domain || argc - optind < 2) return false;
    *rc_r = find_held(domain, &held);
    if (!*rc_r) *rc_r = refuse_remus(domain, &held);
    return *rc_r != XLGPU_NOT_FOUND;
}
