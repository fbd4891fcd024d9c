/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which paths there are. */
#define _GNU_SOURCE
#include "simfs.h"

#include <errno.h>
#include <string.h>

/* ---- Walking ---- */

static bool visible_attr(const struct attr *attr, const struct node *node)
{
    return !attr->visible || attr->visible(node);
}

void node_become(struct node *child, const struct dir *dir,
                 const struct attr *attr)
{
    child->dir = dir;
    child->attr = attr;
    child->target[0] = '\0';
}

void node_link(struct node *child, const char *up, const char *target)
{
    node_become(child, NULL, NULL);
    snprintf(child->target, sizeof(child->target), "%s%s", up, target);
}

static bool find_nth(nth_fn *nth, const struct node *dir, const char *name,
                     struct node *child)
{
    char here[SIM_NAME];
    unsigned int i;

    for (i = 0; nth; i++) {
        *child = *dir;
        here[0] = '\0';
        if (!nth(dir, i, here, child)) break;
        if (!strcmp(here, name)) return true;
    }
    return false;
}

static bool find_child(const struct node *parent, const char *name,
                       struct node *child)
{
    const struct dir *dir = parent->dir;
    const struct attr *attr;
    const struct sub *sub;

    *child = *parent;
    for (attr = dir->attr; attr && attr->name; attr++)
        if (!strcmp(attr->name, name) && visible_attr(attr, parent)) {
            node_become(child, NULL, attr);
            return true;
        }
    for (sub = dir->sub; sub && sub->name; sub++)
        if (!strcmp(sub->name, name) &&
            (!sub->visible || sub->visible(parent))) {
            node_become(child, sub->dir, NULL);
            return true;
        }
    if (dir->find && dir->find(parent, name, child)) return true;
    return (!dir->find && find_nth(dir->nth, parent, name, child)) ||
           find_nth(dir->nth2, parent, name, child);
}

bool resolve(const char *path, struct node *node)
{
    char name[SIM_NAME];
    struct node child;
    size_t n;

    *node = (struct node){ .dir = &root_dir };
    for (;;) {
        path += strspn(path, "/");
        if (!*path) return true;
        n = strcspn(path, "/");
        if (!node->dir || n >= sizeof(name)) return false;
        memcpy(name, path, n);
        name[n] = '\0';
        path += n;
        if (!find_child(node, name, &child)) return false;
        *node = child;
    }
}

static void list_nth(nth_fn *nth, const struct node *dir,
                     void (*each)(void *, const char *), void *arg)
{
    char name[SIM_NAME];
    struct node child;
    unsigned int i;

    for (i = 0; nth; i++) {
        child = *dir;
        name[0] = '\0';
        if (!nth(dir, i, name, &child)) break;
        if (*name) each(arg, name);
    }
}

void list(const struct node *node, void (*each)(void *, const char *),
          void *arg)
{
    const struct dir *dir = node->dir;
    const struct attr *attr;
    const struct sub *sub;

    for (attr = dir->attr; attr && attr->name; attr++)
        if (visible_attr(attr, node)) each(arg, attr->name);
    for (sub = dir->sub; sub && sub->name; sub++)
        if (!sub->visible || sub->visible(node)) each(arg, sub->name);
    list_nth(dir->nth, node, each, arg);
    list_nth(dir->nth2, node, each, arg);
}

/* ---- Devices ---- */

/* The i-th function of all, whether it is there or not. */
static bool nth_function(unsigned int i, struct gpu **gpu_r,
                         unsigned int *fn_r)
{
    static size_t g;
    static unsigned int first, generation;

    /* It is asked for them in order. */
    if (i < first || generation != sim_generation) g = first = 0;
    generation = sim_generation;
    for (; g < sim_n_gpus; g++) {
        if (i - first <= sim_gpu[g]->numvfs) {
            *gpu_r = sim_gpu[g];
            *fn_r = i - first;
            return true;
        }
        first += sim_gpu[g]->numvfs + 1;
    }
    return false;
}

static bool nth_device(const struct node *dir, unsigned int i,
                       char name[SIM_NAME], struct node *child)
{
    if (!nth_function(i, &child->gpu, &child->fn)) return false;
    (void)dir;
    node_become(child, &device_dir, NULL);
    if (fn_present(child->gpu, child->fn))
        rid_format(vf_rid(child->gpu, child->fn), name);
    return true;
}

