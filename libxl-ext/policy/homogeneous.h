/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether two GPUs are alike, so that a guest finds on one what it had on
 * the other. Pure. */
#ifndef XLGPU_HOMOGENEOUS_H
#define XLGPU_HOMOGENEOUS_H

#include <stdint.h>

struct xlgpu_traits {
    uint16_t vendor, device, subvendor, subdevice;
    uint64_t memory;    /* bytes; 0: not known */
    unsigned int count; /* of partitions */
    /* "": not known */
    const char *driver, *driver_version, *firmware;
};

enum xlgpu_homogeneity {
    XLGPU_ALIKE,
    XLGPU_NEARLY_ALIKE, /* a warning: versions, or something not known */
    XLGPU_UNLIKE,       /* an error in a pool */
};

/* Of two GPUs of other vendors the device is not compared. */
enum xlgpu_trait {
    XLGPU_TRAIT_VENDOR,
    XLGPU_TRAIT_DEVICE,
    XLGPU_TRAIT_SUBSYSTEM,
    XLGPU_TRAIT_MEMORY,
    XLGPU_TRAIT_COUNT,
    XLGPU_TRAIT_DRIVER,
    XLGPU_TRAIT_DRIVER_VERSION,
    XLGPU_TRAIT_FIRMWARE,
    XLGPU_TRAITS
};

enum xlgpu_homogeneity xlgpu_trait_differs(const struct xlgpu_traits *a,
                                           const struct xlgpu_traits *b,
                                           enum xlgpu_trait trait);

/* "partition_count" as the name of a check, "partition count" in a text. */
const char *xlgpu_trait_check(enum xlgpu_trait trait);
const char *xlgpu_trait_name(enum xlgpu_trait trait);

/* What it is of that GPU: "4", "not known". The caller frees it. */
char *xlgpu_trait_text(const struct xlgpu_traits *t, enum xlgpu_trait trait);

/*
 * *differs_r is what differs, as "partition count 4 and 2, driver …", which
 * the caller frees; NULL when they are alike.
 */
enum xlgpu_homogeneity xlgpu_homogeneous(const struct xlgpu_traits *a,
                                         const struct xlgpu_traits *b,
                                         char **differs_r);

#endif
