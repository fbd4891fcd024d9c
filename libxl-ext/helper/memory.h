/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's memory, as a pass over it sees it. The real one is Xen's; tests
 * have another. */
#ifndef XLGPU_MEMORY_H
#define XLGPU_MEMORY_H

#include <stdint.h>

#define XLGPU_BATCH 1024u /* pages that are mapped at once */

/* What a page is: RAM has contents. */
enum xlgpu_page_type { XLGPU_PAGE_NONE, XLGPU_PAGE_RAM };

struct xlgpu_memory {
    /* All return 0 or an errno, and may be called by several threads, each
     * with a handle of its own. */
    int (*open)(struct xlgpu_memory *m, void **handle_r);
    void (*close)(void *handle);
    /* How many pages there are at most, populated or not; and how many the
     * guest has, by the hypervisor's count. */
    int (*size)(struct xlgpu_memory *m, uint64_t *pages_r,
                uint64_t *allocated_r);
    int (*types)(void *handle, const uint64_t *pfn, unsigned int n,
                 enum xlgpu_page_type *type_r);
    /* error[i] is 0 or the errno of one that could not be mapped. */
    void *(*map)(void *handle, const uint64_t *pfn, unsigned int n,
                 int *error);
    void (*unmap)(void *handle, void *pages, unsigned int n);
};

/* That of a domain. */
struct xlgpu_memory *xlgpu_memory_of_domain(uint32_t domid);

#endif
