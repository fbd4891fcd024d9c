/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"

#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>

#include "status.h"
#include "step.h"

static enum xlgpu_condition condition_of(const libxl_dominfo *info)
{
    if (info->dying) return XLGPU_DOMAIN_SHUT_DOWN;
    if (info->shutdown)
        return info->shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND
                   ? XLGPU_DOMAIN_SUSPENDED
                   : XLGPU_DOMAIN_SHUT_DOWN;
    return info->paused ? XLGPU_DOMAIN_PAUSED : XLGPU_DOMAIN_RUNS;
}

enum xlgpu_condition xlgpu_domain_condition(libxl_ctx *xen, const char *uuid,
                                            uint32_t *domid_r)
{
    enum xlgpu_condition c = XLGPU_DOMAIN_GONE;
    libxl_dominfo *list;
    libxl_uuid wanted;
    int i, n;

    *domid_r = 0;
    if (libxl_uuid_from_string(&wanted, uuid)) return c;
    list = libxl_list_domain(xen, &n);
    if (!list) return XLGPU_DOMAIN_UNKNOWN;
    for (i = 0; i < n; i++) {
        if (!list[i].domid || libxl_uuid_compare(&list[i].uuid, &wanted))
            continue;
        *domid_r = list[i].domid;
        c = condition_of(&list[i]);
    }
    libxl_dominfo_list_free(list, n);
    return c;
}

static int failed(const char *name, const char *what)
{
    return xlgpu_fail(XLGPU_FAILED, name, "see xl list and xl dmesg",
                      "libxl can't %s it", what);
}

int xlgpu_domain_resume(libxl_ctx *xen, uint32_t domid, const char *name)
{
    int r = libxl_domain_resume(xen, domid, 1, NULL);

    xlgpu_step("resumed");
    return r ? failed(name, "resume") : XLGPU_OK;
}

int xlgpu_domain_unpause(libxl_ctx *xen, uint32_t domid, const char *name)
{
    int r = libxl_domain_unpause(xen, domid, NULL);

    xlgpu_step("unpaused");
    return r ? failed(name, "unpause") : XLGPU_OK;
}

int xlgpu_domain_destroy(libxl_ctx *xen, uint32_t domid, const char *name)
{
    int r = libxl_domain_destroy(xen, domid, NULL);

    xlgpu_step("destroyed");
    return r ? failed(name, "destroy") : XLGPU_OK;
}

int xlgpu_domain_rename(libxl_ctx *xen, uint32_t domid, const char *name)
{
    char *now = libxl_domid_to_name(xen, domid);
    int r = 0;

    if (now && strcmp(now, name)) {
        r = libxl_domain_rename(xen, domid, now, name);
        xlgpu_step("renamed");
    }
    free(now);
    return r ? failed(name, "rename") : XLGPU_OK;
}

int xlgpu_domain_shutdown(libxl_ctx *xen, uint32_t domid, const char *name,
                          bool *pv_r)
{
    int r = libxl_domain_shutdown(xen, domid, NULL);

    *pv_r = r != ERROR_NOPARAVIRT;
    if (!*pv_r)
        r = libxl_send_trigger(xen, domid, LIBXL_TRIGGER_POWER, 0, NULL);
    xlgpu_step("shutdown asked");
    return r ? failed(name, "ask to shut down") : XLGPU_OK;
}
