/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>

#include "alloc.h"

/* Exported by libxenctrl 4.17 to 4.20 and in no header of it: the types of
 * pages, in place of their numbers (XEN_DOMCTL_getpageframeinfo3). */
int xc_get_pfn_type_batch(xc_interface *xch, uint32_t domid, unsigned int n,
                          xen_pfn_t *pfn);

struct domain_memory {
    struct xlgpu_memory ops;
    uint32_t domid;
};

struct handle {
    uint32_t domid;
    xc_interface *xch;
    xenforeignmemory_handle *fmem;
    xen_pfn_t pfn[XLGPU_BATCH];
};

static void close_handle(void *handle)
{
    struct handle *h = handle;

    if (h->xch) xc_interface_close(h->xch);
    if (h->fmem) xenforeignmemory_close(h->fmem);
    free(h);
}

static int open_handle(struct xlgpu_memory *m, void **handle_r)
{
    struct domain_memory *d = (struct domain_memory *)m;
    struct handle *h = xlgpu_zalloc(1, sizeof(*h));

    h->domid = d->domid;
    h->xch = xc_interface_open(NULL, NULL, 0);
    h->fmem = h->xch ? xenforeignmemory_open(NULL, 0) : NULL;
    if (!h->fmem) {
        close_handle(h);
        return errno ? errno : EIO;
    }
    *handle_r = h;
    return 0;
}

static int size(struct xlgpu_memory *m, uint64_t *pages_r,
                uint64_t *allocated_r)
{
    struct handle *h;
    xc_domaininfo_t info;
    void *handle;
    xen_pfn_t n = 0;
    int rc = open_handle(m, &handle);

    if (rc) return rc;
    h = handle;
    errno = ENOENT;
    if (xc_domain_nr_gpfns(h->xch, h->domid, &n) < 0 ||
        xc_domain_getinfolist(h->xch, h->domid, 1, &info) != 1 ||
        info.domain != h->domid)
        rc = errno;
    *pages_r = n;
    *allocated_r = rc ? 0 : info.tot_pages;
    close_handle(handle);
    return rc;
}

static int types(void *handle, const uint64_t *pfn, unsigned int n,
                 enum xlgpu_page_type *type_r)
{
    struct handle *h = handle;
    unsigned int i;

    for (i = 0; i < n; i++) h->pfn[i] = pfn[i];
    if (xc_get_pfn_type_batch(h->xch, h->domid, n, h->pfn)) return errno;
    for (i = 0; i < n; i++) {
        switch (h->pfn[i] & XEN_DOMCTL_PFINFO_LTAB_MASK) {
        case XEN_DOMCTL_PFINFO_XTAB:
        case XEN_DOMCTL_PFINFO_XALLOC:
        case XEN_DOMCTL_PFINFO_BROKEN:
            type_r[i] = XLGPU_PAGE_NONE;
            break;
        default:
            type_r[i] = XLGPU_PAGE_RAM;
        }
    }
    return 0;
}

static void *map(void *handle, const uint64_t *pfn, unsigned int n,
                 int *error)
{
    struct handle *h = handle;
    unsigned int i;

    for (i = 0; i < n; i++) h->pfn[i] = pfn[i];
    return xenforeignmemory_map(h->fmem, h->domid, PROT_READ, n, h->pfn,
                                error);
}

static void unmap(void *handle, void *pages, unsigned int n)
{
    xenforeignmemory_unmap(((struct handle *)handle)->fmem, pages, n);
}

struct xlgpu_memory *xlgpu_memory_of_domain(uint32_t domid)
{
    struct domain_memory *d = xlgpu_zalloc(1, sizeof(*d));

    d->ops = (struct xlgpu_memory){ open_handle, close_handle, size, types,
                                    map, unmap };
    d->domid = domid;
    return &d->ops;
}
