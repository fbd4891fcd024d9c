/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/lock.h"
#include "domain/settle.h"
#include "inventory/sysfs.h"
#include "policy/slot.h"
#include "xenstore/journal.h"

/* What ended a moment ago has its lock until its device model is gone. */
#define LOCK_WAIT_S 15

struct start {
    const char *what; /* the file, for messages */
    const char *name;
    const char *uuid;
    int lock;
};

static int check_running(struct xlgpu_host *host, const struct start *s)
{
    uint32_t domid;

    if (!xlgpu_xen_runs(host->xen, s->uuid, s->name, &domid)) return XLGPU_OK;
    return xlgpu_fail(XLGPU_IN_USE, s->what,
                      "end it first, or use another name and uuid",
                      "domain %s (%u) runs already", s->name, domid);
}

/* One that runs is said at once; one that is still ending is waited for. */
static int wait_for_end(struct xlgpu_host *host, struct start *s)
{
    int rc = check_running(host, s);

    if (rc) return rc;
    rc = xlgpu_guest_lock(s->uuid, LOCK_WAIT_S, &s->lock);
    if (rc == XLGPU_IN_USE)
        rc = xlgpu_fail(rc, s->what, "see xl list, and try again",
                        "guest %s is still ending, or being started",
                        s->name);
    return rc;
}

static int take_lock(struct start *s)
{
    struct xlgpu_host host = { .layout_lock = -1 };
    int rc = xlgpu_guest_lock(s->uuid, 0, &s->lock);

    if (rc != XLGPU_IN_USE) return rc;
    rc = xlgpu_xen_open(&host.xen, false);
    if (!rc) rc = wait_for_end(&host, s);
    xlgpu_xen_close(host.xen);
    return rc;
}

static void drop_lock(const struct start *s)
{
    close(s->lock);
    xlgpu_guest_lock_forget(s->uuid);
}

/* Rule 1: a partition of ours in pci= would be a second one, and go past the
 * records. */
static int check_pci(const char *what, const struct xlgpu_config *config)
{
    char bdf[XLGPU_BDF_LEN];
    struct xlgpu_bdf gpu;
    size_t i;

    for (i = 0; i < config->n_pci; i++)
        if (xlgpu_inventory_has_vf(config->pci[i], &gpu))
            return xlgpu_fail(XLGPU_USAGE, what, "leave it to gpu=",
                              "pci= names %s, which is a partition",
                              xlgpu_bdf_format(config->pci[i], bdf));
    return XLGPU_OK;
}

/* ---- With a config ---- */

static bool wants_whole(const struct xlgpu_config *config)
{
    size_t i;

    for (i = 0; i < config->n_specs; i++)
        if (config->spec[i].type == XLGPU_SPEC_PASSTHROUGH) return true;
    return false;
}

/* The slots that the entries name, and those that they are given. */
static int choose_slots(const char *what, const struct xlgpu_config *config,
                        struct xlgpu_record *record)
{
    uint32_t taken = config->slots;
    size_t i;

    for (i = 0; i < config->n_specs; i++) taken |= 1u << config->spec[i].vslot;
    for (i = 0; i < config->n_specs; i++) {
        record[i].vslot = config->spec[i].vslot;
        if (record[i].vslot) continue;
        record[i].vslot = xlgpu_slot_choose(taken);
        if (!record[i].vslot)
            return xlgpu_fail(XLGPU_USAGE, what,
                              "take a device out of its pci=",
                              "no slot of the guest's PCI bus is left");
        taken |= 1u << record[i].vslot;
    }
    return XLGPU_OK;
}

static int assign_all(struct xlgpu_host *host, const struct start *s,
                      const struct xlgpu_config *config,
                      struct xlgpu_record *record)
{
    struct xlgpu_request request = { .what = s->name, .numa_node = -1 };
    size_t i;
    int rc = XLGPU_OK;

