/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that a cluster manager starts and stops, here or elsewhere. It knows
 * them by name; and it knows more than a journal does: a host that it has
 * fenced runs nothing.
 */
#ifndef XLGPU_MANAGED_H
#define XLGPU_MANAGED_H

#include <stdbool.h>
#include <stdint.h>

#include <libxl.h>

enum xlgpu_presence {
    XLGPU_ABSENT,
    XLGPU_RUNS,
    XLGPU_PAUSED,
    XLGPU_DOWN,    /* crashed, or shut down, and its domain is kept */
    XLGPU_ENDING,  /* no domain, but its lock is held: it ends, or reboots */
    XLGPU_LEAVING, /* its copy here is suspended, or left, in a migration */
    XLGPU_COMING,  /* a migration brings it */
};

/* Exactly that name. uuid "": any; otherwise another guest of that name is
 * none of ours. */
struct xlgpu_managed {
    const char *name, *uuid;
};

/* Whether a guest with that name and UUID is it. */
bool xlgpu_managed_is(const struct xlgpu_managed *who, const char *name,
                      const char *uuid);

/*
 * How the guest is here; *domid_r is 0 where it has no domain. Says what
 * failed: then nobody knows.
 */
int xlgpu_presence(libxl_ctx *xen, const struct xlgpu_managed *who,
                   enum xlgpu_presence *presence_r, uint32_t *domid_r);
const char *xlgpu_presence_string(enum xlgpu_presence presence);

/*
 * Unsettled migrations of a guest that does not run here, and is not to:
 * what they left is removed, and nothing is started, whatever the other side
 * says. of_former_boots: only those that this host went down in.
 * XLGPU_IN_USE where somebody is still at work on one. Says what failed.
 */
int xlgpu_abandon(libxl_ctx *xen, const struct xlgpu_managed *who,
                  bool of_former_boots);

#endif