static bool find_device(const struct node *dir, const char *name,
                        struct node *child)
{
    uint32_t rid;

    (void)dir;
    node_become(child, &device_dir, NULL);
    return rid_parse(name, &rid, NULL) &&
           fn_find(rid, &child->gpu, &child->fn);
}

static const struct dir devices_dir = { .nth = nth_device,
                                        .find = find_device };

/* ---- Drivers ---- */

static int store_bind(const struct node *node, const char *text)
{
    struct gpu *gpu;
    unsigned int fn;
    uint32_t rid;

    if (!rid_parse(text, &rid, NULL) || !fn_find(rid, &gpu, &fn))
        return ENODEV;
    return driver_bind(node->name, gpu, fn);
}

static int store_unbind(const struct node *node, const char *text)
{
    struct gpu *gpu;
    unsigned int fn;
    uint32_t rid;

    if (!rid_parse(text, &rid, NULL) || !fn_find(rid, &gpu, &fn) ||
        strcmp(gpu->fn[fn].driver, node->name))
        return ENODEV;
    return driver_unbind(gpu, fn);
}

static bool is_pciback(const struct node *node)
{
    return !strcmp(node->name, "pciback");
}

static const struct attr driver_attrs[] = {
    { .name = "bind", .mode = 0200, .store = store_bind },
    { .name = "unbind", .mode = 0200, .store = store_unbind },
    { .name = "new_slot", .mode = 0200, .store = slot_add,
      .visible = is_pciback },
    { .name = "remove_slot", .mode = 0200, .store = slot_remove,
      .visible = is_pciback },
    { .name = "slots", .mode = 0444, .show = slots_show,
      .visible = is_pciback },
    { 0 }
};

static bool nth_bound(const struct node *dir, unsigned int i,
                      char name[SIM_NAME], struct node *child)
{
    struct gpu *gpu;
    unsigned int fn;
    char bdf[BDF_LEN];

    if (!nth_function(i, &gpu, &fn)) return false;
    if (!fn_present(gpu, fn) || strcmp(gpu->fn[fn].driver, dir->name))
        return true;
    snprintf(name, SIM_NAME, "%s", rid_format(vf_rid(gpu, fn), bdf));
    node_link(child, "../../devices/", bdf);
    return true;
}

static bool find_bound(const struct node *dir, const char *name,
                       struct node *child)
{
    struct gpu *gpu;
    unsigned int fn;
    uint32_t rid;

    if (!rid_parse(name, &rid, NULL) || !fn_find(rid, &gpu, &fn) ||
        strcmp(gpu->fn[fn].driver, dir->name))
        return false;
    node_link(child, "../../devices/", name);
    return true;
}

static const struct dir driver_dir = { .attr = driver_attrs,
                                       .nth = nth_bound,
                                       .find = find_bound };

static bool nth_driver(const struct node *dir, unsigned int i,
                       char name[SIM_NAME], struct node *child)
{
    (void)dir;
    if (i >= sim_n_drivers) return false;
    node_become(child, &driver_dir, NULL);
    child->name = sim_driver[i].name;
    snprintf(name, SIM_NAME, "%s", child->name);
    return true;
}

static const struct dir drivers_dir = { .nth = nth_driver };

static int store_probe(const struct node *node, const char *text)
{
    struct gpu *gpu;
    unsigned int fn;
    uint32_t rid;

    (void)node;
    if (!rid_parse(text, &rid, NULL) || !fn_find(rid, &gpu, &fn))
        return ENODEV;
    if (!*gpu->fn[fn].driver) driver_probe(gpu, fn);
    return 0;
}

/* ---- What is always there ---- */

static const struct attr pci_attrs[] = {
    { .name = "drivers_probe", .mode = 0200, .store = store_probe }, { 0 }
};

static const struct sub pci_subs[] = {
    { .name = "devices", .dir = &devices_dir },
    { .name = "drivers", .dir = &drivers_dir },
    { 0 }
};
static const struct dir pci_dir = { .attr = pci_attrs, .sub = pci_subs };

static const struct sub bus_subs[] = { { .name = "pci", .dir = &pci_dir },
                                       { 0 } };
static const struct dir bus_dir = { .sub = bus_subs };

