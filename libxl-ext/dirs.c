/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "dirs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "status.h"

static const char *dir_or(const char *variable, const char *otherwise)
{
    const char *dir = getenv(variable);

    return dir && *dir ? dir : otherwise;
}

const char *xlgpu_state_dir(void)
{
    return dir_or("XLGPU_STATE_DIR", "/var/lib/xl-gpu");
}

const char *xlgpu_run_dir(void)
{
    return dir_or("XLGPU_RUN_DIR", "/run/xl-gpu");
}

const char *xlgpu_stock_xl(void)
{
    return dir_or("XLGPU_STOCK_XL", "/usr/lib/xl-gpu/stock/xl");
}

const char *xlgpu_wrapper(void)
{
    return dir_or("XLGPU_WRAPPER", "/usr/sbin/xl");
}

const char *xlgpu_transport_program(void)
{
    return dir_or("XLGPU_TRANSPORT", "/usr/lib/xl-gpu/xl-gpu transport");
}

const char *xlgpu_save_helper(void)
{
    return dir_or("XLGPU_SAVE_HELPER", "/usr/lib/xl-gpu/xl-gpu-save-helper");
}

const char *xlgpu_log_dir(void)
{
    return dir_or("XLGPU_LOG_DIR", "/var/log/xen");
}

bool xlgpu_has_cluster(void)
{
    return !access(dir_or("XLGPU_COROSYNC_CONF",
                          "/etc/corosync/corosync.conf"), F_OK) &&
           !access(dir_or("XLGPU_COROSYNC", "/usr/sbin/corosync"), X_OK);
}

int xlgpu_make_dir(const char *path)
{
    char *parent = xlgpu_strdup(path), *slash = strrchr(parent, '/');
    int r;

    if (slash && slash != parent) {
        *slash = '\0';
        r = mkdir(parent, 0700);
        if (r && errno != EEXIST) goto out;
    }
    r = mkdir(path, 0700);
    if (r && errno == EEXIST) r = 0;
out:
    free(parent);
    if (!r) return XLGPU_OK;
    return xlgpu_fail(XLGPU_FAILED, path, "run it as root in dom0", "%s",
                      strerror(errno));
}
