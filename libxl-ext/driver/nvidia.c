/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NVIDIA: a partition works only through the vendor's vGPU manager, which
 * mediates it for each guest; by plain passthrough it is of no use. The GPU
 * as a whole can be passed through. Where the vendor's host driver is, its
 * sriov-manage takes partitions away that somebody enabled.
 */
#include "driver.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inventory/sysfs.h"
#include "status.h"

#define MANAGER "NVIDIA's vGPU manager"

static const char *sriov_manage(void)
{
    const char *path = getenv("XLGPU_SRIOV_MANAGE");

    return path && *path ? path : "/usr/lib/nvidia/sriov-manage";
}

static int nvidia_check(const struct xlgpu_gpu *gpu,
                        const struct xlgpu_want *want)
{
    char pf[XLGPU_BDF_LEN];

    xlgpu_bdf_format(gpu->bdf, pf);
    if (want->count)
        return xlgpu_fail(XLGPU_UNABLE, pf,
                          "assign the whole GPU: gpu = [ "
                          "\"passthrough,bdf=…\" ]",
                          "its partitions need " MANAGER ", passthrough alone "
                          "does not make them work");
    if (gpu->count && access(sriov_manage(), X_OK))
        return xlgpu_fail(XLGPU_UNABLE, pf, "install NVIDIA's host driver",
                          "only its sriov-manage can take its partitions "
                          "away");
    return XLGPU_OK;
}

/* 0 or errno. */
static int run(char *const argv[])
{
    extern char **environ;
    int r, status;
    pid_t pid;

    r = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);
    if (r) return r;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return errno;
    return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : EIO;
}

static int nvidia_enable(const struct xlgpu_gpu *gpu, unsigned int count)
{
    char pf[XLGPU_BDF_LEN];
    char *const argv[] = { (char *)sriov_manage(), (char *)"-d", pf, NULL };
    long left;
    int r;

    xlgpu_bdf_format(gpu->bdf, pf);
    if (count) return XLGPU_UNABLE;
    r = run(argv);
    /* It says that it has done it where it has not, too. */
    if (!r) r = xlgpu_sysfs_read_long(gpu->bdf, "sriov_numvfs", &left);
    if (!r && !left) return XLGPU_OK;
    return xlgpu_fail(XLGPU_FAILED, pf, "see the kernel's log",
                      "sriov-manage -d: %s",
                      r ? strerror(r) : "partitions are still there");
}

const struct xlgpu_driver xlgpu_driver_nvidia = {
    .name = "nvidia",
    .mediator = MANAGER,
    .check = nvidia_check,
    .enable = nvidia_enable,
};
