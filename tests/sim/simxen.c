/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD library that stands for libxl's part of Xen: its domains are
 * those of simdom.h. What a host is like comes from the environment:
 *
 *   SIM_CPUS          "0:4,1:4": NODE:CPUS of each node; one node of 4
 *   SIM_XEN_CAPS      words of libxl_physinfo's cap_*
 *   SIM_XEN_VERSION   "4.17"
 *   SIM_XEN_CMDLINE   the hypervisor's command line
 *   SIM_XEN_CONSOLE   a file with its messages
 *   SIM_XEN_FREE_MIB  memory that is free; 8192
 *   SIM_XEN_LISTS     no: domains can't be listed
 *   SIM_XEN_DMA_LOG   hypfs' /iommu/log-dirty-dma; none
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl.h>
#include <libxl_utils.h>
#include <libxl_uuid.h>
#include <xenhypfs.h>

#include "simconfig.h"
#include "simdom.h"

#define CONTEXT_SIZE 65536 /* libxl's own is smaller */
#define CHUNK 16384

static const char *setting(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value && *value ? value : otherwise;
}

/*
 * What libxl does without Xen, JSON for one, works with a context of zeros:
 * the logger is its first member.
 */
int libxl_ctx_alloc(libxl_ctx **ctx_r, int version, unsigned int flags,
                    xentoollog_logger *lg)
{
    void *ctx;

    (void)version, (void)flags;
    if (getenv("SIM_XEN_DOWN") || !sim_xs()) return ERROR_FAIL;
    ctx = calloc(1, CONTEXT_SIZE);
    if (!ctx) return ERROR_NOMEM;
    memcpy(ctx, &lg, sizeof(lg));
    *ctx_r = ctx;
    return 0;
}

int libxl_ctx_free(libxl_ctx *ctx)
{
    free(ctx);
    return 0;
}

/* ---- Domains ---- */

static void fill_info(libxl_dominfo *info, const struct sim_domain *d)
{
    libxl_dominfo_init(info);
    info->domid = d->domid;
    if (d->domid) libxl_uuid_from_string(&info->uuid, d->uuid);
    info->paused = !strcmp(d->state, "paused");
    info->shutdown = *d->shutdown || !strcmp(d->state, "suspended");
    info->shutdown_reason = sim_shutdown_reason(d);
    info->running = !info->paused && !info->shutdown;
    info->current_memkb = info->max_memkb = d->memory * 1024;
    info->vcpu_online = d->vcpus;
    info->vcpu_max_id = d->vcpus ? d->vcpus - 1 : 0;
    info->domain_type = sim_config_type(d);
}

libxl_dominfo *libxl_list_domain(libxl_ctx *ctx, int *nb_domain_out)
{
    struct sim_domain d = { .type = "pv" };
    libxl_dominfo *info;
    uint32_t *domids;
    size_t i, n;

    (void)ctx;
    if (!strcmp(setting("SIM_XEN_LISTS", ""), "no")) return NULL;
    domids = sim_domids(&n);
    info = calloc(n + 1, sizeof(*info));
    if (!domids || !info) return NULL;
    fill_info(info, &d);
    *nb_domain_out = 1;
    for (i = 0; i < n; i++)
        if (!sim_domain_read(domids[i], &d))
            fill_info(&info[(*nb_domain_out)++], &d);
    free(domids);
    return info;
}

int libxl_domain_info(libxl_ctx *ctx, libxl_dominfo *info_r, uint32_t domid)
{
    struct sim_domain d = { .type = "pv" };

    (void)ctx;
    if (domid && sim_domain_read(domid, &d)) return ERROR_DOMAIN_NOTFOUND;
    if (info_r) fill_info(info_r, &d);
    return 0;
}

char *libxl_domid_to_name(libxl_ctx *ctx, uint32_t domid)
{
    struct sim_domain d;

    (void)ctx;
    if (!domid) return strdup("Domain-0");
    return sim_domain_read(domid, &d) ? NULL : strdup(d.name);
}

int libxl_name_to_domid(libxl_ctx *ctx, const char *name, uint32_t *domid)
{
    struct sim_domain d;

    (void)ctx;
    if (!strcmp(name, "Domain-0")) {
        *domid = 0;
        return 0;
    }
    *domid = sim_domain_find(name);
    if (!*domid || sim_domain_read(*domid, &d)) return ERROR_INVAL;
    return strcmp(d.name, name) ? ERROR_INVAL : 0;
}

libxl_device_pci *libxl_device_pci_list(libxl_ctx *ctx, uint32_t domid,
                                        int *num)
{
    libxl_device_pci *list;
    struct sim_domain d;
    size_t i;

    (void)ctx;
    *num = 0;
    if (sim_domain_read(domid, &d) || !d.n_pci) return NULL;
    list = calloc(d.n_pci, sizeof(*list));
    if (!list) return NULL;
    for (i = 0; i < d.n_pci; i++) sim_config_pci(&list[i], &d.pci[i]);
    *num = d.n_pci;
    return list;
}

