/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry of a domain config's gpu = [ … ] list. Pure. */
#ifndef XLGPU_SPEC_H
#define XLGPU_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "inventory/bdf.h"
#include "inventory/model.h"

enum xlgpu_spec_type { XLGPU_SPEC_PARTITION, XLGPU_SPEC_PASSTHROUGH };

#define XLGPU_GROUP_NAME_MAX 32
#define XLGPU_VSLOT_AUTO 0 /* slot 0 is the guest's host bridge */

struct xlgpu_spec {
    enum xlgpu_spec_type type;
    char model[XLGPU_MODEL_NAME_MAX]; /* "": any */
    char group[XLGPU_GROUP_NAME_MAX]; /* "": any; of gpu.conf's groups */
    uint64_t memory;                  /* bytes; 0: any */
    bool any_gpu;
    struct xlgpu_bdf gpu;             /* of a partition: on this GPU only */
    unsigned int vslot;               /* guest slot, or XLGPU_VSLOT_AUTO */
};

/*
 * Reads "TYPE[,key=value]…". Returns NULL, or what is wrong with it as a
 * string that the caller frees.
 */
char *xlgpu_spec_parse(const char *text, struct xlgpu_spec *spec);

/* Whether a partition with so many bytes is asked for, or any: what is asked
 * for, and shown, is MiB, and a GPU's part may be no whole number of them. */
bool xlgpu_spec_has_memory(const struct xlgpu_spec *spec, uint64_t memory);

#endif
