/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest of a few frames, whose memory really is mapped, and unmapped. */
#ifndef XLGPU_FAKE_VM_H
#define XLGPU_FAKE_VM_H

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper/stream.h"
#include "helper/vm.h"

#define FAKE_MAX 4096u
#define HOLE XEN_DOMCTL_PFINFO_XTAB

struct fake_vm {
    struct xlgpu_vm vm; /* first */
    int fd;
    uint8_t *memory; /* of FAKE_MAX frames */
    uint64_t n;      /* the range */
    xen_pfn_t type[FAKE_MAX];
    bool unmappable[FAKE_MAX], dirty[FAKE_MAX];
    bool suspended, has_no_log, log_on;
    bool busy; /* page 9 changes before each pass, until the suspend */
    int after_rc;
    unsigned int mapped, maps, asked, log_reads, last_log_reads;
};

static inline uint8_t *fake_page(struct fake_vm *f, uint64_t frame)
{
    return f->memory + frame * XLGPU_PAGE;
}

/* Whoever writes: the guest, QEMU, a device. */
static inline void fake_write(struct fake_vm *f, uint64_t frame,
                              const char *text)
{
    strcpy((char *)fake_page(f, frame), text);
    f->dirty[frame] = true;
}

static inline struct fake_vm *fake_of(struct xlgpu_vm *vm)
{
    return (struct fake_vm *)vm;
}

static inline int fake_range(struct xlgpu_vm *vm, uint64_t *n_r)
{
    struct fake_vm *f = fake_of(vm);

    if (f->busy && !f->suspended) {
        fake_page(f, 9)[0]++;
        f->dirty[9] = true;
    }
    *n_r = f->n;
    return 0;
}

/* All that there is, in the range or not. */
static inline int fake_allocated(struct xlgpu_vm *vm, uint64_t *n_r)
{
    unsigned int i;

    for (i = *n_r = 0; i < FAKE_MAX; i++) *n_r += !fake_of(vm)->type[i];
    return 0;
}

static inline int fake_types(struct xlgpu_vm *vm, unsigned int n,
                             xen_pfn_t *frame)
{
    unsigned int i;

    __atomic_add_fetch(&fake_of(vm)->asked, n, __ATOMIC_RELAXED);
    if (n > XLGPU_EXTENT) return E2BIG;
    for (i = 0; i < n; i++)
        frame[i] = frame[i] < FAKE_MAX ? fake_of(vm)->type[frame[i]] : HOLE;
    return 0;
}

static inline const void *fake_map(struct xlgpu_vm *vm, unsigned int n,
                                   const xen_pfn_t *frame, int *err)
{
    struct fake_vm *f = fake_of(vm);
    uint8_t *at = mmap(NULL, n * XLGPU_PAGE, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned int i;

    for (i = 0; i < n; i++) {
        err[i] = f->unmappable[frame[i]] ? EINVAL : 0;
        if (!err[i])
            mmap(at + i * XLGPU_PAGE, XLGPU_PAGE, PROT_READ,
                 MAP_SHARED | MAP_FIXED, f->fd, frame[i] * XLGPU_PAGE);
    }
    __atomic_add_fetch(&f->mapped, n, __ATOMIC_RELAXED);
    __atomic_add_fetch(&f->maps, n, __ATOMIC_RELAXED);
    return at;
}

static inline void fake_unmap(struct xlgpu_vm *vm, const void *at,
                              unsigned int n)
{
    munmap((void *)at, n * XLGPU_PAGE);
    __atomic_sub_fetch(&fake_of(vm)->mapped, n, __ATOMIC_RELAXED);
}

static inline int fake_suspended(struct xlgpu_vm *vm, bool *suspended_r)
{
    *suspended_r = fake_of(vm)->suspended;
    return 0;
}

static inline int fake_log_start(struct xlgpu_vm *vm)
{
    fake_of(vm)->log_on = !fake_of(vm)->has_no_log;
    return fake_of(vm)->has_no_log ? EINVAL : 0;
}

static inline int fake_log_read(struct xlgpu_vm *vm, uint64_t n, bool last,
                                unsigned long *bitmap)
{
    struct fake_vm *f = fake_of(vm);
    uint64_t i;

    memset(bitmap, 0, (n + 63) / 64 * 8);
    for (i = 0; i < n; i++)
        if (f->dirty[i]) bitmap[i / 64] |= 1ul << i % 64;
    memset(f->dirty, 0, sizeof(f->dirty));
    f->log_reads++;
    f->last_log_reads += last;
    return 0;
}

static inline void fake_log_stop(struct xlgpu_vm *vm)
{
    fake_of(vm)->log_on = false;
}

static inline int fake_before(struct xlgpu_vm *vm, struct xlgpu_stream *s)
{
    (void)vm;
    return xlgpu_stream_header(s, 4, 17) ||
           xlgpu_stream_record(s, XLGPU_REC_STATIC_DATA_END, NULL, 0);
}

static inline int fake_after(struct xlgpu_vm *vm, struct xlgpu_stream *s)
{
    if (fake_of(vm)->after_rc) return fake_of(vm)->after_rc;
    return xlgpu_stream_record(s, XLGPU_REC_HVM_CONTEXT, "context", 7);
}

static const struct xlgpu_vm_ops fake_ops = {
    fake_range, fake_allocated, fake_types, fake_map, fake_unmap,
    fake_suspended, fake_log_start, fake_log_read, fake_log_stop,
    fake_before, fake_after,
};

/* Pages 0 to 15 and 1024 to 1027 are there, of 3 extents. */
static inline void fake_make(struct fake_vm *f)
{
    unsigned int i;

    memset(f, 0, sizeof(*f));
    f->vm.ops = &fake_ops;
    f->n = 2500;
    f->fd = memfd_create("guest", 0);
    if (ftruncate(f->fd, FAKE_MAX * XLGPU_PAGE)) abort();
    f->memory = mmap(NULL, FAKE_MAX * XLGPU_PAGE, PROT_READ | PROT_WRITE,
                     MAP_SHARED, f->fd, 0);
    for (i = 0; i < FAKE_MAX; i++)
        f->type[i] = i < 16 || (i >= 1024 && i < 1028) ? 0 : HOLE;
    for (i = 0; i < 8; i++)
        fake_page(f, i)[100] = 'a' + i;
}

static inline void fake_dispose(struct fake_vm *f)
{
    munmap(f->memory, FAKE_MAX * XLGPU_PAGE);
    close(f->fd);
}

#endif
