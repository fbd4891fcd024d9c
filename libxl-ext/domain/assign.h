/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives a guest its partition, or a GPU as a whole: chosen, reserved, bound
 * and reset. */
#ifndef XLGPU_ASSIGN_H
#define XLGPU_ASSIGN_H

#include "domain/host.h"
#include "policy/spec.h"

struct xlgpu_request {
    const char *what;               /* the guest, for messages */
    char uuid[XLGPU_UUID_LEN];
    const struct xlgpu_spec *spec;
    const struct xlgpu_bdf *exact;  /* this partition and no other; or NULL */
    unsigned int vslot;
    long numa_node;                 /* of its vCPUs; -1: not known */
    bool hot_plugged;
};

/*
 * Reserves what the request asks for and prepares it. A partition whose
 * reset fails is quarantined and another one taken. In a dry run only says
 * which it would be. Says what failed; then nothing is reserved. For a whole
 * GPU the host must have been opened to change the layout, and read.
 */
int xlgpu_assign(struct xlgpu_host *host, const struct xlgpu_request *request,
                 struct xlgpu_record *record_r);

#endif
