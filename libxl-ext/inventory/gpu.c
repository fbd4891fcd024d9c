/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gpu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pci/pci.h>

#include "alloc.h"
#include "status.h"
#include "sysfs.h"

#define PCI_CLASS_ACCELERATOR 0x1200

static bool is_gpu_class(uint16_t class)
{
    return class == PCI_CLASS_DISPLAY_VGA || class == PCI_CLASS_DISPLAY_3D ||
           class == PCI_CLASS_DISPLAY_OTHER || class == PCI_CLASS_ACCELERATOR;
}

static struct xlgpu_bdf bdf_of(const struct pci_dev *dev)
{
    return (struct xlgpu_bdf){ dev->domain, dev->bus, dev->dev, dev->func };
}

static long read_or(struct xlgpu_bdf dev, const char *attr, long otherwise)
{
    long value;

    return xlgpu_sysfs_read_long(dev, attr, &value) ? otherwise : value;
}

static void set_valid_counts(struct xlgpu_gpu *gpu,
                             const struct xlgpu_model *model)
{
    unsigned int i, n = model && model->n_counts ? model->n_counts : gpu->max;

    gpu->valid = xlgpu_zalloc(n, sizeof(*gpu->valid));
    for (i = 0; i < n; i++) {
        unsigned int count = model && model->n_counts ? model->counts[i]
                                                      : i + 1;
        if (count <= gpu->max) gpu->valid[gpu->n_valid++] = count;
    }
}

static void set_profiles(struct xlgpu_gpu *gpu,
                         const struct xlgpu_model *model)
{
    if (!model) return;
    gpu->pf = model->pf;
    gpu->n_profiles = model->n_profiles;
    gpu->profile = xlgpu_zalloc(model->n_profiles, sizeof(*gpu->profile));
    if (model->n_profiles)
        memcpy(gpu->profile, model->profile,
               model->n_profiles * sizeof(*gpu->profile));
}

int xlgpu_gpu_read_partitions(struct xlgpu_gpu *gpu)
{
    char link[32], bdf[XLGPU_BDF_LEN];
    struct xlgpu_partition *p;
    unsigned int i;
    int r;

    free(gpu->partition);
    gpu->partition = NULL;
    gpu->unreadable = false;
    gpu->count = 0;

    /* sriov_numvfs can't be read while a driver hangs in changing it. */
    for (i = 0;; i++) {
        snprintf(link, sizeof(link), "virtfn%u", i);
        gpu->partition = xlgpu_realloc(gpu->partition, i + 1, sizeof(*p));
        p = &gpu->partition[i];
        *p = (struct xlgpu_partition){ 0 };
        r = xlgpu_sysfs_link(gpu->bdf, link, &p->bdf);
        if (r == ENOENT) return XLGPU_OK;
        if (!r) r = xlgpu_sysfs_driver(p->bdf, p->driver, sizeof(p->driver));
        if (r) {
            gpu->unreadable = true;
            return xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(gpu->bdf, bdf),
                              "try again; the kernel's log may say more",
                              "partition %u can't be read: %s", i,
                              strerror(r));
        }
        gpu->count++;
    }
}

static void add_gpu(struct xlgpu_inventory *inv, struct pci_dev *dev,
                   const struct xlgpu_model *model)
{
    struct xlgpu_gpu *gpu;

    inv->gpu = xlgpu_realloc(inv->gpu, inv->n + 1, sizeof(*inv->gpu));
    gpu = &inv->gpu[inv->n++];
    *gpu = (struct xlgpu_gpu){ .bdf = bdf_of(dev),
                               .vendor = dev->vendor_id,
                               .device = dev->device_id };

    pci_fill_info(dev, PCI_FILL_SUBSYS);
    gpu->subvendor = dev->subsys_vendor_id;
    gpu->subdevice = dev->subsys_id;
    gpu->memory = model ? model->memory : 0;
    gpu->console = read_or(gpu->bdf, "boot_vga", 0) == 1;
    gpu->numa_node = read_or(gpu->bdf, "numa_node", -1);
    gpu->max = read_or(gpu->bdf, "sriov_totalvfs", 0);
    if (model)
        snprintf(gpu->model, sizeof(gpu->model), "%s", model->name);
    else
        snprintf(gpu->model, sizeof(gpu->model), "%04x:%04x", gpu->vendor,
                 gpu->device);
    xlgpu_sysfs_driver(gpu->bdf, gpu->driver, sizeof(gpu->driver));
    set_valid_counts(gpu, model);
    set_profiles(gpu, model);
    /* What is wrong with one GPU is said, and stops no other. */
    xlgpu_gpu_read_partitions(gpu);
}

static int by_bdf(const void *a, const void *b)
{
    const struct xlgpu_gpu *x = a, *y = b;

    return xlgpu_bdf_compare(x->bdf, y->bdf);
}

