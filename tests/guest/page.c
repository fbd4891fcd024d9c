/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

page_t *page_alloc(size_t n)
{
    page_t *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_LOCKED,
                     -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

uint64_t page_gfn(const page_t page)
{
    int f = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    uint64_t entry = 0;

    if (pread(f, &entry, sizeof(entry),
              (uintptr_t)page / PAGE * sizeof(entry)) != sizeof(entry))
        entry = 0;
    close(f);
    /* Bits 0 to 54: Linux' Documentation/admin-guide/mm/pagemap.rst. */
    return entry & ((1ULL << 55) - 1);
}
