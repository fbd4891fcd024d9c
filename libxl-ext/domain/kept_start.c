/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "kept_start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "domain/control.h"
#include "domain/lock.h"
#include "domain/start.h"
#include "domain/xen.h"
#include "child.h"
#include "step.h"

#define LOCK_WAIT_S 30
#define CREATE_WAIT_S 600

char **xlgpu_assigned_lines(const struct xlgpu_config *config,
                            const char *uuid,
                            const struct xlgpu_record *record, int *n_r)
{
    char **line = xlgpu_zalloc(config->n_specs + 3, sizeof(*line));
    char bdf[XLGPU_BDF_LEN];
    size_t i;
    int n = 0;

    if (!*config->uuid) line[n++] = xlgpu_asprintf("uuid=\"%s\"", uuid);
    if (!config->has_passthrough)
        line[n++] = xlgpu_strdup("passthrough=\"enabled\"");
    for (i = 0; i < config->n_specs; i++)
        if (*record[i].uuid)
            line[n++] = xlgpu_asprintf("pci+=[\"%s@%x\"]",
                                       xlgpu_bdf_format(record[i].bdf, bdf),
                                       record[i].vslot);
    *n_r = n;
    return line;
}

int xlgpu_config_file(const struct xlgpu_config *config, char *const *line,
                      int n, char **path_r)
{
    int fd, i, r;

    fd = memfd_create("xl-gpu config", 0);
    r = fd < 0 ? -1 : dprintf(fd, "%s", config->text);
    for (i = 0; r >= 0 && i < n; i++) r = dprintf(fd, "%s\n", line[i]);
    if (r < 0)
        return xlgpu_fail(XLGPU_FAILED, "config", NULL, "%s", strerror(errno));

    *path_r = xlgpu_asprintf("/proc/self/fd/%d", fd);
    return XLGPU_OK;
}

/* ---- Start ---- */

static int parse_kept(const char *uuid, const struct xlgpu_kept *kept,
                      struct xlgpu_config *config)
{
    int rc = xlgpu_config_read_text(kept->name, kept->config, config);

    if (!rc && !config->partition)
        rc = xlgpu_fail(XLGPU_UNABLE, kept->name,
                        "start it from its own config",
                        "its kept config does not ask for a partition");
    if (!rc && *config->uuid && strcmp(config->uuid, uuid))
        rc = xlgpu_fail(XLGPU_UNABLE, kept->name,
                        "start it from its own config",
                        "its kept config is of another guest");
    return rc;
}

int xlgpu_kept_check(const char *uuid, const struct xlgpu_kept *kept)
{
    struct xlgpu_config config = { 0 };
    int rc = parse_kept(uuid, kept, &config);

    if (!rc && config.n_specs != 1)
        rc = xlgpu_fail(XLGPU_UNABLE, kept->name,
                        "start it from its own config",
                        "its kept config asks for a whole GPU too");
    xlgpu_config_dispose(&config);
    return rc;
}

/* As a config that the library of xl reads, from the kept text. */
static int read_kept(const char *uuid, struct xlgpu_kept *kept,
                     struct xlgpu_config *config)
{
    int rc = xlgpu_kept_read(uuid, kept);

    if (rc == XLGPU_NOT_FOUND)
        return xlgpu_fail(rc, uuid, "start it from its own config",
                          "its config was not kept");
    return rc ? rc : parse_kept(uuid, kept, config);
}

static const struct xlgpu_record *find(const struct xlgpu_records *records,
                                       const struct xlgpu_spec *spec,
                                       const char *uuid)
{
    return spec->type == XLGPU_SPEC_PARTITION
               ? xlgpu_records_find_uuid(records, uuid)
               : xlgpu_records_find_whole(records, uuid, &spec->gpu);
}

/* One for each entry, without a uuid where it was detached since.
 * XLGPU_NOT_FOUND, silently, when there is none at all. */
static int find_records(const struct xlgpu_config *config, const char *uuid,
                        struct xlgpu_record *record)
{
    struct xlgpu_records all = { .n = 0 };
    const struct xlgpu_record *r;
    struct xlgpu_store *store;
    size_t i, n = 0;
    int rc;

