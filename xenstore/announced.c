/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "announced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

bool xlgpu_announced_suspend(uint32_t domid)
{
    struct xs_handle *xs = xs_open(0);
    char path[64], *value;
    bool announced;

    if (!xs) return false;
    snprintf(path, sizeof(path), "/local/domain/%u/control/feature-suspend",
             domid);
    value = xs_read(xs, XBT_NULL, path, NULL);
    announced = value && !strcmp(value, "1");
    free(value);
    xs_close(xs);
    return announced;
}
