/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which driver has which function: Linux' driver core, and pciback. */
#include "simfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool driver_loaded(const char *name)
{
    size_t i;

    for (i = 0; i < sim_n_drivers; i++)
        if (!strcmp(sim_driver[i].name, name)) return true;
    return false;
}

bool is_driven_by(const struct gpu *gpu, const char *driver)
{
    return !strcmp(gpu->fn->driver, driver);
}

/* ---- Functions ---- */

uint32_t vf_rid(const struct gpu *gpu, unsigned int vf)
{
    return vf ? gpu->fn->rid + gpu->offset + gpu->stride * (vf - 1)
              : gpu->fn->rid;
}

bool fn_present(const struct gpu *gpu, unsigned int fn)
{
    return !gpu->unplugged && fn <= gpu->numvfs &&
           (!fn || sim_now() >= gpu->fn[fn].appears);
}

bool fn_find_any(uint32_t rid, struct gpu **gpu_r, unsigned int *fn_r)
{
    uint32_t distance;
    struct gpu *gpu;
    size_t i;

    for (i = 0; i < sim_n_gpus; i++) {
        gpu = *gpu_r = sim_gpu[i];
        *fn_r = 0;
        if (gpu->fn->rid == rid) return true;
        distance = rid - gpu->fn->rid - gpu->offset;
        if (rid < gpu->fn->rid + gpu->offset || !gpu->stride ||
            distance % gpu->stride)
            continue;
        *fn_r = distance / gpu->stride + 1;
        if (*fn_r <= gpu->totalvfs) return true;
    }
    return false;
}

bool fn_find(uint32_t rid, struct gpu **gpu_r, unsigned int *fn_r)
{
    return fn_find_any(rid, gpu_r, fn_r) && fn_present(*gpu_r, *fn_r);
}

/* ---- pciback's list of what it shall take ---- */

static uint32_t *slots;
static size_t n_slots;

void slots_clear(void)
{
    n_slots = 0;
}

static size_t slot_find(uint32_t rid)
{
    size_t i;

    for (i = 0; i < n_slots && slots[i] != rid; i++) {}
    return i;
}

/* The device need not be there. */
int slot_add(const struct node *node, const char *text)
{
    uint32_t rid;

    (void)node;
    if (!rid_parse(text, &rid, NULL)) return EINVAL;
    if (slot_find(rid) < n_slots) return 0;
    slots = reallocarray(slots, n_slots + 1, sizeof(*slots));
    if (!slots) abort();
    slots[n_slots++] = rid;
    return 0;
}

int slot_remove(const struct node *node, const char *text)
{
    uint32_t rid;
    size_t i;

    (void)node;
    if (!rid_parse(text, &rid, NULL)) return EINVAL;
    i = slot_find(rid);
    if (i == n_slots) return ENOENT;
    slots[i] = slots[--n_slots];
    return 0;
}

int slots_show(const struct node *node, FILE *out)
{
    char bdf[BDF_LEN];
    size_t i;

    (void)node;
    for (i = 0; i < n_slots; i++)
        fprintf(out, "%s\n", rid_format(slots[i], bdf));
    return 0;
}

/* ---- Binding ---- */

/* pci_match_device(): the override decides, or the driver's own table. */
static bool matches(const char *driver, const struct gpu *gpu,
                    unsigned int fn)
{
    const struct fn *f = &gpu->fn[fn];

    if (*f->override) return !strcmp(f->override, driver);
    return !strcmp(driver, "pciback") || !strcmp(driver, f->own_driver);
}

/* pci_device_can_probe(): a VF is left alone where autoprobe is off. */
static bool may_probe(const struct gpu *gpu, unsigned int fn)
{
    return !fn || gpu->autoprobe || *gpu->fn[fn].override;
}

static bool is_seized(const struct gpu *gpu, unsigned int fn)
{
    return !strcmp(gpu->fn[fn].override, "pciback") ||
           slot_find(vf_rid(gpu, fn)) < n_slots;
}

int driver_bind(const char *driver, struct gpu *gpu, unsigned int fn)
{
    struct fn *f = &gpu->fn[fn];

    if (!matches(driver, gpu, fn)) return ENODEV;
    if (*f->driver) return EBUSY;
    if (!may_probe(gpu, fn)) return ENODEV;
    if (!strcmp(driver, "pciback") && !is_seized(gpu, fn)) return ENODEV;
    snprintf(f->driver, sizeof(f->driver), "%s", driver);
    return 0;
}

int driver_unbind(struct gpu *gpu, unsigned int fn)
{
    if (!fn) sriov_remove(gpu);
    gpu->fn[fn].driver[0] = '\0';
    return 0;
}

void driver_probe(struct gpu *gpu, unsigned int fn)
{
    const struct fn *f = &gpu->fn[fn];

    if (*f->override) {
        if (driver_loaded(f->override)) driver_bind(f->override, gpu, fn);
    } else if (slot_find(vf_rid(gpu, fn)) == n_slots ||
               driver_bind("pciback", gpu, fn)) {
        if (*f->own_driver) driver_bind(f->own_driver, gpu, fn);
    }
}
