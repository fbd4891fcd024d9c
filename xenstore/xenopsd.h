/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What xapi's xenopsd keeps in xenstore of its guests and their devices. In
 * the xapi plugin this is in the place of xenstore/stale.c: xenopsd leaves no
 * note below /libxl/pci, and nothing of its own is ever written here.
 */
#ifndef XLGPU_XENOPSD_H
#define XLGPU_XENOPSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenstore/records.h"

/* A guest, as xenopsd's domain.ml and device.ml write it:
 * /local/domain/DOMID/{vm,name}, and
 * /local/domain/0/backend/pci/DOMID/0/dev-N = "DDDD:BB:dd.f". */
struct xlgpu_xenopsd_guest {
    uint32_t domid;
    char uuid[XLGPU_UUID_LEN]; /* as it is written; "": none */
    char *name;                /* "" when it has none; owned */
    struct xlgpu_bdf *device;  /* owned */
    size_t n_devices;
};

/* Says what failed. The caller frees the list, and what each owns. */
int xlgpu_xenopsd_guests(struct xlgpu_xenopsd_guest **guest_r, size_t *n_r);

/* False only if xenstored says that there is none. */
bool xlgpu_xenopsd_has_domid(uint32_t domid);

#endif