int libxl_retrieve_domain_configuration(libxl_ctx *ctx, uint32_t domid,
                                        libxl_domain_config *config,
                                        const libxl_asyncop_how *ao_how)
{
    struct sim_domain d;

    (void)ctx, (void)ao_how;
    if (sim_domain_read(domid, &d) || !d.ready) return ERROR_FAIL;
    sim_config_fill(config, &d);
    return 0;
}

/* ---- Devices ---- */

static struct sim_pci pci_of(const libxl_device_pci *pci)
{
    return (struct sim_pci){ { pci->domain, pci->bus, pci->dev, pci->func },
                             pci->vdevfn >> 3 };
}

int libxl_device_pci_assignable_add(libxl_ctx *ctx, libxl_device_pci *pci,
                                    int rebind)
{
    (void)ctx;
    return pci_assignable_add(pci_of(pci).bdf, rebind) ? ERROR_FAIL : 0;
}

int libxl_device_pci_assignable_remove(libxl_ctx *ctx, libxl_device_pci *pci,
                                       int rebind)
{
    (void)ctx;
    return pci_assignable_remove(pci_of(pci).bdf, rebind) ? ERROR_FAIL : 0;
}

int libxl_device_pci_add(libxl_ctx *ctx, uint32_t domid,
                         libxl_device_pci *pci,
                         const libxl_asyncop_how *ao_how)
{
    (void)ctx, (void)ao_how;
    return pci_attach(domid, pci_of(pci)) ? ERROR_FAIL : 0;
}

int libxl_device_pci_remove(libxl_ctx *ctx, uint32_t domid,
                            libxl_device_pci *pci,
                            const libxl_asyncop_how *ao_how)
{
    (void)ctx, (void)ao_how;
    /* A guest that does not let go of it. */
    if (getenv("SIM_GUEST_KEEPS_DEVICES")) return ERROR_FAIL;
    return pci_detach(domid, pci_of(pci).bdf) ? ERROR_FAIL : 0;
}

/* ---- The host ---- */

/* Calls each(arg, cpu, node); the number of CPUs, and of nodes. */
static int each_cpu(int *nodes_r, void (*each)(void *, int, unsigned int),
                    void *arg)
{
    const char *s = setting("SIM_CPUS", "0:4");
    unsigned int node, cpus, i;
    int n = 0, used, nodes = 0;

    while (sscanf(s, "%u:%u%n", &node, &cpus, &used) == 2) {
        for (i = 0; i < cpus; i++, n++)
            if (each) each(arg, n, node);
        if ((int)node >= nodes) nodes = node + 1;
        s += used;
        s += *s == ',';
    }
    if (nodes_r) *nodes_r = nodes;
    return n;
}

static bool can(const char *what)
{
    char words[256], wanted[64];

    snprintf(words, sizeof(words), " %s ",
             setting("SIM_XEN_CAPS",
                     "hvm pv hvm_directio hap shadow "
                     "iommu_hap_pt_share"));
    snprintf(wanted, sizeof(wanted), " %s ", what);
    return strstr(words, wanted);
}

int libxl_get_physinfo(libxl_ctx *ctx, libxl_physinfo *info)
{
    int nodes;

    (void)ctx;
    libxl_physinfo_init(info);
    info->nr_cpus = each_cpu(&nodes, NULL, NULL);
    info->max_cpu_id = info->nr_cpus - 1;
    info->nr_nodes = nodes;
    info->threads_per_core = 1;
    info->cores_per_socket = info->nr_cpus / (nodes ? nodes : 1);
    info->total_pages = 1 << 22;
    info->free_pages = strtoul(setting("SIM_XEN_FREE_MIB", "8192"), NULL, 10)
                       << 8;
    info->cap_hvm = can("hvm");
    info->cap_pv = can("pv");
    info->cap_hvm_directio = can("hvm_directio");
    info->cap_hap = can("hap");
    info->cap_shadow = can("shadow");
    info->cap_iommu_hap_pt_share = can("iommu_hap_pt_share");
    return 0;
}

const libxl_version_info *libxl_get_version_info(libxl_ctx *ctx)
{
    static libxl_version_info info;
    static char extra[32];

    (void)ctx;
    info.xen_version_extra = extra;
    sscanf(setting("SIM_XEN_VERSION", "4.17.5"), "%d.%d%31s",
           &info.xen_version_major, &info.xen_version_minor, extra);
    info.capabilities = (char *)"xen-3.0-x86_64 hvm-3.0-x86_64 ";
    info.changeset = (char *)"";
    info.pagesize = 4096;
    info.commandline = (char *)setting("SIM_XEN_CMDLINE", "");
    return &info;
}

static void add_cpu(void *arg, int cpu, unsigned int node)
{
    libxl_cputopology *t = arg;

    t[cpu] = (libxl_cputopology){ .core = cpu, .socket = node, .node = node };
}

