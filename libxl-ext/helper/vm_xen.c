/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest as Xen has it: its memory and its dirty log. */
#include "vm_xen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xen/sched.h>

#define LONG_BYTES sizeof(unsigned long)

/* Exported by libxenctrl for Xen's own libraries, in no header of it; there
 * is no other call for it. */
int xc_get_pfn_type_batch(xc_interface *xch, uint32_t dom, unsigned int num,
                          xen_pfn_t *);

/* Of a call that has failed: never 0. */
static int error(void)
{
    int errnoval = errno;

    return errnoval ? errnoval : EIO;
}

static int range(struct xlgpu_vm *vm, uint64_t *n_r)
{
    struct xlgpu_vm_xen *x = vm_xen(vm);
    xen_pfn_t n;

    if (xc_domain_nr_gpfns(x->xch, x->domid, &n) < 0) return error();
    *n_r = n;
    return 0;
}

static int types(struct xlgpu_vm *vm, unsigned int n, xen_pfn_t *frame)
{
    struct xlgpu_vm_xen *x = vm_xen(vm);

    return xc_get_pfn_type_batch(x->xch, x->domid, n, frame) ? error() : 0;
}

static const void *map(struct xlgpu_vm *vm, unsigned int n,
                       const xen_pfn_t *frame, int *err)
{
    struct xlgpu_vm_xen *x = vm_xen(vm);
    unsigned int i;
    void *at;

    at = xenforeignmemory_map(x->fmem, x->domid, PROT_READ, n, frame, err);
    /* The library has them negative, as the kernel does. */
    for (i = 0; at && i < n; i++)
        err[i] = abs(err[i]);
    return at;
}

static void unmap(struct xlgpu_vm *vm, const void *at, unsigned int n)
{
    xenforeignmemory_unmap(vm_xen(vm)->fmem, (void *)at, n);
}

static int info(struct xlgpu_vm_xen *x, xc_domaininfo_t *info_r)
{
    int n = xc_domain_getinfolist(x->xch, x->domid, 1, info_r);

    if (n < 0) return error();
    return n == 1 && info_r->domain == x->domid ? 0 : ESRCH;
}

static int allocated(struct xlgpu_vm *vm, uint64_t *n_r)
{
    xc_domaininfo_t d;
    int rc = info(vm_xen(vm), &d);

    *n_r = rc ? 0 : d.tot_pages;
    return rc;
}

static int suspended(struct xlgpu_vm *vm, bool *suspended_r)
{
    xc_domaininfo_t d;
    int rc;

    *suspended_r = false;
    rc = info(vm_xen(vm), &d);
    if (rc) return rc;

    *suspended_r = d.flags & XEN_DOMINF_shutdown &&
                   (d.flags >> XEN_DOMINF_shutdownshift &
                    XEN_DOMINF_shutdownmask) == SHUTDOWN_suspend;
    return 0;
}

static int shadow_op(struct xlgpu_vm_xen *x, unsigned int op)
{
    return xc_shadow_control(x->xch, x->domid, op, NULL, 0) < 0 ? error() : 0;
}

/* Tracking of video memory may have the log on: then it is first taken
 * off. */
static int log_start(struct xlgpu_vm *vm)
{
    struct xlgpu_vm_xen *x = vm_xen(vm);

    if (!shadow_op(x, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY)) return 0;
    if (shadow_op(x, XEN_DOMCTL_SHADOW_OP_OFF)) return error();
    return shadow_op(x, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY);
}

static int log_read(struct xlgpu_vm *vm, uint64_t n, bool last,
                    unsigned long *bitmap)
{
    struct xlgpu_vm_xen *x = vm_xen(vm);
    DECLARE_HYPERCALL_BUFFER(unsigned long, bits);
    size_t size = (n / (8 * LONG_BYTES) + 1) * LONG_BYTES;
    size_t pages = (size + XLGPU_PAGE - 1) / XLGPU_PAGE;
    xc_shadow_op_stats_t stats;
    int rc = 0;

    bits = xc_hypercall_buffer_alloc_pages(x->xch, bits, pages);
    if (!bits) return ENOMEM;
    memset(bits, 0, size);

    if (xc_logdirty_control(x->xch, x->domid, XEN_DOMCTL_SHADOW_OP_CLEAN,
                            HYPERCALL_BUFFER(bits), n,
                            last ? XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL : 0,
                            &stats) != (long long)n)
        rc = error();
    if (!rc) memcpy(bitmap, bits, (n + 7) / 8);

    xc_hypercall_buffer_free_pages(x->xch, bits, pages);
    return rc;
}

static void log_stop(struct xlgpu_vm *vm)
{
    shadow_op(vm_xen(vm), XEN_DOMCTL_SHADOW_OP_OFF);
}

static const struct xlgpu_vm_ops ops = {
    .range = range,
    .allocated = allocated,
    .types = types,
    .map = map,
    .unmap = unmap,
    .suspended = suspended,
    .log_start = log_start,
    .log_read = log_read,
    .log_stop = log_stop,
    .before = xlgpu_vm_xen_before,
    .after = xlgpu_vm_xen_after,
};

int xlgpu_vm_open(uint32_t domid, struct xlgpu_vm **vm_r)
{
    struct xlgpu_vm_xen *x = calloc(1, sizeof(*x));
    xc_domaininfo_t d;
    int rc;

    *vm_r = NULL;
    if (!x) return ENOMEM;

    *x = (struct xlgpu_vm_xen){
        .vm = { &ops },
        .xch = xc_interface_open(NULL, NULL, 0),
        .fmem = xenforeignmemory_open(NULL, 0),
        .domid = domid,
    };
    rc = x->xch && x->fmem ? info(x, &d) : error();
    if (!rc && !(d.flags & XEN_DOMINF_hvm_guest)) rc = EOPNOTSUPP;
    if (rc)
        xlgpu_vm_close(&x->vm);
    else
        *vm_r = &x->vm;
    return rc;
}

void xlgpu_vm_close(struct xlgpu_vm *vm)
{
    struct xlgpu_vm_xen *x = vm ? vm_xen(vm) : NULL;

    if (!x) return;
    if (x->fmem) xenforeignmemory_close(x->fmem);
    if (x->xch) xc_interface_close(x->xch);
    free(x);
}
