/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "homogeneous.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define NOT_KNOWN "not known"

struct comparison {
    enum xlgpu_homogeneity worst;
    char *differs; /* NULL: nothing; owned */
};

/* Frees x and y, the two values as text. */
static void compare(struct comparison *c, enum xlgpu_homogeneity otherwise,
                    const char *what, char *x, char *y)
{
    char *longer;

    if (strcmp(x, y)) {
        longer = xlgpu_asprintf("%s%s%s %s and %s",
                                c->differs ? c->differs : "",
                                c->differs ? ", " : "", what, x, y);
        free(c->differs);
        c->differs = longer;
        if (otherwise > c->worst) c->worst = otherwise;
    }
    free(x);
    free(y);
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

enum xlgpu_homogeneity xlgpu_homogeneous(const struct xlgpu_traits *a,
                                         const struct xlgpu_traits *b,
                                         char **differs_r)
{
    struct comparison c = { XLGPU_ALIKE, NULL };

    compare(&c, XLGPU_UNLIKE, "device", pair(a->vendor, a->device),
            pair(b->vendor, b->device));
    compare(&c, XLGPU_UNLIKE, "subsystem", pair(a->subvendor, a->subdevice),
            pair(b->subvendor, b->subdevice));
    compare(&c, a->memory && b->memory ? XLGPU_UNLIKE : XLGPU_NEARLY_ALIKE,
            "memory", memory(a->memory), memory(b->memory));
    compare(&c, XLGPU_UNLIKE, "partition count",
            xlgpu_asprintf("%u", a->count), xlgpu_asprintf("%u", b->count));
    compare(&c, XLGPU_NEARLY_ALIKE, "driver", name(a->driver),
            name(b->driver));
    compare(&c, XLGPU_NEARLY_ALIKE, "driver version",
            name(a->driver_version), name(b->driver_version));
    compare(&c, XLGPU_NEARLY_ALIKE, "firmware", name(a->firmware),
            name(b->firmware));
    *differs_r = c.differs;
    return c.worst;
}