static void add_device(struct xlgpu_inventory *inv, struct pci_dev *dev,
                       const struct xlgpu_models *models)
{
    const struct xlgpu_model *model;
    struct xlgpu_bdf pf;

    pci_fill_info(dev, PCI_FILL_IDENT | PCI_FILL_CLASS | PCI_FILL_SUBSYS);
    model = xlgpu_model_find(models, dev->vendor_id, dev->device_id,
                             dev->subsys_vendor_id, dev->subsys_id);
    if (!model && !is_gpu_class(dev->device_class)) return;
    if (!xlgpu_sysfs_link(bdf_of(dev), "physfn", &pf)) return;

    add_gpu(inv, dev, model);
}

static struct pci_access *open_pci(void)
{
    char *path = xlgpu_asprintf("%s/bus/pci", xlgpu_sysfs_root());
    struct pci_access *pci = pci_alloc();

    pci->method = PCI_ACCESS_SYS_BUS_PCI;
    pci_set_param(pci, "sysfs.path", path);
    pci_init(pci);
    free(path);
    return pci;
}

void xlgpu_inventory_read(struct xlgpu_inventory *inv)
{
    struct pci_access *pci = open_pci();
    struct xlgpu_models models;
    struct pci_dev *dev;

    *inv = (struct xlgpu_inventory){ 0 };
    xlgpu_models_read(&models);
    pci_scan_bus(pci);
    for (dev = pci->devices; dev; dev = dev->next)
        add_device(inv, dev, &models);
    if (inv->n) qsort(inv->gpu, inv->n, sizeof(*inv->gpu), by_bdf);
    pci_cleanup(pci);
    xlgpu_models_dispose(&models);
}

void xlgpu_inventory_read_one(struct xlgpu_inventory *inv,
                              struct xlgpu_bdf bdf)
{
    struct pci_access *pci;
    struct xlgpu_models models;
    struct pci_dev *dev;

    *inv = (struct xlgpu_inventory){ 0 };
    /* libpci ends the process for a device that is not there. */
    if (!xlgpu_sysfs_exists(bdf, "vendor")) return;

    pci = open_pci();
    xlgpu_models_read(&models);
    dev = pci_get_dev(pci, bdf.domain, bdf.bus, bdf.dev, bdf.fn);
    add_device(inv, dev, &models);
    pci_free_dev(dev);
    pci_cleanup(pci);
    xlgpu_models_dispose(&models);
}

bool xlgpu_inventory_has_vf(struct xlgpu_bdf bdf, struct xlgpu_bdf *gpu_r)
{
    struct xlgpu_inventory pf = { 0 };
    bool has;

    if (xlgpu_sysfs_link(bdf, "physfn", gpu_r)) return false;
    xlgpu_inventory_read_one(&pf, *gpu_r);
    has = pf.n;
    xlgpu_inventory_dispose(&pf);
    return has;
}

void xlgpu_inventory_dispose(struct xlgpu_inventory *inv)
{
    size_t i;

    for (i = 0; i < inv->n; i++) {
        free(inv->gpu[i].valid);
        free(inv->gpu[i].profile);
        free(inv->gpu[i].partition);
    }
    free(inv->gpu);
    *inv = (struct xlgpu_inventory){ 0 };
}

struct xlgpu_gpu *xlgpu_inventory_find(const struct xlgpu_inventory *inv,
                                       struct xlgpu_bdf bdf)
{
    size_t i;

    for (i = 0; i < inv->n; i++)
        if (xlgpu_bdf_equal(inv->gpu[i].bdf, bdf)) return &inv->gpu[i];
    return NULL;
}

struct xlgpu_gpu *xlgpu_inventory_find_partition(
    const struct xlgpu_inventory *inv, struct xlgpu_bdf bdf,
    unsigned int *index_r)
{
    struct xlgpu_gpu *gpu;

    for (gpu = inv->gpu; gpu < inv->gpu + inv->n; gpu++)
        for (*index_r = 0; *index_r < gpu->count; ++*index_r)
            if (xlgpu_bdf_equal(gpu->partition[*index_r].bdf, bdf)) return gpu;
    return NULL;
}

enum xlgpu_gpu_state xlgpu_gpu_state(const struct xlgpu_gpu *gpu)
{
    if (!strcmp(gpu->driver, "pciback")) return XLGPU_GPU_PASSTHROUGH;
    if (gpu->unreadable) return XLGPU_GPU_UNAVAILABLE;
    if (gpu->count) return XLGPU_GPU_PARTITIONED;
    if (!*gpu->driver || !gpu->max) return XLGPU_GPU_UNAVAILABLE;
    return XLGPU_GPU_UNPARTITIONED;
}

const char *xlgpu_gpu_state_string(enum xlgpu_gpu_state state)
{
    static const char *const name[] = {
        [XLGPU_GPU_UNPARTITIONED] = "unpartitioned",
        [XLGPU_GPU_PARTITIONED] = "partitioned",
        [XLGPU_GPU_PASSTHROUGH] = "passthrough",
        [XLGPU_GPU_UNAVAILABLE] = "unavailable",
    };

    return name[state];
}

const struct xlgpu_profile *xlgpu_gpu_profile(const struct xlgpu_gpu *gpu,
                                              unsigned int count)
{
    size_t i;

    for (i = 0; i < gpu->n_profiles; i++)
        if (gpu->profile[i].count == count) return &gpu->profile[i];
    return NULL;
}
