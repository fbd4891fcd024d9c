/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "homogeneous.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define NOT_KNOWN "not known"

static const struct {
    const char *check, *name;
} trait_words[] = {
    [XLGPU_TRAIT_VENDOR] = { "vendor", "device" },
    [XLGPU_TRAIT_DEVICE] = { "device", "device" },
    [XLGPU_TRAIT_SUBSYSTEM] = { "subsystem", "subsystem" },
    [XLGPU_TRAIT_MEMORY] = { "memory", "memory" },
    [XLGPU_TRAIT_COUNT] = { "partition_count", "partition count" },
    [XLGPU_TRAIT_DRIVER] = { "driver", "driver" },
    [XLGPU_TRAIT_DRIVER_VERSION] = { "driver_version", "driver version" },
    [XLGPU_TRAIT_FIRMWARE] = { "firmware", "firmware" },
};

const char *xlgpu_trait_check(enum xlgpu_trait trait)
{
    return trait_words[trait].check;
}

const char *xlgpu_trait_name(enum xlgpu_trait trait)
{
    return trait_words[trait].name;
}

static char *pair(uint16_t vendor, uint16_t device)
{
    return xlgpu_asprintf("%04x:%04x", vendor, device);
}

static char *memory(uint64_t bytes)
{
    return bytes ? xlgpu_asprintf("%" PRIu64 " MiB", bytes >> 20)
                 : xlgpu_strdup(NOT_KNOWN);
}

static char *name(const char *s)
{
    return xlgpu_strdup(*s ? s : NOT_KNOWN);
}

char *xlgpu_trait_text(const struct xlgpu_traits *t, enum xlgpu_trait trait)
{
    switch (trait) {
    case XLGPU_TRAIT_SUBSYSTEM:
        return pair(t->subvendor, t->subdevice);
    case XLGPU_TRAIT_MEMORY:
        return memory(t->memory);
    case XLGPU_TRAIT_COUNT:
        return xlgpu_asprintf("%u", t->count);
    case XLGPU_TRAIT_DRIVER:
        return name(t->driver);
    case XLGPU_TRAIT_DRIVER_VERSION:
        return name(t->driver_version);
    case XLGPU_TRAIT_FIRMWARE:
        return name(t->firmware);
    default:
        return pair(t->vendor, t->device);
    }
}

static bool equal(const struct xlgpu_traits *a, const struct xlgpu_traits *b,
                  enum xlgpu_trait trait)
{
    switch (trait) {
    case XLGPU_TRAIT_VENDOR:
        return a->vendor == b->vendor;
    case XLGPU_TRAIT_DEVICE:
        return a->vendor != b->vendor || a->device == b->device;
    case XLGPU_TRAIT_SUBSYSTEM:
        return a->subvendor == b->subvendor && a->subdevice == b->subdevice;
    case XLGPU_TRAIT_MEMORY:
        return a->memory == b->memory;
    case XLGPU_TRAIT_COUNT:
        return a->count == b->count;
    case XLGPU_TRAIT_DRIVER:
        return !strcmp(a->driver, b->driver);
    case XLGPU_TRAIT_DRIVER_VERSION:
        return !strcmp(a->driver_version, b->driver_version);
    default:
        return !strcmp(a->firmware, b->firmware);
    }
}

enum xlgpu_homogeneity xlgpu_trait_differs(const struct xlgpu_traits *a,
                                           const struct xlgpu_traits *b,
                                           enum xlgpu_trait trait)
{
    if (equal(a, b, trait)) return XLGPU_ALIKE;
    if (trait == XLGPU_TRAIT_MEMORY && (!a->memory || !b->memory))
        return XLGPU_NEARLY_ALIKE;
    return trait < XLGPU_TRAIT_DRIVER ? XLGPU_UNLIKE : XLGPU_NEARLY_ALIKE;
}

enum xlgpu_homogeneity xlgpu_homogeneous(const struct xlgpu_traits *a,
                                         const struct xlgpu_traits *b,
                                         char **differs_r)
{
    enum xlgpu_homogeneity h, worst = XLGPU_ALIKE;
    char *x, *y, *longer;
    enum xlgpu_trait t;

    *differs_r = NULL;
    for (t = 0; t < XLGPU_TRAITS; t++) {
        h = xlgpu_trait_differs(a, b, t);
        if (h == XLGPU_ALIKE) continue;
        if (h > worst) worst = h;
        x = xlgpu_trait_text(a, t);
        y = xlgpu_trait_text(b, t);
        longer = xlgpu_asprintf("%s%s%s %s and %s",
                                *differs_r ? *differs_r : "",
                                *differs_r ? ", " : "", xlgpu_trait_name(t),
                                x, y);
        free(*differs_r);
        *differs_r = longer;
        free(x);
        free(y);
    }
    return worst;
}
