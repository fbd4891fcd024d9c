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

/* What there is to do for that. */
enum xlgpu_need {
    XLGPU_NEED_NOTHING,
    XLGPU_NEED_NOTE, /* it runs so, and is to be stored as desired */
    XLGPU_NEED_CHANGE,
};

/* Whether that would be refused now; says why. need_r may be NULL. */
int xlgpu_layout_check(const struct xlgpu_host *host,
                       const struct xlgpu_gpu *gpu,
                       const struct xlgpu_want *want,
                       enum xlgpu_need *need_r);

/* What the GPU has now, as it would be asked for; desired may be NULL. */
struct xlgpu_want xlgpu_layout_now(const struct xlgpu_gpu *gpu,
                                   const struct xlgpu_desired *desired);

/* Whether the GPU runs with what is desired, recorded so. NULL: whole. */
bool xlgpu_layout_is(const struct xlgpu_host *host,
                     const struct xlgpu_gpu *gpu,
                     const struct xlgpu_desired *desired);

/* Whether it is the GPU that was meant, not another one in its place. */
bool xlgpu_layout_is_of(const struct xlgpu_desired *desired,
                        const struct xlgpu_gpu *gpu);

/* Whether a change of the GPU's layout was begun and not ended. */
bool xlgpu_layout_was_cut_off(const struct xlgpu_host *host,
                              struct xlgpu_bdf gpu);

/*
 * Makes the desired layout of one GPU the running one, as after a boot. Says
 * what can't be done; in a dry run too. After a change that was cut off all
 * of it is done anew, for what its partitions were given is not known.
 * *needed_r, which may be NULL: it did not run so before.
 */
int xlgpu_layout_apply(struct xlgpu_host *host,
                       const struct xlgpu_desired *desired, bool *needed_r);

#endif
