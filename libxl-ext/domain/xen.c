/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxl_utils.h>
#include <libxl_uuid.h>

#include "alloc.h"

/* libxl_ctx_free() leaves the logger; there is one for the process. */
static xentoollog_logger *logger(bool verbose)
{
    static xentoollog_logger_stdiostream *log;

    if (!log)
        log = xtl_createlogger_stdiostream(
            stderr, verbose ? XTL_DETAIL : XTL_CRITICAL, 0);
    return (xentoollog_logger *)log;
}

int xlgpu_xen_open(libxl_ctx **ctx_r, bool verbose)
{
    *ctx_r = NULL;
    if (libxl_ctx_alloc(ctx_r, LIBXL_VERSION, 0, logger(verbose)))
        return xlgpu_fail(XLGPU_FAILED, "libxl",
                          "run it as root in dom0 of a Xen host",
                          "can't talk to Xen");
    return XLGPU_OK;
}

void xlgpu_xen_close(libxl_ctx *ctx)
{
    if (ctx) libxl_ctx_free(ctx);
}

/* ---- Domains ---- */

static void format_uuid(libxl_uuid uuid, char text[XLGPU_UUID_LEN])
{
    snprintf(text, XLGPU_UUID_LEN, LIBXL_UUID_FMT, LIBXL_UUID_BYTES(uuid));
}

bool xlgpu_uuid_parse(const char *text, char uuid[XLGPU_UUID_LEN])
{
    libxl_uuid u;

    if (libxl_uuid_from_string(&u, text)) return false;
    format_uuid(u, uuid);
    return true;
}

void xlgpu_uuid_generate(char uuid[XLGPU_UUID_LEN])
{
    libxl_uuid u;

    libxl_uuid_generate(&u);
    format_uuid(u, uuid);
}

static void read_guest(libxl_ctx *ctx, const libxl_dominfo *info,
                       struct xlgpu_guest *guest)
{
    libxl_device_pci *pci;
    char *name;
    int i, n;

    *guest = (struct xlgpu_guest){ .domid = info->domid };
    format_uuid(info->uuid, guest->uuid);
    name = libxl_domid_to_name(ctx, info->domid);
    guest->name = xlgpu_strdup(name ? name : "");
    free(name);

    pci = libxl_device_pci_list(ctx, info->domid, &n);
    if (!pci) return;
    guest->device = xlgpu_zalloc(n, sizeof(*guest->device));
    for (i = 0; i < n; i++)
        guest->device[guest->n_devices++] = (struct xlgpu_bdf){
            pci[i].domain, pci[i].bus, pci[i].dev, pci[i].func
        };
    libxl_device_pci_list_free(pci, n);
}

int xlgpu_guests_read(libxl_ctx *ctx, struct xlgpu_guests *guests)
{
    libxl_dominfo *info;
    int i, n;

    *guests = (struct xlgpu_guests){ 0 };
    info = libxl_list_domain(ctx, &n);
    if (!info)
        return xlgpu_fail(XLGPU_FAILED, "libxl", NULL, "can't list domains");

    guests->guest = xlgpu_zalloc(n, sizeof(*guests->guest));
    for (i = 0; i < n; i++)
        if (info[i].domid)
            read_guest(ctx, &info[i], &guests->guest[guests->n++]);
    libxl_dominfo_list_free(info, n);
    return XLGPU_OK;
}

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
    char uuid[XLGPU_UUID_LEN] = "", *end;
    const struct xlgpu_guest *g;
    unsigned long domid;

    domid = strtoul(name, &end, 10);
    if (end == name || *end) domid = 0;
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

/* ---- PCI devices ---- */

typedef int pci_fn(libxl_ctx *ctx, uint32_t domid, libxl_device_pci *pci);

static int with_pci(libxl_ctx *ctx, pci_fn *fn, uint32_t domid,
                    struct xlgpu_bdf bdf, unsigned int vslot)
{
    libxl_device_pci pci;
    int rc;

    libxl_device_pci_init(&pci);
    pci.domain = bdf.domain;
    pci.bus = bdf.bus;
    pci.dev = bdf.dev;
    pci.func = bdf.fn;
    pci.vfunc_mask = 1;
    pci.vdevfn = vslot << 3;
    rc = fn(ctx, domid, &pci);
    libxl_device_pci_dispose(&pci);
    return rc;
}

static int assignable_add(libxl_ctx *ctx, uint32_t domid, libxl_device_pci *pci)
{
    (void)domid;
    return libxl_device_pci_assignable_add(ctx, pci, 0);
}

static int assignable_remove(libxl_ctx *ctx, uint32_t domid,
                             libxl_device_pci *pci)
{
    (void)domid;
    return libxl_device_pci_assignable_remove(ctx, pci, 0);
}

static int attach(libxl_ctx *ctx, uint32_t domid, libxl_device_pci *pci)
{
    return libxl_device_pci_add(ctx, domid, pci, NULL);
}

static int detach(libxl_ctx *ctx, uint32_t domid, libxl_device_pci *pci)
{
    return libxl_device_pci_remove(ctx, domid, pci, NULL);
}

int xlgpu_xen_assignable_add(libxl_ctx *ctx, struct xlgpu_bdf bdf)
{
    return with_pci(ctx, assignable_add, 0, bdf, 0);
}

int xlgpu_xen_assignable_remove(libxl_ctx *ctx, struct xlgpu_bdf bdf)
{
    return with_pci(ctx, assignable_remove, 0, bdf, 0);
}

int xlgpu_xen_attach(libxl_ctx *ctx, uint32_t domid, struct xlgpu_bdf bdf,
                     unsigned int vslot)
{
    return with_pci(ctx, attach, domid, bdf, vslot);
}

int xlgpu_xen_detach(libxl_ctx *ctx, uint32_t domid, struct xlgpu_bdf bdf)
{
    return with_pci(ctx, detach, domid, bdf, 0);
}
