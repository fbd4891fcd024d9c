/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a partition a guest's driver has built upon: a driver that keeps
 * its mappings must find the same in another one. Pure. */
#ifndef XLGPU_SHAPE_H
#define XLGPU_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#define XLGPU_SHAPE_CAPS_MAX 64
#define XLGPU_SHAPE_BARS 7 /* the last one is the expansion ROM */

/* As Linux' include/linux/ioport.h has them; of a BAR's flags these count. */
#define XLGPU_BAR_IO 0x100u
#define XLGPU_BAR_MEM 0x200u
#define XLGPU_BAR_PREFETCH 0x2000u
#define XLGPU_BAR_64 0x100000u
#define XLGPU_BAR_TYPE \
    (XLGPU_BAR_IO | XLGPU_BAR_MEM | XLGPU_BAR_PREFETCH | XLGPU_BAR_64)

struct xlgpu_shape {
    uint16_t vendor, device, subvendor, subdevice;
    uint32_t class;               /* 24 bits: 0x030000 */
    struct xlgpu_shape_cap {
        uint16_t id, offset;      /* an extended one is at 0x100 or above */
    } cap[XLGPU_SHAPE_CAPS_MAX];  /* in the order of the lists */
    unsigned int n_caps;
    unsigned int msix;            /* vectors; 0: it has no MSI-X */
    struct xlgpu_shape_bar {
        uint64_t size;            /* 0: there is none */
        uint32_t type;            /* bits of XLGPU_BAR_TYPE */
    } bar[XLGPU_SHAPE_BARS];
    uint64_t memory;              /* of the device, bytes; 0: not known */
};

/*
 * NULL when b can be in a's place, or the first difference as a string that
 * the caller frees: "BAR 2 has 256 MiB there, 512 MiB here", where a is here.
 */
char *xlgpu_shape_differs(const struct xlgpu_shape *a,
                          const struct xlgpu_shape *b);

#endif
