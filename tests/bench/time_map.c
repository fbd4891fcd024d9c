/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD library that times what a save helper asks of Xen about the
 * guest's memory. At the end of the program it appends a line
 *   PAGES MAP_NS MAP_CPU_NS FRAMES TYPES_NS TYPES_CPU_NS
 * to the file that TIME_MAP names: pages mapped and unmapped again, frames
 * whose type was asked, and how long that took by the clock and by the
 * thread's own time, which leaves out what other threads take.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>

int xc_get_pfn_type_batch(xc_interface *xch, uint32_t dom, unsigned int num,
                          xen_pfn_t *types);

static struct {
    uint64_t count, ns, cpu_ns;
} map, types;

static typeof(xenforeignmemory_map) *real_map;
static typeof(xenforeignmemory_unmap) *real_unmap;
static typeof(xc_get_pfn_type_batch) *real_types;

__attribute__((constructor)) static void at_start(void)
{
    real_map = dlsym(RTLD_NEXT, "xenforeignmemory_map");
    real_unmap = dlsym(RTLD_NEXT, "xenforeignmemory_unmap");
    real_types = dlsym(RTLD_NEXT, "xc_get_pfn_type_batch");
}

static uint64_t now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

/* Threads call at once. */
#define TIMED(what, n, call)                                                \
    do {                                                                    \
        uint64_t ns = now(CLOCK_MONOTONIC);                                 \
        uint64_t cpu_ns = now(CLOCK_THREAD_CPUTIME_ID);                     \
        int e;                                                              \
                                                                            \
        call;                                                               \
        e = errno;                                                          \
        __atomic_fetch_add(&what.cpu_ns,                                    \
                           now(CLOCK_THREAD_CPUTIME_ID) - cpu_ns,           \
                           __ATOMIC_RELAXED);                               \
        __atomic_fetch_add(&what.ns, now(CLOCK_MONOTONIC) - ns,             \
                           __ATOMIC_RELAXED);                               \
        __atomic_fetch_add(&what.count, n, __ATOMIC_RELAXED);               \
        errno = e;                                                          \
    } while (0)

void *xenforeignmemory_map(xenforeignmemory_handle *fmem, uint32_t dom,
                           int prot, size_t pages, const xen_pfn_t arr[],
                           int err[])
{
    void *at;

    TIMED(map, pages, at = real_map(fmem, dom, prot, pages, arr, err));
    return at;
}

int xenforeignmemory_unmap(xenforeignmemory_handle *fmem, void *addr,
                           size_t pages)
{
    int r;

    TIMED(map, 0, r = real_unmap(fmem, addr, pages));
    return r;
}

int xc_get_pfn_type_batch(xc_interface *xch, uint32_t dom, unsigned int num,
                          xen_pfn_t *types_of)
{
    int r;

    TIMED(types, num, r = real_types(xch, dom, num, types_of));
    return r;
}

__attribute__((destructor)) static void at_exit(void)
{
    const char *file = getenv("TIME_MAP");
    char line[160];
    int fd, n;

    if (!file) return;
    fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    n = snprintf(line, sizeof(line), "%lu %lu %lu %lu %lu %lu\n", map.count,
                 map.ns, map.cpu_ns, types.count, types.ns, types.cpu_ns);
    if (fd < 0 || write(fd, line, n) != n) perror(file);
    if (fd >= 0) close(fd);
}
