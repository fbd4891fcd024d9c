/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxl_utils.h>
#include <libxl_uuid.h>

#include "alloc.h"
#include "policy/numa.h"
#include "step.h"

/* Seconds. */
#define RESUME_S 5

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

bool xlgpu_xen_runs(libxl_ctx *ctx, const char *uuid, const char *name,
                    uint32_t *domid_r)
{
    char text[XLGPU_UUID_LEN];
    libxl_dominfo *info;
    bool found = false;
    int i, n;

    info = libxl_list_domain(ctx, &n);
    for (i = 0; info && i < n && !found; i++) {
        format_uuid(info[i].uuid, text);
        found = info[i].domid && !strcmp(text, uuid);
        *domid_r = info[i].domid;
    }
    if (info) libxl_dominfo_list_free(info, n);
    return found || !libxl_name_to_domid(ctx, name, domid_r);
}

bool xlgpu_xen_has_domid(libxl_ctx *ctx, uint32_t domid)
{
    libxl_dominfo info;
    int r;

    libxl_dominfo_init(&info);
    r = libxl_domain_info(ctx, &info, domid);
    libxl_dominfo_dispose(&info);
    return r != ERROR_DOMAIN_NOTFOUND;
}

/* ---- NUMA ---- */

/* The node of each CPU of the host, as policy/numa.h wants them. */
static int *nodes_of_cpus(libxl_ctx *ctx, int *n_r)
{
    libxl_cputopology *topology;
    int i, *node;

    *n_r = 0;
    topology = libxl_get_cpu_topology(ctx, n_r);
    if (!topology) return NULL;
    node = xlgpu_zalloc(*n_r, sizeof(*node));
    for (i = 0; i < *n_r; i++)
        node[i] = topology[i].node == LIBXL_CPUTOPOLOGY_INVALID_ENTRY
                      ? -1 : (int)topology[i].node;
    libxl_cputopology_list_free(topology, *n_r);
    return node;
}

long xlgpu_xen_node_of_cpus(libxl_ctx *ctx, const char *cpus)
{
    int n, *node = nodes_of_cpus(ctx, &n);
    long one = xlgpu_numa_of_list(cpus, node, n);

    free(node);
    return one;
}

long xlgpu_xen_node_of_domain(libxl_ctx *ctx, uint32_t domid)
{
    int n, cpus, vcpus, i, c, *node = nodes_of_cpus(ctx, &n);
    bool *may = xlgpu_zalloc(n, sizeof(*may));
    libxl_vcpuinfo *vcpu;
    long one;

    vcpu = libxl_list_vcpu(ctx, domid, &vcpus, &cpus);
    for (i = 0; vcpu && i < vcpus; i++)
        for (c = 0; c < n; c++)
            if (libxl_bitmap_test(&vcpu[i].cpumap, c)) may[c] = true;
    if (vcpu) libxl_vcpuinfo_list_free(vcpu, vcpus);

    one = xlgpu_numa_of_cpus(may, node, n);
    free(may);
    free(node);
    return one;
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
    xlgpu_step("libxl");
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

int xlgpu_xen_attach_resumed(libxl_ctx *ctx, uint32_t domid,
                             struct xlgpu_bdf bdf, unsigned int vslot)
{
    sleep(xlgpu_bound("XLGPU_RESUME_S", RESUME_S));
    return xlgpu_xen_attach(ctx, domid, bdf, vslot);
}

int xlgpu_xen_detach(libxl_ctx *ctx, uint32_t domid, struct xlgpu_bdf bdf)
{
    return with_pci(ctx, detach, domid, bdf, 0);
}
