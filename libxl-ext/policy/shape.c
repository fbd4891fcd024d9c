/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape.h"

#include <inttypes.h>
#include <string.h>

#include "alloc.h"

static char *ids_differ(const struct xlgpu_shape *a,
                        const struct xlgpu_shape *b)
{
    if (a->vendor != b->vendor || a->device != b->device)
        return xlgpu_asprintf("it is device %04x:%04x there, %04x:%04x here",
                              b->vendor, b->device, a->vendor, a->device);
    if (a->subvendor != b->subvendor || a->subdevice != b->subdevice)
        return xlgpu_asprintf("its subsystem is %04x:%04x there, %04x:%04x "
                              "here", b->subvendor, b->subdevice,
                              a->subvendor, a->subdevice);
    if (a->class != b->class)
        return xlgpu_asprintf("its class is %06x there, %06x here", b->class,
                              a->class);
    return NULL;
}

static char *caps_differ(const struct xlgpu_shape *a,
                         const struct xlgpu_shape *b)
{
    unsigned int i;

    for (i = 0; i < a->n_caps && i < b->n_caps; i++)
        if (a->cap[i].id != b->cap[i].id ||
            a->cap[i].offset != b->cap[i].offset)
            return xlgpu_asprintf("capability %u is %x at %x there, %x at %x "
                                  "here", i, b->cap[i].id, b->cap[i].offset,
                                  a->cap[i].id, a->cap[i].offset);
    if (a->n_caps != b->n_caps)
        return xlgpu_asprintf("it has %u capabilities there, %u here",
                              b->n_caps, a->n_caps);
    if (a->msix != b->msix)
        return xlgpu_asprintf("it has %u MSI-X vectors there, %u here",
                              b->msix, a->msix);
    return NULL;
}

static char *bars_differ(const struct xlgpu_shape *a,
                         const struct xlgpu_shape *b)
{
    const struct xlgpu_shape_bar *x, *y;
    unsigned int i;

    for (i = 0; i < XLGPU_SHAPE_BARS; i++) {
        x = &a->bar[i];
        y = &b->bar[i];
        if (x->size != y->size)
            return xlgpu_asprintf("BAR %u has %" PRIu64 " bytes there, "
                                  "%" PRIu64 " here", i, y->size, x->size);
        if (x->type != y->type)
            return xlgpu_asprintf("BAR %u is of type %x there, %x here", i,
                                  y->type, x->type);
    }
    return NULL;
}

static char *memory_differs(const struct xlgpu_shape *a,
                            const struct xlgpu_shape *b)
{
    if (a->memory == b->memory) return NULL;
    if (!a->memory || !b->memory)
        return xlgpu_asprintf("its memory is not known %s",
                              a->memory ? "there" : "here");
    return xlgpu_asprintf("it has %" PRIu64 " MiB of memory there, %" PRIu64
                          " here", b->memory >> 20, a->memory >> 20);
}

char *xlgpu_shape_differs(const struct xlgpu_shape *a,
                          const struct xlgpu_shape *b)
{
    static char *(*const differ[])(const struct xlgpu_shape *,
                                   const struct xlgpu_shape *) = {
        ids_differ, bars_differ, caps_differ, memory_differs,
    };
    char *why = NULL;
    size_t i;

    for (i = 0; !why && i < sizeof(differ) / sizeof(differ[0]); i++)
        why = differ[i](a, b);
    return why;
}
