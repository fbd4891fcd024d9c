/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A GPU assigned as a whole, by PCI passthrough of its PF. */
#ifndef XLGPU_WHOLE_H
#define XLGPU_WHOLE_H

#include "domain/assign.h"

/* As xlgpu_assign(), for a spec of type passthrough. */
int xlgpu_assign_whole(struct xlgpu_host *host,
                       const struct xlgpu_request *request,
                       struct xlgpu_record *record_r);

/* Who has the GPU as a whole; NULL: nobody. Its name, or else its UUID. */
const char *xlgpu_whole_holder(const struct xlgpu_host *host,
                               struct xlgpu_bdf gpu);

/* Says that the guest, which has that GPU as a whole, can't move. */
int xlgpu_whole_stays(const char *guest, struct xlgpu_bdf gpu);

#endif
