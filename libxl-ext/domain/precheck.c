/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "precheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "domain/hypervisor.h"
#include "domain/partition.h"
#include "driver/driver.h"
#include "inventory/sysfs.h"
#include "xenstore/records.h"

static const struct xlgpu_bdf no_device;

/* ---- Xen ---- */

/* Linux, Documentation/ABI/testing/sysfs-hypervisor-xen. */
static enum xlgpu_dom0_type dom0_type(void)
{
    char type[16];

    if (xlgpu_sysfs_read(no_device, "/hypervisor/guest_type", type,
                         sizeof(type)))
        return XLGPU_DOM0_NOT_KNOWN;
    return !strcmp(type, "PV")    ? XLGPU_DOM0_PV
           : !strcmp(type, "PVH") ? XLGPU_DOM0_PVH
                                  : XLGPU_DOM0_NOT_KNOWN;
}

/* ---- Dom0 ---- */

static bool has_records(void)
{
    struct xlgpu_records records = { 0 };
    struct xlgpu_store *store;
    bool has;

    has = !xlgpu_store_open(&store) && !xlgpu_store_list(store, &records);
    xlgpu_records_dispose(&records);
    xlgpu_store_close(store);
    return has;
}

/* A Xen that was installed over it has xl back, and leaves the diversion. */
static bool has_wrapper(void)
{
    static const char ours[] = "/usr/lib/xl-gpu/xl";
    char target[sizeof(ours)];
    ssize_t n = readlink(xlgpu_wrapper(), target, sizeof(target));

    return n == sizeof(ours) - 1 && !memcmp(target, ours, n) &&
           !access(xlgpu_stock_xl(), X_OK);
}

static bool is_there(const struct xlgpu_inventory *inv,
                     const struct xlgpu_desired *d)
{
    const struct xlgpu_gpu *gpu = xlgpu_inventory_find(inv, d->gpu);

    return gpu && (!d->vendor || (d->vendor == gpu->vendor &&
                                  d->device == gpu->device));
}

static void read_layout(struct xlgpu_precheck_host *host)
{
    struct xlgpu_precheck_facts *f = &host->facts;
    const struct xlgpu_desired *d;
    char bdf[XLGPU_BDF_LEN];

    f->layout = !xlgpu_desired_read(&host->layout);
    for (d = host->layout.gpu; d < host->layout.gpu + host->layout.n; d++) {
        if (is_there(&host->inventory, d)) continue;
        f->absent = xlgpu_append(f->absent, ", ",
                                 xlgpu_bdf_format(d->gpu, bdf));
    }
}

/* ---- GPUs ---- */

static bool is_modelled(const struct xlgpu_gpu *gpu)
{
    char number[XLGPU_MODEL_NAME_MAX];

    snprintf(number, sizeof(number), "%04x:%04x", gpu->vendor, gpu->device);
    return strcmp(gpu->model, number);
}

/* A driver that leaves the kernel's own sriov_totalvfs as it is, but takes
 * no count: i915 has SR-IOV out of tree only. */
static bool has_no_interface(const struct xlgpu_gpu *gpu)
{
    static const char *const without[] = { "amdgpu", "radeon", "nouveau" };
    size_t i;

    for (i = 0; i < sizeof(without) / sizeof(without[0]); i++)
        if (!strcmp(gpu->driver, without[i])) return true;
    return !strcmp(gpu->driver, "i915") && !xlgpu_i915_has_sriov(gpu);
}

/* The kernel shows "reset" where it knows a way; the administrator may have
 * taken it since. */
static bool has_reset(struct xlgpu_bdf bdf)
{
    char method[64];

    return xlgpu_sysfs_exists(bdf, "reset") &&
           (xlgpu_sysfs_read(bdf, "reset_method", method, sizeof(method)) ||
            *method);
}

static bool can_reset(const struct xlgpu_gpu *gpu)
{
    unsigned int i;

    for (i = 0; i < gpu->count; i++)
        if (!has_reset(gpu->partition[i].bdf)) return false;
    return gpu->count || has_reset(gpu->bdf);
}

void xlgpu_precheck_gpu_read(const struct xlgpu_gpu *gpu,
                             const struct xlgpu_layout *layout,
                             struct xlgpu_precheck_gpu *g)
{
    const struct xlgpu_driver *driver = xlgpu_driver_of(gpu);
    char *version = xlgpu_asprintf("/module/%s/version", gpu->driver);

    *g = (struct xlgpu_precheck_gpu){
        .gpu = gpu,
        .backend = driver->name,
        .mediator = driver->mediator,
        .expected = is_modelled(gpu) || xlgpu_desired_find(layout, gpu->bdf),
        .has_sriov = xlgpu_sysfs_exists(gpu->bdf, "sriov_totalvfs"),
        .no_interface = has_no_interface(gpu),
        .can_reset = can_reset(gpu),
    };
    /* What has no version leaves them empty. */
    if (xlgpu_sysfs_read(no_device, version, g->driver_version,
                         sizeof(g->driver_version)))
        *g->driver_version = '\0';
    if (xlgpu_sysfs_read(gpu->bdf, "vbios_version", g->firmware,
                         sizeof(g->firmware)))
        *g->firmware = '\0';
    free(version);
}

static void read_gpus(struct xlgpu_precheck_host *host)
{
    struct xlgpu_precheck_facts *f = &host->facts;
    size_t i;

    f->n_gpus = host->inventory.n;
    f->gpu = xlgpu_zalloc(f->n_gpus, sizeof(*f->gpu));
    for (i = 0; i < f->n_gpus; i++)
        xlgpu_precheck_gpu_read(&host->inventory.gpu[i], &host->layout,
                                &f->gpu[i]);
}

/* ---- All of it ---- */

void xlgpu_precheck_gather(struct xlgpu_precheck_host *host, bool verbose)
{
    struct xlgpu_precheck_facts *f = &host->facts;

    *host = (struct xlgpu_precheck_host){ 0 };
    xlgpu_inventory_read(&host->inventory);
    read_layout(host);
    read_gpus(host);
    xlgpu_hypervisor_ask(f, verbose);
    f->dom0 = dom0_type();
    f->pciback = xlgpu_sysfs_driver_loaded(XLGPU_PCIBACK);
    f->records = has_records();
    f->wrapper = has_wrapper();
}

void xlgpu_precheck_dispose(struct xlgpu_precheck_host *host)
{
    free(host->facts.gpu);
    free(host->facts.absent);
    xlgpu_layout_dispose(&host->layout);
    xlgpu_inventory_dispose(&host->inventory);
}
