/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domain/xen.h and domain/hypervisor.h without libxl, for the xapi plugin:
 * xenopsd owns the guests, libxl knows nothing of them, and XCP-ng's libxl
 * has other structures than that of the same version elsewhere.
 *
 * A context is NULL. What only a move of a guest asks for is not here.
 */
#include "domain/xen.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain/hypervisor.h"
#include "domain/partition.h"
#include "inventory/sysfs.h"
#include "xenstore/xenopsd.h"

int xlgpu_xen_open(libxl_ctx **ctx_r, bool verbose)
{
    (void)verbose;
    *ctx_r = NULL;
    return XLGPU_OK;
}

void xlgpu_xen_close(libxl_ctx *ctx)
{
    (void)ctx;
}

/* ---- Domains ---- */

/* Only as xapi writes them, in either case. */
bool xlgpu_uuid_parse(const char *text, char uuid[XLGPU_UUID_LEN])
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    size_t i;

    for (i = 0; form[i]; i++) {
        if (form[i] == '-' ? text[i] != '-'
                           : !isxdigit((unsigned char)text[i]))
            return false;
        uuid[i] = tolower((unsigned char)text[i]);
    }
    uuid[i] = '\0';
    return !text[i];
}

/* What is no UUID is some domain all the same, which may have a device. */
static void take_over(struct xlgpu_xenopsd_guest *from,
                      struct xlgpu_guest *guest)
{
    *guest = (struct xlgpu_guest){ .domid = from->domid,
                                   .name = from->name,
                                   .device = from->device,
                                   .n_devices = from->n_devices };
    if (!xlgpu_uuid_parse(from->uuid, guest->uuid)) *guest->uuid = '\0';
}

int xlgpu_guests_read(libxl_ctx *ctx, struct xlgpu_guests *guests)
{
    struct xlgpu_xenopsd_guest *list;
    size_t i, n;
    int rc;

    (void)ctx;
    rc = xlgpu_xenopsd_guests(&list, &n);
    *guests = (struct xlgpu_guests){ xlgpu_zalloc(n, sizeof(*guests->guest)),
                                     n };
    for (i = 0; i < n; i++) take_over(&list[i], &guests->guest[i]);
    free(list);
    return rc;
}

bool xlgpu_xen_has_domid(libxl_ctx *ctx, uint32_t domid)
{
    (void)ctx;
    return xlgpu_xenopsd_has_domid(domid);
}

/* ---- PCI devices ---- */

/* Writes the device's name to an attribute of a driver; 0 or errno. */
static int tell_driver(const char *driver, const char *attr,
                       struct xlgpu_bdf bdf)
{
    char *path = xlgpu_asprintf("/bus/pci/drivers/%s/%s", driver, attr);
    char name[XLGPU_BDF_LEN];
    int r = xlgpu_sysfs_write(bdf, path, xlgpu_bdf_format(bdf, name));

    free(path);
    return r;
}

/* As xenopsd does it; Xen's quarantine is xenopsd's too, when it gives the
 * device to a guest. */
int xlgpu_xen_assignable_add(libxl_ctx *ctx, struct xlgpu_bdf bdf)
{
    char driver[XLGPU_DRIVER_NAME_MAX];
    int r;

    (void)ctx;
    r = xlgpu_sysfs_driver(bdf, driver, sizeof(driver));
    if (!r && *driver) r = tell_driver(driver, "unbind", bdf);
    if (!r) r = tell_driver(XLGPU_PCIBACK, "new_slot", bdf);
    if (!r) r = tell_driver(XLGPU_PCIBACK, "bind", bdf);
    return r;
}

int xlgpu_xen_assignable_remove(libxl_ctx *ctx, struct xlgpu_bdf bdf)
{
    int r;

    (void)ctx;
    r = tell_driver(XLGPU_PCIBACK, "unbind", bdf);
    return r ? r : tell_driver(XLGPU_PCIBACK, "remove_slot", bdf);
}

/* ---- What the kernel says of Xen ---- */

static bool hypervisor_text(const char *name, char *buf, size_t size)
{
    static const struct xlgpu_bdf no_device;
    char *path = xlgpu_asprintf("/hypervisor/%s", name);
    bool ok = !xlgpu_sysfs_read(no_device, path, buf, size);

    free(path);
    return ok;
}

/* Linux, Documentation/ABI/stable/sysfs-hypervisor-xen. It is dom0, for xapi
 * runs no plugin elsewhere. */
void xlgpu_hypervisor_ask(struct xlgpu_precheck_facts *f, bool verbose)
{
    char text[256];

    (void)verbose;
    f->xapi = true;
    f->xen = f->control = hypervisor_text("type", text, sizeof(text)) &&
                          !strcmp(text, "xen");
    if (hypervisor_text("version/major", text, sizeof(text)))
        f->major = atoi(text);
    if (hypervisor_text("version/minor", text, sizeof(text)))
        f->minor = atoi(text);
    if (hypervisor_text("properties/capabilities", text, sizeof(text)))
        f->hvm = strstr(text, "hvm-") ? XLGPU_YES : XLGPU_NO;
}
