/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /bus/pci/devices/BDF, and the directories sim and module/gim. */
#include "simfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct fn *self(const struct node *n)
{
    return &n->gpu->fn[n->fn];
}

/* ---- What the device is ---- */

#define SHOW(name, format, value)                          \
    static int show_##name(const struct node *n, FILE *out) \
    {                                                      \
        fprintf(out, format "\n", value);                  \
        return 0;                                          \
    }

SHOW(vendor, "0x%04x", self(n)->vendor)
SHOW(device, "0x%04x", self(n)->device)
SHOW(subvendor, "0x%04x", self(n)->subvendor)
SHOW(subdevice, "0x%04x", self(n)->subdevice)
SHOW(class, "0x%06x", n->gpu->class)
SHOW(irq, "%d", n->fn ? 0 : 16)
SHOW(numa, "%ld", n->gpu->numa)
SHOW(boot_vga, "%d", n->gpu->boot_vga)
SHOW(firmware, "%s", n->gpu->firmware)
SHOW(totalvfs, "%u", n->gpu->totalvfs)
SHOW(numvfs, "%u", n->gpu->numvfs)
SHOW(autoprobe, "%d", n->gpu->autoprobe)
SHOW(offset, "%u", n->gpu->offset)
SHOW(stride, "%u", n->gpu->stride)
SHOW(vf_device, "%x", n->gpu->vf_device)
SHOW(total_msix, "%u", n->gpu->vf_total_msix)
SHOW(reset_method, "%s", self(n)->reset_method)
SHOW(override, "%s", *self(n)->override ? self(n)->override : "(null)")

static int show_revision(const struct node *n, FILE *out)
{
    (void)n;
    fputs("0x00\n", out);
    return 0;
}

static bool has_firmware(const struct node *n)
{
    return !n->fn && *n->gpu->firmware;
}

static bool has_boot_vga(const struct node *n)
{
    return !n->fn && n->gpu->boot_vga >= 0;
}

static bool has_sriov(const struct node *n)
{
    return !n->fn && n->gpu->sriov;
}

static bool has_reset(const struct node *n)
{
    return !self(n)->no_reset;
}

/* The BARs' sizes: registers, and the memory. */
static int show_resource(const struct node *n, FILE *out)
{
    uint64_t at = 0x380000000000ull + ((uint64_t)vf_rid(n->gpu, n->fn) << 34);
    const uint64_t size[] = { 16 * MIB, 0, n->gpu->bar2_mib * MIB };
    size_t i;

    for (i = 0; i < 13; i++)
        if (i < ARRAY_SIZE(size) && size[i])
            fprintf(out, "0x%016lx 0x%016lx 0x%016x\n", at + (i << 30),
                    at + (i << 30) + size[i] - 1, 0x14220c);
        else
            fprintf(out, "0x%016x 0x%016x 0x%016x\n", 0, 0, 0);
    return 0;
}

/* ---- What is done to it ---- */

static int store_reset(const struct node *n, const char *text)
{
    uint64_t value;
    int r;

    if (parse_u64(text, UINT64_MAX, &value) || value != 1) return EINVAL;
    if (!*self(n)->reset_method) return ENOTTY;
    r = fault(n->path, false);
    if (!r) {
        self(n)->resets++;
        self(n)->command = 0;
    }
    return r;
}

static int store_reset_method(const struct node *n, const char *text)
{
    char copy[SIM_NAME], *word, *save;
    const char *all = n->fn ? "flr" : "flr bus";

    if (!strcmp(text, "default")) text = all;
    snprintf(copy, sizeof(copy), "%s", text);
    for (word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save))
        if (strcmp(word, "flr") && (n->fn || strcmp(word, "bus")))
            return EINVAL;
    snprintf(self(n)->reset_method, SIM_NAME, "%s", text);
    return 0;
}

static int store_override(const struct node *n, const char *text)
{
    snprintf(self(n)->override, SIM_NAME, "%s", text);
    return 0;
}

static int store_numvfs(const struct node *n, const char *text)
{
    return sriov_set_numvfs(n->gpu, n->path, text);
}

static int store_autoprobe(const struct node *n, const char *text)
{
    return parse_bool(text, &n->gpu->autoprobe);
}

