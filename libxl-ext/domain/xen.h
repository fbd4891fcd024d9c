/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of libxl: domains and their PCI devices. */
#ifndef XLGPU_XEN_H
#define XLGPU_XEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libxl.h>

#include "inventory/bdf.h"
#include "xenstore/records.h"

/* A running domain other than dom0. */
struct xlgpu_guest {
    uint32_t domid;
    char uuid[XLGPU_UUID_LEN];
    char *name;              /* "" when it has none; owned */
    struct xlgpu_bdf *device; /* its PCI devices in dom0; owned */
    size_t n_devices;
};

struct xlgpu_guests {
    struct xlgpu_guest *guest;
    size_t n;
};

int xlgpu_xen_open(libxl_ctx **ctx_r, bool verbose);
void xlgpu_xen_close(libxl_ctx *ctx); /* NULL is fine */

int xlgpu_guests_read(libxl_ctx *ctx, struct xlgpu_guests *guests);
void xlgpu_guests_dispose(struct xlgpu_guests *guests);

const struct xlgpu_guest *xlgpu_guests_find_uuid(
    const struct xlgpu_guests *guests, const char *uuid);
/* By name, domid or UUID, as xl does. */
const struct xlgpu_guest *xlgpu_guests_find(const struct xlgpu_guests *guests,
                                            const char *name);
/* The guest that has the device. */
const struct xlgpu_guest *xlgpu_guests_find_device(
    const struct xlgpu_guests *guests, struct xlgpu_bdf bdf);
bool xlgpu_guest_has_device(const struct xlgpu_guest *guest,
                            struct xlgpu_bdf bdf);

/* Whether a domain with that UUID or that name runs. */
bool xlgpu_xen_runs(libxl_ctx *ctx, const char *uuid, const char *name,
                    uint32_t *domid_r);
/* False only if libxl knows that there is none. */
bool xlgpu_xen_has_domid(libxl_ctx *ctx, uint32_t domid);

/*
 * The one NUMA node of the host's CPUs in a list as cpus= has it ("2-5,^3",
 * "node:1"), or of those that a running domain's vCPUs may run on; -1 where
 * it is not one.
 */
long xlgpu_xen_node_of_cpus(libxl_ctx *ctx, const char *cpus);
long xlgpu_xen_node_of_domain(libxl_ctx *ctx, uint32_t domid);

/* Canonical text of a UUID in any form that xl takes; false if it is none. */
bool xlgpu_uuid_parse(const char *text, char uuid[XLGPU_UUID_LEN]);
void xlgpu_uuid_generate(char uuid[XLGPU_UUID_LEN]);

/* Wrappers that take our addresses; they return libxl's error. vslot 0
 * leaves the slot to QEMU. */
int xlgpu_xen_assignable_add(libxl_ctx *ctx, struct xlgpu_bdf bdf);
int xlgpu_xen_assignable_remove(libxl_ctx *ctx, struct xlgpu_bdf bdf);
int xlgpu_xen_attach(libxl_ctx *ctx, uint32_t domid, struct xlgpu_bdf bdf,
                     unsigned int vslot);
/* The same for a guest that has just been resumed: it is given some seconds,
 * for until its interrupts are bound again it never hears of the device. */
int xlgpu_xen_attach_resumed(libxl_ctx *ctx, uint32_t domid,
                             struct xlgpu_bdf bdf, unsigned int vslot);
int xlgpu_xen_detach(libxl_ctx *ctx, uint32_t domid, struct xlgpu_bdf bdf);

#endif