libxl_cputopology *libxl_get_cpu_topology(libxl_ctx *ctx, int *nb_cpu_out)
{
    libxl_cputopology *t;

    (void)ctx;
    *nb_cpu_out = each_cpu(NULL, NULL, NULL);
    t = calloc(*nb_cpu_out + 1, sizeof(*t));
    if (t) each_cpu(NULL, add_cpu, t);
    return t;
}

libxl_numainfo *libxl_get_numainfo(libxl_ctx *ctx, int *nr)
{
    libxl_numainfo *info;
    int i, j;

    (void)ctx;
    each_cpu(nr, NULL, NULL);
    info = calloc(*nr + 1, sizeof(*info));
    for (i = 0; info && i < *nr; i++) {
        info[i].size = 8ull << 30;
        info[i].free = 4ull << 30;
        info[i].num_dists = *nr;
        info[i].dists = calloc(*nr, sizeof(*info[i].dists));
        for (j = 0; info[i].dists && j < *nr; j++)
            info[i].dists[j] = i == j ? 10 : 21;
    }
    return info;
}

int libxl_get_max_cpus(libxl_ctx *ctx)
{
    (void)ctx;
    return each_cpu(NULL, NULL, NULL);
}

int libxl_get_online_cpus(libxl_ctx *ctx)
{
    (void)ctx;
    return each_cpu(NULL, NULL, NULL);
}

int libxl_get_max_nodes(libxl_ctx *ctx)
{
    int nodes;

    (void)ctx;
    each_cpu(&nodes, NULL, NULL);
    return nodes;
}

/* "0-3,6", or all. */
static void parse_cpus(const char *s, libxl_bitmap *map, int n_cpus)
{
    int from, to, used, i;

    map->size = (n_cpus + 7) / 8;
    map->map = calloc(map->size + 1, 1);
    if (!map->map) return;
    if (!*s || !strcmp(s, "all")) {
        for (i = 0; i < n_cpus; i++) libxl_bitmap_set(map, i);
        return;
    }
    while (sscanf(s, "%d%n", &from, &used) == 1) {
        s += used;
        to = from;
        if (*s == '-' && sscanf(s, "-%d%n", &to, &used) == 1) s += used;
        for (i = from; i <= to && i < n_cpus; i++) libxl_bitmap_set(map, i);
        s += *s == ',';
    }
}

libxl_vcpuinfo *libxl_list_vcpu(libxl_ctx *ctx, uint32_t domid, int *nb_vcpu,
                                int *nr_cpus_out)
{
    struct sim_domain d = { .vcpus = 1 };
    libxl_vcpuinfo *v;
    unsigned int i;

    (void)ctx;
    if (domid && sim_domain_read(domid, &d)) return NULL;
    *nr_cpus_out = each_cpu(NULL, NULL, NULL);
    *nb_vcpu = d.vcpus;
    v = calloc(d.vcpus + 1, sizeof(*v));
    for (i = 0; v && i < d.vcpus; i++) {
        libxl_vcpuinfo_init(&v[i]);
        v[i].vcpuid = i;
        v[i].online = v[i].running = true;
        parse_cpus(d.cpus, &v[i].cpumap, *nr_cpus_out);
        parse_cpus("", &v[i].cpumap_soft, *nr_cpus_out);
    }
    return v;
}

/* ---- Messages of the hypervisor ---- */

/* libxl's structure is its own. */
struct reader {
    FILE *file;
    char text[CHUNK];
};

libxl_xen_console_reader *libxl_xen_console_read_start(libxl_ctx *ctx,
                                                       int clear)
{
    struct reader *r = calloc(1, sizeof(*r));
    const char *name = getenv("SIM_XEN_CONSOLE");

    (void)ctx, (void)clear;
    if (r && name) r->file = fopen(name, "re");
    return (libxl_xen_console_reader *)r;
}

/* Whole chunks come, as from Xen. */
int libxl_xen_console_read_line(libxl_ctx *ctx, libxl_xen_console_reader *cr,
                                char **line_r)
{
    struct reader *r = (struct reader *)cr;
    size_t n = r->file ? fread(r->text, 1, CHUNK - 1, r->file) : 0;

    (void)ctx;
    r->text[n] = '\0';
    *line_r = r->text;
    return n > 0;
}

void libxl_xen_console_read_finish(libxl_ctx *ctx,
                                   libxl_xen_console_reader *cr)
{
    struct reader *r = (struct reader *)cr;

    (void)ctx;
    if (r->file) fclose(r->file);
    free(r);
}

/* ---- hypfs ---- */

xenhypfs_handle *xenhypfs_open(xentoollog_logger *logger,
                               unsigned int open_flags)
{
    (void)logger, (void)open_flags;
    return calloc(1, 1);
}

int xenhypfs_close(xenhypfs_handle *fshdl)
{
    free(fshdl);
    return 0;
}

char *xenhypfs_read(xenhypfs_handle *fshdl, const char *path)
{
    const char *log = getenv("SIM_XEN_DMA_LOG");

    (void)fshdl;
    return log && !strcmp(path, "/iommu/log-dirty-dma") ? strdup(log) : NULL;
}