int config_write(const struct node *n, const char *data, size_t size,
                 off_t offset)
{
    size_t i;

    /* The command register is all that can be written. */
    for (i = 0; i < size; i++) {
        if (offset + i == 4)
            self(n)->command = (self(n)->command & 0xff00) |
                               (unsigned char)data[i];
        if (offset + i == 5)
            self(n)->command = (self(n)->command & 0xff) |
                               (unsigned char)data[i] << 8;
    }
    return 0;
}

static void put(unsigned char *at, uint32_t value, size_t size)
{
    while (size--) {
        *at++ = value;
        value >>= 8;
    }
}

/* The SR-IOV capability at 0x100; offsets are those of the PCIe standard. */
static void put_sriov(unsigned char *cap, const struct gpu *gpu)
{
    put(cap, 0x10 | 1 << 16, 4);
    put(cap + 0x08, gpu->numvfs ? 9 : 0, 2);
    put(cap + 0x0c, gpu->totalvfs, 2);
    put(cap + 0x0e, gpu->totalvfs, 2);
    put(cap + 0x10, gpu->numvfs, 2);
    put(cap + 0x14, gpu->offset, 2);
    put(cap + 0x16, gpu->stride, 2);
    put(cap + 0x1a, gpu->vf_device, 2);
    put(cap + 0x1c, 0x553, 4);
    put(cap + 0x20, 1, 4);
}

static int show_config(const struct node *n, FILE *out)
{
    unsigned char space[4096] = { 0 };
    const struct fn *f = self(n);

    /* A VF has no IDs of its own: they read as ones. */
    put(space, n->fn ? 0xffffffff : f->vendor | (uint32_t)f->device << 16, 4);
    put(space + 4, f->command, 2);
    put(space + 6, 0x10, 2);
    put(space + 8, n->gpu->class << 8, 4);
    put(space + 0x10, 0xc, 4);
    put(space + 0x18, 0xc, 4);
    put(space + 0x2c, f->subvendor | (uint32_t)f->subdevice << 16, 4);
    put(space + 0x34, 0x40, 1);
    /* PCI Express, with function level reset; then MSI-X. */
    put(space + 0x40, 0x10 | n->gpu->msix_at << 8 | 2 << 16, 4);
    put(space + 0x44, 1 << 28, 4);
    put(space + n->gpu->msix_at, 0x11 | (n->gpu->msix - 1) << 16, 4);
    if (!n->fn && n->gpu->sriov) put_sriov(space + 0x100, n->gpu);
    fwrite(space, sizeof(space), 1, out);
    return 0;
}

/* config_write() takes what is written to it. */
const struct attr config_attr = { .name = "config", .mode = 0644,
                                  .show = show_config };

static const struct attr device_attrs[] = {
    { .name = "vendor", .mode = 0444, .show = show_vendor },
    { .name = "device", .mode = 0444, .show = show_device },
    { .name = "subsystem_vendor", .mode = 0444, .show = show_subvendor },
    { .name = "subsystem_device", .mode = 0444, .show = show_subdevice },
    { .name = "class", .mode = 0444, .show = show_class },
    { .name = "revision", .mode = 0444, .show = show_revision },
    { .name = "irq", .mode = 0444, .show = show_irq },
    { .name = "resource", .mode = 0444, .show = show_resource },
    { .name = "numa_node", .mode = 0644, .show = show_numa },
    { .name = "boot_vga", .mode = 0444, .show = show_boot_vga,
      .visible = has_boot_vga },
    { .name = "vbios_version", .mode = 0444, .show = show_firmware,
      .visible = has_firmware },
    { .name = "driver_override", .mode = 0644, .show = show_override,
      .store = store_override },
    { .name = "reset", .mode = 0200, .store = store_reset,
      .visible = has_reset, .own_fault = true },
    { .name = "reset_method", .mode = 0644, .show = show_reset_method,
      .store = store_reset_method, .visible = has_reset },
    { .name = "sriov_totalvfs", .mode = 0444, .show = show_totalvfs,
      .visible = has_sriov },
    { .name = "sriov_numvfs", .mode = 0644, .show = show_numvfs,
      .store = store_numvfs, .visible = has_sriov, .own_fault = true },
    { .name = "sriov_drivers_autoprobe", .mode = 0644,
      .show = show_autoprobe, .store = store_autoprobe,
      .visible = has_sriov },
    { .name = "sriov_offset", .mode = 0444, .show = show_offset,
      .visible = has_sriov },
    { .name = "sriov_stride", .mode = 0444, .show = show_stride,
      .visible = has_sriov },
    { .name = "sriov_vf_device", .mode = 0444, .show = show_vf_device,
      .visible = has_sriov },
    { .name = "sriov_vf_total_msix", .mode = 0444, .show = show_total_msix,
      .visible = has_sriov },
    { 0 }
};

