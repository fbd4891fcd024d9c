/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD gim (amd/MxGPU-Virtualization): the counts are its load parameter
 * vf_num, a list for all GPUs in the order in which it found them, and it has
 * no .sriov_configure. It can't be reloaded for one GPU alone, and whatever
 * else uses it is the administrator's to know: the reload is planned here,
 * and done by them.
 */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "inventory/sysfs.h"
#include "status.h"

#define VF_NUM "/module/gim/parameters/vf_num"

/* The list for the GPUs of gim, with count in this one's place. */
static char *vf_num(const struct xlgpu_gpu *gpu, unsigned int count)
{
    struct xlgpu_inventory inv;
    char *list = xlgpu_strdup(""), *longer;
    const struct xlgpu_gpu *g;
    unsigned int n;

    xlgpu_inventory_read(&inv);
    for (g = inv.gpu; g < inv.gpu + inv.n; g++) {
        if (strcmp(g->driver, "gim")) continue;
        n = xlgpu_bdf_equal(g->bdf, gpu->bdf) ? count : g->count;
        longer = xlgpu_asprintf("%s%s%u", list, *list ? "," : "", n ? n : 1);
        free(list);
        list = longer;
    }
    xlgpu_inventory_dispose(&inv);
    return list;
}

static int plan(const struct xlgpu_gpu *gpu, unsigned int count)
{
    char pf[XLGPU_BDF_LEN], now[64] = "?", *list, *remedy;

    xlgpu_bdf_format(gpu->bdf, pf);
    xlgpu_sysfs_read(gpu->bdf, VF_NUM, now, sizeof(now));
    if (!count)
        return xlgpu_fail(XLGPU_UNABLE, pf,
                          "unload gim: modprobe -r gim; then it is whole",
                          "its driver gim always has partitions (vf_num=%s)",
                          now);

    list = vf_num(gpu, count);
    remedy = xlgpu_asprintf("end the guests of all its GPUs, take their "
                            "partitions from pciback, write \"options gim "
                            "vf_num=%s\" into /etc/modprobe.d/gim.conf, "
                            "modprobe -r gim, write 0 to "
                            "sriov_drivers_autoprobe of each, modprobe gim, "
                            "and repeat this",
                            list);
    xlgpu_fail(XLGPU_UNABLE, pf, remedy,
               "its driver gim takes the count when it is loaded (vf_num=%s)",
               now);
    free(remedy);
    free(list);
    return XLGPU_UNABLE;
}

static int gim_check(const struct xlgpu_gpu *gpu,
                     const struct xlgpu_want *want)
{
    if (!xlgpu_resources_empty(&want->each))
        return xlgpu_pf_refuse(gpu, "what a partition gets",
                               "its load parameters do, see modinfo gim");
    return want->count == gpu->count ? XLGPU_OK : plan(gpu, want->count);
}

static int gim_enable(const struct xlgpu_gpu *gpu, unsigned int count)
{
    return plan(gpu, count);
}

const struct xlgpu_driver xlgpu_driver_gim = {
    .name = "gim",
    .of_module = true,
    .check = gim_check,
    .enable = gim_enable,
};
