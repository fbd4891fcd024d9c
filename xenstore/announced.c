/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "announced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#define PATH_MAX_LEN 64

static const char *path_of(uint32_t domid, char path[PATH_MAX_LEN])
{
    snprintf(path, PATH_MAX_LEN, "/local/domain/%u/control/feature-suspend",
             domid);
    return path;
}

bool xlgpu_announced_suspend(uint32_t domid)
{
    struct xs_handle *xs = xs_open(0);
    char path[PATH_MAX_LEN], *value;
    bool announced;

    if (!xs) return false;
    value = xs_read(xs, XBT_NULL, path_of(domid, path), NULL);
    announced = value && !strcmp(value, "1");
    free(value);
    xs_close(xs);
    return announced;
}

void xlgpu_announce_suspend(uint32_t domid)
{
    struct xs_handle *xs = xs_open(0);
    char path[PATH_MAX_LEN];

    if (xs) xs_write(xs, XBT_NULL, path_of(domid, path), "1", 1);
    if (xs) xs_close(xs);
}
