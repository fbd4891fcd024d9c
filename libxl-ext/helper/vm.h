/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the helper asks of the guest that it saves: Xen, or a test's fake.
 * types, map and unmap are called by several threads at once. Functions
 * return 0 or an errno.
 */
#ifndef XLGPU_VM_H
#define XLGPU_VM_H

#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>

#define XLGPU_PAGE 4096u
/* Frames asked about at once: the most that Xen's call takes. */
#define XLGPU_EXTENT 1024u

struct xlgpu_stream;
struct xlgpu_vm;

struct xlgpu_vm_ops {
    /* One more than the highest frame in use. */
    int (*range)(struct xlgpu_vm *vm, uint64_t *n_r);
    /* How many pages it has, by the hypervisor's count. */
    int (*allocated)(struct xlgpu_vm *vm, uint64_t *n_r);
    /* Frame numbers in, their XEN_DOMCTL_PFINFO_* types out. */
    int (*types)(struct xlgpu_vm *vm, unsigned int n, xen_pfn_t *frame);
    /* Read only, one after the other; err has each page's errno. NULL and
     * errno if nothing could be mapped. */
    const void *(*map)(struct xlgpu_vm *vm, unsigned int n,
                       const xen_pfn_t *frame, int *err);
    void (*unmap)(struct xlgpu_vm *vm, const void *at, unsigned int n);

    /* Whether it is shut down, for the reason suspend. */
    int (*suspended)(struct xlgpu_vm *vm, bool *suspended_r);

    /* Xen's dirty log. read also clears it; its bitmap is for n frames. */
    int (*log_start)(struct xlgpu_vm *vm);
    int (*log_read)(struct xlgpu_vm *vm, uint64_t n, bool last,
                    unsigned long *bitmap);
    void (*log_stop)(struct xlgpu_vm *vm);

    /* Writes the records before the memory, and those after it. */
    int (*before)(struct xlgpu_vm *vm, struct xlgpu_stream *stream);
    int (*after)(struct xlgpu_vm *vm, struct xlgpu_stream *stream);
};

struct xlgpu_vm {
    const struct xlgpu_vm_ops *ops;
};

/* The domain's, in Xen; an HVM guest. */
int xlgpu_vm_open(uint32_t domid, struct xlgpu_vm **vm_r);
void xlgpu_vm_close(struct xlgpu_vm *vm); /* NULL is fine */

#endif
