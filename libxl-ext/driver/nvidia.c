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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
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
    posix_spawn_file_actions_t actions;
    int r, status;
    pid_t pid;

    /* What they print is not this command's output. */
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    r = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (r) return r;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return errno;
    return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : EIO;
}

/*
 * As xapi does: while the driver keeps the GPU ready, or a program has it
 * open, unbinding would wait for ever. The lock is
 * /proc/driver/nvidia/gpus/BDF/unbindLock, and reads 1 when it was given.
 */
static int nvidia_let_go(const struct xlgpu_gpu *gpu)
{
    const char *root = getenv("XLGPU_PROC");
    char pf[XLGPU_BDF_LEN], *path, given = '0';
    char *const argv[] = { (char *)"/usr/bin/nvidia-smi", (char *)"-i", pf,
                           (char *)"--persistence-mode=0", NULL };
    FILE *f;

    xlgpu_bdf_format(gpu->bdf, pf);
    if (!access(argv[0], X_OK)) run(argv);

    path = xlgpu_asprintf("%s/driver/nvidia/gpus/%s/unbindLock",
                          root && *root ? root : "/proc", pf);
    f = fopen(path, "r+e");
    free(path);
    if (!f) return XLGPU_OK;
    fputs("1\n", f);
    rewind(f);
    if (fread(&given, 1, 1, f) != 1) given = '0';
    fclose(f);
    if (given == '1') return XLGPU_OK;
    return xlgpu_fail(XLGPU_IN_USE, pf, "end the programs of dom0's that use "
                      "it, see nvidia-smi", "its driver does not let go of it");
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
    .let_go = nvidia_let_go,
};