    strcpy(request.uuid, s->uuid);
    if (config->cpus)
        request.numa_node = xlgpu_xen_node_of_cpus(host->xen, config->cpus);
    for (i = 0; !rc && i < config->n_specs; i++) {
        request.spec = &config->spec[i];
        request.vslot = record[i].vslot;
        rc = xlgpu_assign(host, &request, &record[i]);
    }
    /* The last one left nothing itself. */
    if (rc && !host->dry_run)
        for (i--; i-- > 0;) xlgpu_release(host, &record[i]);
    return rc;
}

/* A migration that is not settled: the guest may live, here or elsewhere. */
static int check_moving(const char *what, const struct xlgpu_config *config)
{
    char *path = realpath(what, NULL);
    struct xlgpu_journal j;
    int rc;

    rc = xlgpu_journal_find(config->uuid, path ? path : "", config->name, &j);
    if (!rc)
        rc = xlgpu_fail(XLGPU_IN_USE, what, "xl gpu-recover",
                        "a migration of guest %s is not settled", j.name);
    xlgpu_journal_dispose(&j);
    free(path);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

int xlgpu_start(const char *what, const struct xlgpu_config *config,
                const char *uuid, bool dry_run, struct xlgpu_record *record)
{
    struct start s = { what, config->name, uuid, -1 };
    bool whole = wants_whole(config);
    struct xlgpu_host host;
    int rc;

    rc = choose_slots(what, config, record);
    if (!rc) rc = check_moving(what, config);
    if (rc) return rc;
    if (!dry_run) rc = take_lock(&s);
    if (rc) return rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout = whole && !dry_run,
                                    .quick = !whole,
                                    .dry_run = dry_run,
                                    .own_uuid = uuid });
    /* Stock xl shows the config of a guest that runs, too. */
    if (!rc && !dry_run) rc = check_running(&host, &s);
    /* It may have left while its lock was waited for. */
    if (!rc && !dry_run) rc = check_moving(what, config);
    if (!rc && !dry_run) rc = xlgpu_settle_own(&host);
    if (!rc) rc = check_pci(what, config);
    if (!rc) rc = assign_all(&host, &s, config, record);
    xlgpu_host_close(&host);
    if (rc && !dry_run) drop_lock(&s);
    return rc;
}

int xlgpu_start_locked(const struct xlgpu_config *config, const char *uuid,
                       struct xlgpu_record *record)
{
    struct start s = { config->name, config->name, uuid, -1 };
    bool whole = wants_whole(config);
    struct xlgpu_host host;
    int rc;

    rc = choose_slots(config->name, config, record);
    if (rc) return rc;
    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout = whole, .quick = !whole,
                                    .own_uuid = uuid });
    if (!rc) rc = assign_all(&host, &s, config, record);
    xlgpu_host_close(&host);
    return rc;
}

/* ---- From a file ---- */

int xlgpu_start_saved(const char *file, const struct xlgpu_saved *saved)
{
    const struct xlgpu_spec any = { .any_gpu = true };
    struct xlgpu_request request = { .what = saved->name, .spec = &any,
                                     .numa_node = -1 };
    struct start s = { file, saved->name, saved->uuid, -1 };
    struct xlgpu_record record;
    struct xlgpu_host host;
    int rc;
    struct xlgpu_bdf gpu;
    size_t i;

    strcpy(request.uuid, saved->uuid);
    rc = take_lock(&s);
    if (rc) return rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .own_uuid = request.uuid });
    for (i = 0; !rc && !request.exact && i < saved->n_devices; i++) {
        if (!xlgpu_inventory_has_vf(saved->device[i].bdf, &gpu)) continue;
        request.exact = &saved->device[i].bdf;
        request.vslot = saved->device[i].vslot;
    }
    if (request.exact) {
        rc = check_running(&host, &s);
        if (!rc) rc = xlgpu_assign(&host, &request, &record);
    }
    xlgpu_host_close(&host);
    if (rc || !request.exact) drop_lock(&s);
    return rc;
}
