/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same partition count on all hosts of the pool, or on none of them. */
#ifndef XLGPU_POOL_CHANGE_H
#define XLGPU_POOL_CHANGE_H

#include "conf.h"
#include "pool/layout.h"

struct xlgpu_pool_changed {
    char *host;                       /* owned */
    struct xlgpu_pool_changes changes;
    char *reason;                     /* it failed there; or NULL; owned */
    bool lost;                        /* the changes may have been made there,
                                       * or not */
};

/*
 * Asks all hosts of conf->pool whether they can, then has them do it. Says
 * what failed, and of which host: XLGPU_POOL_MISMATCH when their GPUs are not
 * of one kind, XLGPU_NOT_FOUND when one does not answer, or what the first
 * has that can't; then all is as it was, unless it is said that a host could
 * not be told. *changed_r, one of each host, is there in either case, and has
 * what was changed and stays so; of hosts that were not asked for their plan
 * there are none.
 */
int xlgpu_pool_change(const struct xlgpu_conf *conf,
                      const struct xlgpu_want *want, bool dry_run,
                      struct xlgpu_pool_changed **changed_r, size_t *n_r);
void xlgpu_pool_changed_free(struct xlgpu_pool_changed *changed, size_t n);

#endif
