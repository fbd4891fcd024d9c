/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between vm_xen.c and vm_state.c. */
#ifndef XLGPU_VM_XEN_H
#define XLGPU_VM_XEN_H

/* xenctrl.h comes first: Xen's headers then have what is for tools. */
#include "vm.h"

#include <xenforeignmemory.h>

struct xlgpu_vm_xen {
    struct xlgpu_vm vm; /* first */
    xc_interface *xch;
    xenforeignmemory_handle *fmem;
    uint32_t domid;
};

static inline struct xlgpu_vm_xen *vm_xen(struct xlgpu_vm *vm)
{
    return (struct xlgpu_vm_xen *)vm;
}

int xlgpu_vm_xen_before(struct xlgpu_vm *vm, struct xlgpu_stream *stream);
int xlgpu_vm_xen_after(struct xlgpu_vm *vm, struct xlgpu_stream *stream);

#endif
