/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain/config.h"
#include "domain/control.h"
#include "domain/hypervisor.h"
#include "domain/whole.h"
#include "driver/driver.h"
#include "inventory/shape.h"
#include "inventory/sysfs.h"
#include "xenstore/announced.h"
#include "xenstore/journal.h"
#include "xenstore/kept.h"

#define KIB 1024ull
#define DEFAULT_BRIDGE "xenbr0" /* xl-network-configuration(5) */
#define BRIDGE_SCRIPT "vif-bridge"

static void add_string(char ***list, size_t *n, const char *s)
{
    *list = xlgpu_realloc(*list, *n + 1, sizeof(**list));
    (*list)[(*n)++] = xlgpu_strdup(s);
}

static bool has_string(char *const *list, size_t n, const char *s)
{
    while (n--)
        if (!strcmp(list[n], s)) return true;
    return false;
}

/* ---- Its configuration, as libxl has it ---- */

static bool is_dom0(uint32_t domid, const char *name)
{
    return !domid && (!name || !*name || !strcmp(name, "0") ||
                      !strcmp(name, "Domain-0"));
}

/* Files and block devices of dom0; what a script makes has no path. */
static void read_disks(const libxl_domain_config *d, struct xlgpu_moving *m)
{
    const libxl_device_disk *disk;

    for (disk = d->disks; disk < d->disks + d->num_disks; disk++)
        if (is_dom0(disk->backend_domid, disk->backend_domname) &&
            !disk->script && disk->pdev_path && *disk->pdev_path == '/')
            add_string(&m->disk, &m->n_disks, disk->pdev_path);
}

static const char *script_of(const libxl_device_nic *nic)
{
    const char *slash = nic->script ? strrchr(nic->script, '/') : NULL;

    return slash ? slash + 1 : nic->script ? nic->script : BRIDGE_SCRIPT;
}

static void read_bridges(const libxl_domain_config *d, struct xlgpu_moving *m)
{
    const libxl_device_nic *nic;
    const char *bridge;

    for (nic = d->nics; nic < d->nics + d->num_nics; nic++) {
        bridge = nic->bridge && *nic->bridge ? nic->bridge : DEFAULT_BRIDGE;
        if (is_dom0(nic->backend_domid, nic->backend_domname) &&
            !strcmp(script_of(nic), BRIDGE_SCRIPT) &&
            !has_string(m->bridge, m->n_bridges, bridge))
            add_string(&m->bridge, &m->n_bridges, bridge);
    }
}

/* Whether the partition is among them. */
static bool read_devices(const libxl_domain_config *d, struct xlgpu_moving *m)
{
    struct xlgpu_moving_device *other;
    const libxl_device_pci *pci;
    struct xlgpu_bdf bdf;
    bool has_it = false;

    m->device = xlgpu_zalloc(d->num_pcidevs, sizeof(*m->device));
    for (pci = d->pcidevs; pci < d->pcidevs + d->num_pcidevs; pci++) {
        bdf = (struct xlgpu_bdf){ pci->domain, pci->bus, pci->dev,
                                  pci->func };
        if (xlgpu_bdf_equal(bdf, m->partition)) {
            m->vslot = pci->vdevfn >> 3 & 0x1f;
            has_it = true;
            continue;
        }
        other = &m->device[m->n_devices++];
        other->bdf = bdf;
        other->vslot = pci->vdevfn >> 3 & 0x1f;
        xlgpu_sysfs_id(bdf, other->id);
    }
    return has_it;
}

static int read_libxl(libxl_ctx *xen, struct xlgpu_moving *m)
{
    libxl_domain_config d;
    int rc = XLGPU_OK;

    libxl_domain_config_init(&d);
    if (libxl_retrieve_domain_configuration(xen, m->domid, &d, NULL)) {
        rc = xlgpu_fail(XLGPU_IN_USE, m->name, "try again when it runs",
                        "libxl has no configuration of it yet");
        goto out;
    }
    m->type = d.c_info.type == LIBXL_DOMAIN_TYPE_PV    ? XLGPU_GUEST_PV
              : d.c_info.type == LIBXL_DOMAIN_TYPE_PVH ? XLGPU_GUEST_PVH
                                                       : XLGPU_GUEST_HVM;
    m->memory_max = d.b_info.max_memkb * KIB;
    m->memory = d.b_info.target_memkb && d.b_info.target_memkb <
                d.b_info.max_memkb ? d.b_info.target_memkb * KIB
                                   : m->memory_max;
    if (!read_devices(&d, m)) {
        rc = xlgpu_fail(XLGPU_NOT_FOUND, m->name,
                        "xl gpu-detach, then xl gpu-attach give it back",
                        "its partition was taken from it");
        goto out;
    }
    read_disks(&d, m);
    read_bridges(&d, m);
    m->poweroff_destroys = !d.on_poweroff ||
                           d.on_poweroff == LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
out:
    libxl_domain_config_dispose(&d);
    return rc;
}

