/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes by the hypervisor's dirty log, where that includes the writes of
 * devices: XEN_DOMCTL_SHADOW_OP_*, with QEMU's own log beside it, whose
 * writes are in no table of the IOMMU.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#include "alloc.h"
#include "helper/ipc.h"
#include "helper/tracker.h"

#define WORD_BITS (8 * sizeof(unsigned long))

struct iommu {
    struct xlgpu_tracker ops;
    uint32_t domid;
    xc_interface *xch;
    unsigned long *dirty;     /* of the log, as it is read */
    unsigned long *again;     /* what could not be sent */
    uint64_t pages;
    bool first, on;
};

static size_t words(uint64_t pages)
{
    return (pages + WORD_BITS - 1) / WORD_BITS;
}

static int enable(struct iommu *t)
{
    int r = xc_shadow_control(t->xch, t->domid,
                              XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0);

    if (r < 0) {
        /* It may be on for the tracking of video memory. */
        xc_shadow_control(t->xch, t->domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0);
        r = xc_shadow_control(t->xch, t->domid,
                              XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0);
    }
    return r < 0 ? errno : 0;
}

static int begin(struct xlgpu_tracker *ops)
{
    struct iommu *t = (struct iommu *)ops;
    int rc;

    t->first = true;
    t->xch = xc_interface_open(NULL, NULL, 0);
    if (!t->xch) return errno;
    rc = enable(t);
    if (rc) return rc;
    t->on = true;
    return xlgpu_ipc_qemu_log(t->domid, true) ? 0 : EIO;
}

static int read_log(struct iommu *t, uint64_t pages, bool last)
{
    DECLARE_HYPERCALL_BUFFER(unsigned long, bitmap);
    size_t bytes = words(pages) * sizeof(*bitmap);
    int rc = 0;

    bitmap = xc_hypercall_buffer_alloc_pages(t->xch, bitmap,
                                             (bytes + 4095) / 4096);
    if (!bitmap) return ENOMEM;
    memset(bitmap, 0, bytes);
    if (xc_logdirty_control(t->xch, t->domid, XEN_DOMCTL_SHADOW_OP_CLEAN,
                            HYPERCALL_BUFFER(bitmap), pages,
                            last ? XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL : 0,
                            NULL) < 0)
        rc = errno;
    else
        memcpy(t->dirty, bitmap, bytes);
    xc_hypercall_buffer_free_pages(t->xch, bitmap, (bytes + 4095) / 4096);
    return rc;
}

static int pass(struct xlgpu_tracker *ops, uint64_t pages, bool last)
{
    struct iommu *t = (struct iommu *)ops;
    size_t i, n = words(pages), had = words(t->pages);
    int rc;

    if (n > had) {
        t->dirty = xlgpu_realloc(t->dirty, n, sizeof(*t->dirty));
        t->again = xlgpu_realloc(t->again, n, sizeof(*t->again));
        memset(t->again + had, 0, (n - had) * sizeof(*t->again));
        t->pages = pages;
    }
    rc = read_log(t, pages, last);
    if (rc) return rc;
    for (i = 0; i < n; i++) {
        t->dirty[i] |= t->again[i];
        if (t->first) t->dirty[i] = ~0UL;
        t->again[i] = 0;
    }
    t->first = false;
    return 0;
}

static enum xlgpu_look look(struct xlgpu_tracker *ops, uint64_t pfn)
{
    struct iommu *t = (struct iommu *)ops;

    return t->dirty[pfn / WORD_BITS] & 1UL << pfn % WORD_BITS
               ? XLGPU_LOOK_SEND : XLGPU_LOOK_AWAY;
}

static void sent(struct xlgpu_tracker *ops, uint64_t pfn, const void *copy)
{
    (void)ops;
    (void)pfn;
    (void)copy;
}

static void lost(struct xlgpu_tracker *ops, uint64_t pfn)
{
    struct iommu *t = (struct iommu *)ops;

    __atomic_fetch_or(&t->again[pfn / WORD_BITS], 1UL << pfn % WORD_BITS,
                      __ATOMIC_RELAXED);
}

static void end(struct xlgpu_tracker *ops)
{
    struct iommu *t = (struct iommu *)ops;

    if (t->on) {
        xc_shadow_control(t->xch, t->domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0);
        xlgpu_ipc_qemu_log(t->domid, false);
    }
    if (t->xch) xc_interface_close(t->xch);
    free(t->dirty);
    free(t->again);
    free(t);
}

struct xlgpu_tracker *xlgpu_tracker_iommu(uint32_t domid)
{
    struct iommu *t = xlgpu_zalloc(1, sizeof(*t));

    t->ops = (struct xlgpu_tracker){ "iommu", begin, pass, look, NULL, sent,
                                     lost, end };
    t->domid = domid;
    return &t->ops;
}