/* /class/drm/cardN leads to the device's own. */
static bool nth_card(const struct node *dir, unsigned int i,
                     char name[SIM_NAME], struct node *child)
{
    char bdf[BDF_LEN];
    struct gpu *gpu;

    (void)dir;
    if (i >= sim_n_gpus) return false;
    gpu = sim_gpu[i];
    if (gpu->unplugged ||
        (!is_driven_by(gpu, "i915") && !is_driven_by(gpu, "xe")))
        return true;
    node_become(child, NULL, NULL);
    snprintf(name, SIM_NAME, "card%u", gpu->card);
    snprintf(child->target, sizeof(child->target),
             "../../bus/pci/devices/%s/drm/%s",
             rid_format(gpu->fn->rid, bdf), name);
    return true;
}

static const struct dir class_drm_dir = { .nth = nth_card };
static const struct sub class_subs[] = {
    { .name = "drm", .dir = &class_drm_dir }, { 0 }
};
static const struct dir class_dir = { .sub = class_subs };

static const struct sub debug_subs[] = { { .name = "dri", .dir = &dri_dir },
                                         { 0 } };
static const struct dir debug_dir = { .sub = debug_subs };
static const struct sub kernel_subs[] = {
    { .name = "debug", .dir = &debug_dir }, { 0 }
};
static const struct dir kernel_dir = { .sub = kernel_subs };

static bool has_gim(const struct node *node)
{
    (void)node;
    return driver_loaded("gim");
}

static const char *version_of(const char *driver)
{
    size_t i;

    for (i = 0; i < sim_n_gpus; i++)
        if (!strcmp(sim_gpu[i]->fn->own_driver, driver) &&
            *sim_gpu[i]->version)
            return sim_gpu[i]->version;
    return NULL;
}

static int show_version(const struct node *node, FILE *out)
{
    fprintf(out, "%s\n", version_of(node->name));
    return 0;
}

static const struct attr version_attrs[] = {
    { .name = "version", .mode = 0444, .show = show_version }, { 0 }
};
static const struct dir version_dir = { .attr = version_attrs };

/* Modules with a version; gim is by itself. */
static bool nth_module(const struct node *dir, unsigned int i,
                       char name[SIM_NAME], struct node *child)
{
    (void)dir;
    if (i >= sim_n_drivers) return false;
    node_become(child, &version_dir, NULL);
    child->name = sim_driver[i].name;
    if (version_of(child->name) && strcmp(child->name, "gim"))
        snprintf(name, SIM_NAME, "%s", child->name);
    return true;
}

static const struct sub module_subs[] = {
    { .name = "gim", .dir = &gim_dir, .visible = has_gim }, { 0 }
};
static const struct dir module_dir = { .sub = module_subs,
                                       .nth = nth_module };

/* What the kernel says of Xen, a line each. */
static int show_hypervisor(const struct node *node, FILE *out)
{
    static const char *const text[][2] = {
        { "type", "xen" },
        { "major", "4" },
        { "minor", "17" },
        { "capabilities", "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_64 " },
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(text); i++)
        if (!strcmp(node->attr->name, text[i][0]))
            fprintf(out, "%s\n", text[i][1]);
    return 0;
}

static const struct attr xen_version_attrs[] = {
    { .name = "major", .mode = 0444, .show = show_hypervisor },
    { .name = "minor", .mode = 0444, .show = show_hypervisor },
    { 0 }
};
static const struct attr properties_attrs[] = {
    { .name = "capabilities", .mode = 0444, .show = show_hypervisor }, { 0 }
};
static const struct attr hypervisor_attrs[] = {
    { .name = "type", .mode = 0444, .show = show_hypervisor }, { 0 }
};
static const struct dir xen_version_dir = { .attr = xen_version_attrs };
static const struct dir properties_dir = { .attr = properties_attrs };
static const struct sub hypervisor_subs[] = {
    { .name = "version", .dir = &xen_version_dir },
    { .name = "properties", .dir = &properties_dir },
    { 0 }
};
static const struct dir hypervisor_dir = { .attr = hypervisor_attrs,
                                           .sub = hypervisor_subs };

static const struct sub root_subs[] = {
    { .name = "bus", .dir = &bus_dir },
    { .name = "class", .dir = &class_dir },
    { .name = "hypervisor", .dir = &hypervisor_dir },
    { .name = "kernel", .dir = &kernel_dir },
    { .name = "module", .dir = &module_dir },
    { .name = "sim", .dir = &sim_dir },
    { 0 }
};
const struct dir root_dir = { .sub = root_subs };