/* ---- Its config as created ---- */

/* One that got its partition by hot-plug may have none: then its owner has
 * said nothing. */
static int read_kept(struct xlgpu_moving *m)
{
    struct xlgpu_config config = { 0 };
    struct xlgpu_kept kept = { 0 };
    int rc;

    m->live = true;
    rc = xlgpu_kept_read(m->uuid, &kept);
    if (!rc) rc = xlgpu_config_read_text(m->name, kept.config, &config);
    if (rc) goto out;
    m->kept = config.partition && config.n_specs == 1;
    m->restart = true;
    if (!config.has_gpu) goto out;
    m->live = config.live;
    m->hotplug = config.hotplug;
    m->restart = config.restart;
    m->state_guest = config.state_guest;
    m->spec = xlgpu_strdup(config.partition ? config.partition : "");
out:
    xlgpu_config_dispose(&config);
    xlgpu_kept_dispose(&kept);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

/* ---- Its partition ---- */

static int read_partition(struct xlgpu_host *host, struct xlgpu_moving *m)
{
    const struct xlgpu_record *record, *whole;
    const struct xlgpu_gpu *gpu;
    char bdf[XLGPU_BDF_LEN];
    int r;

    record = xlgpu_records_find_uuid(&host->records, m->uuid);
    whole = xlgpu_records_find_whole(&host->records, m->uuid, NULL);
    if (!record && whole) return xlgpu_whole_stays(m->name, whole->gpu);
    gpu = record ? xlgpu_inventory_find(&host->inventory, record->gpu) : NULL;
    if (!gpu)
        return xlgpu_fail(XLGPU_NOT_FOUND, m->name,
                          "xl migrate moves a guest without one",
                          "it has no partition");
    m->partition = record->bdf;
    m->vslot = record->vslot;
    m->gpu_vendor = gpu->vendor;
    m->gpu_device = gpu->device;
    m->gpu_subvendor = gpu->subvendor;
    m->gpu_subdevice = gpu->subdevice;
    m->gpu_memory = gpu->memory;
    m->gpu_count = gpu->count;
    snprintf(m->model, sizeof(m->model), "%s", gpu->model);
    r = xlgpu_shape_read(record->bdf, xlgpu_partition_memory(gpu), &m->shape);
    if (r)
        return xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(record->bdf, bdf),
                          "see the kernel's log",
                          "its config space can't be read: %s", strerror(r));
    return XLGPU_OK;
}

/* ---- All of it ---- */

static enum xlgpu_guest_state state_of(libxl_ctx *xen, const char *uuid)
{
    uint32_t domid;

    if (xlgpu_journal_names(uuid)) return XLGPU_GUEST_UNSETTLED;
    switch (xlgpu_domain_condition(xen, uuid, &domid)) {
    case XLGPU_DOMAIN_RUNS:
        return XLGPU_GUEST_RUNS;
    case XLGPU_DOMAIN_PAUSED:
        return XLGPU_GUEST_PAUSED;
    default:
        return XLGPU_GUEST_DOWN;
    }
}

static void read_hypervisor(libxl_ctx *xen, struct xlgpu_moving *m)
{
    const libxl_version_info *version = libxl_get_version_info(xen);

    if (version) {
        m->xen.major = version->xen_version_major;
        m->xen.minor = version->xen_version_minor;
    }
    m->xen.n_features = xlgpu_hypervisor_features_of(m->domid,
                                                     m->xen.feature,
                                                     XLGPU_FEATURES_MAX);
    m->records_dirty = xlgpu_hypervisor_console(xen).host_dirty;
    m->dma_log = xlgpu_hypervisor_dma_log();
}

/* A name that has no JSON: better said here than refused there. */
static int check_json(const struct xlgpu_moving *m)
{
    char *json = xlgpu_moving_json(m);
    bool is_text = json;

    free(json);
    if (is_text) return XLGPU_OK;
    return xlgpu_fail(XLGPU_UNABLE, m->name, "rename it with xl rename",
                      "its name, or that of a disk or bridge, is no text");
}

int xlgpu_gather_moving(struct xlgpu_host *host,
                        const struct xlgpu_guest *guest, enum xlgpu_mode mode,
                        struct xlgpu_moving *moving)
{
    int rc;

    *moving = (struct xlgpu_moving){ .domid = guest->domid, .mode = mode };
    strcpy(moving->uuid, guest->uuid);
    moving->name = xlgpu_strdup(guest->name);

    rc = read_partition(host, moving);
    if (!rc) rc = read_libxl(host->xen, moving);
    if (!rc) rc = read_kept(moving);
    if (rc) return rc;
    if (!moving->spec) moving->spec = xlgpu_strdup("");
    moving->state = state_of(host->xen, guest->uuid);
    moving->announced = xlgpu_announced_suspend(guest->domid);
    read_hypervisor(host->xen, moving);
    return check_json(moving);
}