    rc = xlgpu_store_open(&store);
    if (!rc) rc = xlgpu_store_list(store, &all);
    for (i = 0; !rc && i < config->n_specs; i++) {
        r = find(&all, &config->spec[i], uuid);
        if (!r) continue;
        record[i] = *r;
        n++;
    }
    if (!rc && !n) rc = XLGPU_NOT_FOUND;
    xlgpu_records_dispose(&all);
    xlgpu_store_close(store);
    return rc;
}

static int run_create(const char *name, const char *file)
{
    const char *argv[] = { xlgpu_stock_xl(), "create", "-q", file, NULL };
    struct xlgpu_child xl = { 0 };
    int rc;

    rc = xlgpu_child_start(&xl, &(struct xlgpu_child_how){
                                    .argv = argv, .in = -1, .out = -1,
                                    .err = -1, .own_group = true });
    if (rc) return rc;
    if (!xlgpu_child_wait(&xl, CREATE_WAIT_S)) xlgpu_child_end(&xl, 10);
    xlgpu_step("stock xl created it");
    if (xlgpu_child_succeeded(&xl)) return XLGPU_OK;
    return xlgpu_fail(XLGPU_FAILED, name, "see what xl says above",
                      "xl create of its kept config failed");
}

static int start(const char *uuid, const struct xlgpu_kept *kept,
                 const struct xlgpu_config *config)
{
    struct xlgpu_record *record;
    char **line, *file = NULL;
    int rc, i, n;

    record = xlgpu_zalloc(config->n_specs, sizeof(*record));
    rc = find_records(config, uuid, record);
    /* The host has booted since: its records went with xenstored. */
    if (rc == XLGPU_NOT_FOUND) rc = xlgpu_start_locked(config, uuid, record);
    if (rc) goto out;
    line = xlgpu_assigned_lines(config, uuid, record, &n);
    rc = xlgpu_config_file(config, line, n, &file);
    if (!rc) rc = run_create(kept->name, file);
    if (file) close(atoi(strrchr(file, '/') + 1));
    for (i = 0; i < n; i++) free(line[i]);
    free(line);
    free(file);
out:
    free(record);
    return rc;
}

static int start_once(libxl_ctx *xen, const char *uuid,
                      const struct xlgpu_kept *kept,
                      const struct xlgpu_config *config)
{
    uint32_t domid;

    switch (xlgpu_domain_condition(xen, uuid, &domid)) {
    case XLGPU_DOMAIN_GONE:
        break;
    case XLGPU_DOMAIN_UNKNOWN:
        return xlgpu_fail(XLGPU_FAILED, kept->name, "xl gpu-recover",
                          "libxl does not say whether it runs");
    default:
        return XLGPU_OK;
    }
    if (xlgpu_xen_runs(xen, uuid, kept->name, &domid))
        return xlgpu_fail(XLGPU_IN_USE, kept->name, "rename that one",
                          "domain %u has its name", domid);
    return start(uuid, kept, config);
}

int xlgpu_kept_readable(const char *uuid)
{
    struct xlgpu_config config = { 0 };
    struct xlgpu_kept kept = { 0 };
    int rc = read_kept(uuid, &kept, &config);

    xlgpu_config_dispose(&config);
    xlgpu_kept_dispose(&kept);
    return rc;
}

int xlgpu_kept_start_locked(libxl_ctx *xen, const char *uuid)
{
    struct xlgpu_config config = { 0 };
    struct xlgpu_kept kept = { 0 };
    int rc;

    rc = read_kept(uuid, &kept, &config);
    if (!rc) rc = start_once(xen, uuid, &kept, &config);
    xlgpu_config_dispose(&config);
    xlgpu_kept_dispose(&kept);
    return rc;
}

int xlgpu_kept_start(libxl_ctx *xen, const char *uuid)
{
    int lock = -1, rc;

    rc = xlgpu_guest_lock(uuid, LOCK_WAIT_S, &lock);
    if (rc == XLGPU_IN_USE)
        return xlgpu_fail(rc, uuid, "see xl list", "it is still ending");
    if (!rc) rc = xlgpu_kept_start_locked(xen, uuid);
    if (lock >= 0) close(lock);
    return rc;
}
