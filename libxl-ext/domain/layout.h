/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of a GPU's layout. The host must have been opened to change it.
 *
 * A change is noted in xenstore, then desired on disk, then done, then
 * recorded as running. One that is cut off is finished by xlgpu_recover().
 */
#ifndef XLGPU_DOMAIN_LAYOUT_H
#define XLGPU_DOMAIN_LAYOUT_H

#include "domain/host.h"
#include "driver/driver.h"
#include "xenstore/desired.h"

/*
 * Gives the GPU what is wanted, each partition bound to pciback, and stores
 * it as running and as desired. Refused while a partition is in use. On
 * failure says why, and the GPU has what it had before.
 */
int xlgpu_layout_change(struct xlgpu_host *host, struct xlgpu_gpu *gpu,
                        const struct xlgpu_want *want);

/* Whether that would be refused now; says why. */
int xlgpu_layout_check(const struct xlgpu_host *host,
                       const struct xlgpu_gpu *gpu,
                       const struct xlgpu_want *want);

/* Whether the GPU runs with that layout, recorded so. */
bool xlgpu_layout_is(const struct xlgpu_host *host,
                     const struct xlgpu_gpu *gpu, unsigned int count);

/*
 * Makes the desired layout of one GPU the running one, as after a boot. Says
 * what can't be done; in a dry run too. Anew: even if it seems to be so, for
 * what its partitions were given is not known.
 */
int xlgpu_layout_apply(struct xlgpu_host *host,
                       const struct xlgpu_desired *desired, bool anew);

#endif
