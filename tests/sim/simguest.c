/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD library for the save helper: what it asks of Xen, of a guest of
 * a few MiB. Every fourth page is of zeros.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenguest.h>

#include "simdom.h"

#define PAGES 1024u
#define PAGE 4096u

int xc_get_pfn_type_batch(xc_interface *xch, uint32_t dom, unsigned int num,
                          xen_pfn_t *);

static int anything; /* handles point to it */

xc_interface *xc_interface_open(xentoollog_logger *logger,
                                xentoollog_logger *dombuild_logger,
                                unsigned open_flags)
{
    (void)logger, (void)dombuild_logger, (void)open_flags;
    return (xc_interface *)&anything;
}

int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first_domain,
                          unsigned int max_domains, xc_domaininfo_t *info)
{
    struct sim_domain d;

    (void)xch, (void)max_domains;
    if (sim_domain_read(first_domain, &d)) return 0;
    *info = (xc_domaininfo_t){ .domain = first_domain, .tot_pages = PAGES,
                               .flags = XEN_DOMINF_hvm_guest };
    if (!strcmp(d.state, "suspended"))
        info->flags |= XEN_DOMINF_shutdown |
                       SHUTDOWN_suspend << XEN_DOMINF_shutdownshift;
    return 1;
}

/* ---- Memory ---- */

int xc_domain_nr_gpfns(xc_interface *xch, uint32_t domid, xen_pfn_t *gpfns)
{
    (void)xch, (void)domid;
    *gpfns = PAGES;
    return 0;
}

int xc_get_pfn_type_batch(xc_interface *xch, uint32_t dom, unsigned int num,
                          xen_pfn_t *frame)
{
    (void)xch, (void)dom;
    while (num--)
        frame[num] = frame[num] < PAGES ? XEN_DOMCTL_PFINFO_NOTAB
                                        : XEN_DOMCTL_PFINFO_XTAB;
    return 0;
}

xenforeignmemory_handle *xenforeignmemory_open(xentoollog_logger *logger,
                                               unsigned open_flags)
{
    (void)logger, (void)open_flags;
    return (xenforeignmemory_handle *)&anything;
}

int xenforeignmemory_close(xenforeignmemory_handle *fmem)
{
    (void)fmem;
    return 0;
}

void *xenforeignmemory_map(xenforeignmemory_handle *fmem, uint32_t dom,
                           int prot, size_t pages, const xen_pfn_t arr[],
                           int err[])
{
    char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t i;

    (void)fmem, (void)dom, (void)prot;
    if (at == MAP_FAILED) return NULL;
    for (i = 0; i < pages; i++) {
        err[i] = arr[i] < PAGES ? 0 : -EINVAL;
        if (arr[i] % 4) memset(at + i * PAGE, arr[i] & 0xff, PAGE);
    }
    return at;
}

int xenforeignmemory_unmap(xenforeignmemory_handle *fmem, void *addr,
                           size_t pages)
{
    (void)fmem;
    return munmap(addr, pages * PAGE);
}

/* It has no log of what was written. Of Xen's versions each has its type. */
__typeof__(xc_shadow_control(NULL, 0, 0, NULL, 0))
xc_shadow_control(xc_interface *xch, uint32_t domid, unsigned int sop,
                  unsigned int *mb, unsigned int mode)
{
    (void)xch, (void)domid, (void)sop, (void)mb, (void)mode;
    errno = EOPNOTSUPP;
    return -1;
}

/* ---- The rest of its state: nothing ---- */

int xc_version(xc_interface *xch, int cmd, void *arg)
{
    (void)xch, (void)cmd, (void)arg;
    return 4 << 16 | 17;
}

int xc_cpu_policy_get_size(xc_interface *xch, uint32_t *nr_leaves,
                           uint32_t *nr_msrs)
{
    (void)xch;
    *nr_leaves = *nr_msrs = 0;
    return 0;
}

xc_cpu_policy_t *xc_cpu_policy_init(void)
{
    return calloc(1, 1);
}

void xc_cpu_policy_destroy(xc_cpu_policy_t *policy)
{
    free(policy);
}

int xc_cpu_policy_get_domain(xc_interface *xch, uint32_t domid,
                             xc_cpu_policy_t *policy)
{
    (void)xch, (void)domid, (void)policy;
    return 0;
}

int xc_cpu_policy_serialise(xc_interface *xch, const xc_cpu_policy_t *policy,
                            xen_cpuid_leaf_t *leaves, uint32_t *nr_leaves,
                            xen_msr_entry_t *msrs, uint32_t *nr_msrs)
{
    (void)xch, (void)policy, (void)leaves, (void)nr_leaves, (void)msrs;
    (void)nr_msrs;
    return 0;
}

int xc_domain_get_tsc_info(xc_interface *xch, uint32_t domid,
                           uint32_t *tsc_mode, uint64_t *elapsed_nsec,
                           uint32_t *gtsc_khz, uint32_t *incarnation)
{
    (void)xch, (void)domid;
    *tsc_mode = *gtsc_khz = *incarnation = 0;
    *elapsed_nsec = 0;
    return 0;
}

int xc_domain_hvm_getcontext(xc_interface *xch, uint32_t domid,
                             uint8_t *ctxt_buf, uint32_t size)
{
    (void)xch, (void)domid;
    if (ctxt_buf) memset(ctxt_buf, 0, size);
    return 64;
}

int xc_hvm_param_get(xc_interface *xch, uint32_t dom, uint32_t param,
                     uint64_t *value)
{
    (void)xch, (void)dom, (void)param;
    *value = 0;
    return 0;
}
