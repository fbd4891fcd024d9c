/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start.h"

#include <string.h>
#include <unistd.h>

#include "domain/lock.h"

/* What ended a moment ago has its lock until its device model is gone. */
#define LOCK_WAIT_S 15

static int check_name(const struct xlgpu_host *host, const char *what,
                      const struct xlgpu_request *request)
{
    const struct xlgpu_guest *guest;
    size_t i;

    for (i = 0; i < host->guests.n; i++) {
        guest = &host->guests.guest[i];
        if (!strcmp(guest->uuid, request->uuid) ||
            !strcmp(guest->name, request->what))
            return xlgpu_fail(XLGPU_IN_USE, what,
                              "end it first, or use another name and uuid",
                              "domain %s (%u) runs already", guest->name,
                              guest->domid);
    }
    return XLGPU_OK;
}

/* One that runs is said at once; one that is still ending is waited for. */
static int wait_for_end(const char *what, const struct xlgpu_request *request,
                        int *lock_r)
{
    struct xlgpu_host host;
    int rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){ .dry_run = true });
    if (!rc) rc = check_name(&host, what, request);
    xlgpu_host_close(&host);
    if (rc) return rc;

    rc = xlgpu_guest_lock(request->uuid, LOCK_WAIT_S, lock_r);
    if (rc == XLGPU_IN_USE)
        rc = xlgpu_fail(rc, what, "see xl list, and try again",
                        "guest %s is still ending, or being started",
                        request->what);
    return rc;
}

static int take_lock(const char *what, const struct xlgpu_request *request,
                     int *lock_r)
{
    int rc = xlgpu_guest_lock(request->uuid, 0, lock_r);

    return rc == XLGPU_IN_USE ? wait_for_end(what, request, lock_r) : rc;
}

static void drop_lock(const struct xlgpu_request *request, int lock)
{
    close(lock);
    xlgpu_guest_lock_forget(request->uuid);
}

/* Rule 1: a partition of ours in pci= would be a second one. */
static int check_pci(const struct xlgpu_host *host, const char *what,
                     const struct xlgpu_config *config)
{
    char bdf[XLGPU_BDF_LEN];
    unsigned int index;
    size_t i;

    for (i = 0; i < config->n_pci; i++)
        if (xlgpu_inventory_find_partition(&host->inventory, config->pci[i],
                                           &index))
            return xlgpu_fail(XLGPU_USAGE, what, "leave it to gpu=",
                              "pci= names %s, which is a partition",
                              xlgpu_bdf_format(config->pci[i], bdf));
    return XLGPU_OK;
}

int xlgpu_start(const char *what, const struct xlgpu_config *config,
                const struct xlgpu_request *request, bool dry_run,
                struct xlgpu_record *record_r)
{
    struct xlgpu_host host;
    int lock, rc;

    if (!dry_run) {
        rc = take_lock(what, request, &lock);
        if (rc) return rc;
    }

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .dry_run = dry_run,
                                    .own_uuid = request->uuid });
    /* Stock xl shows the config of a guest that runs, too. */
    if (!rc && !dry_run) rc = check_name(&host, what, request);
    if (!rc) rc = check_pci(&host, what, config);
    if (!rc) rc = xlgpu_assign(&host, request, record_r);
    xlgpu_host_close(&host);
    if (rc && !dry_run) drop_lock(request, lock);
    return rc;
}

int xlgpu_start_saved(const char *file, const struct xlgpu_saved *saved)
{
    struct xlgpu_request request = { .what = saved->name,
                                     .spec = { .any_gpu = true } };
    struct xlgpu_record record;
    struct xlgpu_host host;
    unsigned int index;
    int lock, rc;
    size_t i;

    strcpy(request.uuid, saved->uuid);
    rc = take_lock(file, &request, &lock);
    if (rc) return rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .own_uuid = request.uuid });
    for (i = 0; !rc && !request.exact && i < saved->n_devices; i++) {
        if (!xlgpu_inventory_find_partition(&host.inventory,
                                            saved->device[i].bdf, &index))
            continue;
        request.exact = &saved->device[i].bdf;
        request.vslot = saved->device[i].vslot;
    }
    if (request.exact) {
        rc = check_name(&host, file, &request);
        if (!rc) rc = xlgpu_assign(&host, &request, &record);
    }
    xlgpu_host_close(&host);
    if (rc || !request.exact) drop_lock(&request, lock);
    return rc;
}
