/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that were read, whoever told of them. */
#include "xen.h"

#include <stdlib.h>
#include <string.h>

void xlgpu_guests_dispose(struct xlgpu_guests *guests)
{
    size_t i;

    for (i = 0; i < guests->n; i++) {
        free(guests->guest[i].name);
        free(guests->guest[i].device);
    }
    free(guests->guest);
    *guests = (struct xlgpu_guests){ 0 };
}

const struct xlgpu_guest *xlgpu_guests_find_uuid(
    const struct xlgpu_guests *guests, const char *uuid)
{
    const struct xlgpu_guest *g;

    for (g = guests->guest; g < guests->guest + guests->n; g++)
        if (!strcmp(g->uuid, uuid)) return g;
    return NULL;
}

const struct xlgpu_guest *xlgpu_guests_find(const struct xlgpu_guests *guests,
                                            const char *name)
{
    char uuid[XLGPU_UUID_LEN] = "";
    const struct xlgpu_guest *g;
    unsigned long domid = 0;

    /* As libxl: of digits alone. */
    if (!name[strspn(name, "0123456789")]) domid = strtoul(name, NULL, 10);
    xlgpu_uuid_parse(name, uuid);

    for (g = guests->guest; g < guests->guest + guests->n; g++)
        if (domid ? g->domid == domid
                  : !strcmp(g->name, name) || !strcmp(g->uuid, uuid))
            return g;
    return NULL;
}

bool xlgpu_guest_has_device(const struct xlgpu_guest *guest,
                            struct xlgpu_bdf bdf)
{
    size_t i;

    for (i = 0; i < guest->n_devices; i++)
        if (xlgpu_bdf_equal(guest->device[i], bdf)) return true;
    return false;
}

const struct xlgpu_guest *xlgpu_guests_find_device(
    const struct xlgpu_guests *guests, struct xlgpu_bdf bdf)
{
    const struct xlgpu_guest *g;

    for (g = guests->guest; g < guests->guest + guests->n; g++)
        if (xlgpu_guest_has_device(g, bdf)) return g;
    return NULL;
}