/* ---- Links ---- */

bool device_links(const struct node *dir, unsigned int i, char name[SIM_NAME],
                  struct node *child)
{
    const struct gpu *gpu = dir->gpu;
    char bdf[BDF_LEN];

    switch (i) {
    case 0:
        if (*self(dir)->driver) strcpy(name, "driver");
        node_link(child, "../../drivers/", self(dir)->driver);
        return true;
    case 1:
        if (dir->fn) strcpy(name, "physfn");
        node_link(child, "../", rid_format(gpu->fn->rid, bdf));
        return true;
    case 2:
        strcpy(name, "subsystem");
        node_link(child, "../../../pci", "");
        return true;
    }
    i -= 3;
    if (dir->fn || i >= gpu->numvfs) return false;
    if (fn_present(gpu, i + 1)) snprintf(name, SIM_NAME, "virtfn%u", i);
    node_link(child, "../", rid_format(vf_rid(gpu, i + 1), bdf));
    return true;
}

static bool nth_config(const struct node *dir, unsigned int i,
                       char name[SIM_NAME], struct node *child)
{
    (void)dir;
    node_become(child, NULL, &config_attr);
    strcpy(name, "config");
    return i == 0;
}

static bool has_xe_admin(const struct node *n)
{
    return !n->fn && is_driven_by(n->gpu, "xe") && n->gpu->xe_sysfs;
}

static bool has_drm(const struct node *n)
{
    const char *driver = self(n)->driver;

    return !n->fn && (!strcmp(driver, "xe") || !strcmp(driver, "i915"));
}

static const struct sub device_subs[] = {
    { .name = "sriov_admin", .dir = &xe_admin_dir, .visible = has_xe_admin },
    { .name = "drm", .dir = &drm_dir, .visible = has_drm },
    { 0 }
};

const struct dir device_dir = { .attr = device_attrs,
                                .sub = device_subs,
                                .nth = device_links,
                                .nth2 = nth_config };

/* ---- module/gim ---- */

static int show_vf_num(const struct node *n, FILE *out)
{
    const char *comma = "";
    size_t i;

    (void)n;
    for (i = 0; i < sim_n_gpus; i++) {
        if (strcmp(sim_gpu[i]->fn->own_driver, "gim")) continue;
        fprintf(out, "%s%u", comma, sim_gpu[i]->vfs_at_boot);
        comma = ",";
    }
    fputs("\n", out);
    return 0;
}

static const struct attr gim_attrs[] = {
    { .name = "vf_num", .mode = 0444, .show = show_vf_num }, { 0 }
};
static const struct dir gim_parameters_dir = { .attr = gim_attrs };
static const struct sub gim_subs[] = {
    { .name = "parameters", .dir = &gim_parameters_dir }, { 0 }
};
const struct dir gim_dir = { .sub = gim_subs };

/* ---- sim ---- */

static int store_control(const struct node *n, const char *text)
{
    char *line = strdup(text);
    int r;

    (void)n;
    if (!line) return ENOMEM;
    r = control(line);
    free(line);
    return r;
}

static int show_log(const struct node *n, FILE *out)
{
    (void)n;
    log_show(out);
    return 0;
}

static int store_log(const struct node *n, const char *text)
{
    (void)n, (void)text;
    log_clear();
    return 0;
}

/* "BDF RESETS", for those that had any. */
static int show_resets(const struct node *n, FILE *out)
{
    char bdf[BDF_LEN];
    unsigned int fn;
    size_t i;

    (void)n;
    for (i = 0; i < sim_n_gpus; i++)
        for (fn = 0; fn <= sim_gpu[i]->totalvfs; fn++)
            if (sim_gpu[i]->fn[fn].resets)
                fprintf(out, "%s %u\n",
                        rid_format(vf_rid(sim_gpu[i], fn), bdf),
                        sim_gpu[i]->fn[fn].resets);
    return 0;
}

static const struct attr sim_attrs[] = {
    { .name = "control", .mode = 0200, .store = store_control },
    { .name = "log", .mode = 0644, .show = show_log, .store = store_log },
    { .name = "resets", .mode = 0444, .show = show_resets },
    { 0 }
};
const struct dir sim_dir = { .attr = sim_attrs };
