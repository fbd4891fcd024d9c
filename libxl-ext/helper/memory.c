/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "hold.h"
#include "stream.h"

#define LONG_BITS (8 * sizeof(unsigned long))
#define DATA_SIZE ((size_t)XLGPU_EXTENT * XLGPU_PAGE)

int xlgpu_memory_init(struct xlgpu_memory *memory, struct xlgpu_vm *vm,
                      bool hashed)
{
    *memory = (struct xlgpu_memory){ .vm = vm, .hashed = hashed };
    return xlgpu_hash_secret_make(&memory->secret);
}

void xlgpu_memory_dispose(struct xlgpu_memory *memory)
{
    size_t i;

    for (i = 0; i < memory->n_extents; i++)
        free(memory->extent[i]);
    free(memory->extent);
    memory->extent = NULL;
    memory->n_extents = 0;
}

int xlgpu_memory_measure(struct xlgpu_memory *memory)
{
    struct xlgpu_extent **extent;
    size_t n_extents;
    uint64_t n;
    int rc;

    rc = memory->vm->ops->range(memory->vm, &n);
    if (!rc)
        rc = memory->vm->ops->allocated(memory->vm, &memory->allocated);
    if (rc) return rc;

    n_extents = n / XLGPU_EXTENT + !!(n % XLGPU_EXTENT);
    if (n_extents > memory->n_extents) {
        extent = realloc(memory->extent,
                         n_extents * sizeof(struct xlgpu_extent *));
        if (!extent) return ENOMEM;
        memset(extent + memory->n_extents, 0,
               (n_extents - memory->n_extents) *
                   sizeof(struct xlgpu_extent *));
        memory->extent = extent;
        memory->n_extents = n_extents;
    }
    /* Fewer than before: what went is then found gone. */
    if (n > memory->n_frames) memory->n_frames = n;
    return 0;
}

int xlgpu_batch_make(struct xlgpu_batch **batch_r)
{
    struct xlgpu_batch *batch = calloc(1, sizeof(*batch));

    *batch_r = batch;
    if (!batch) return ENOMEM;
    /* Populated now: not when the guest is paused. */
    batch->page = mmap(NULL, DATA_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (batch->page == MAP_FAILED) {
        free(batch);
        *batch_r = NULL;
        return ENOMEM;
    }
    return 0;
}

void xlgpu_batch_free(struct xlgpu_batch *batch)
{
    if (!batch) return;
    munmap(batch->page, DATA_SIZE);
    free(batch);
}

void xlgpu_counts_add(struct xlgpu_counts *sum,
                      const struct xlgpu_counts *counts)
{
    sum->types_us += counts->types_us;
    sum->map_us += counts->map_us;
    sum->hash_us += counts->hash_us;
    sum->send_us += counts->send_us;
    sum->found += counts->found;
    sum->looked_at += counts->looked_at;
    sum->sent += counts->sent;
    sum->changed += counts->changed;
    sum->zero += counts->zero;
    sum->gone += counts->gone;
    sum->unmapped += counts->unmapped;
}

static bool was_sent(const struct xlgpu_extent *e, uint64_t frame)
{
    return e && e->sent[frame % XLGPU_EXTENT];
}

static bool wanted(const struct xlgpu_memory *memory,
                   const struct xlgpu_extent *e, uint64_t frame)
{
    return !memory->changed || !was_sent(e, frame) ||
           memory->changed[frame / LONG_BITS] >> frame % LONG_BITS & 1;
}

static bool has_data(xen_pfn_t type)
{
    return type != XEN_DOMCTL_PFINFO_XTAB &&
           type != XEN_DOMCTL_PFINFO_BROKEN &&
           type != XEN_DOMCTL_PFINFO_XALLOC;
}

static bool is_zero(const uint8_t *page)
{
    const uint64_t *word = (const void *)page;

    return !*word && !memcmp(page, page + 8, XLGPU_PAGE - 8);
}

/* Of a guest that has fewer pages than holes: asking about all of them tells
 * that no hole has got one, in less time. See pass.h. */
static bool counts_pages(const struct xlgpu_memory *memory)
{
    return memory->allocated < memory->n_frames / 2;
}

/* The extent's frames that are wanted, or counted, with their types. */
static int ask_types(struct xlgpu_memory *memory, size_t extent,
                     struct xlgpu_batch *batch, unsigned int *n_r)
{
    const struct xlgpu_extent *e = memory->extent[extent];
    uint64_t frame = (uint64_t)extent * XLGPU_EXTENT;
    unsigned int i, n = 0;

    for (i = 0; i < XLGPU_EXTENT && frame < memory->n_frames; i++, frame++)
        if (wanted(memory, e, frame) || counts_pages(memory))
            batch->frame[n++] = frame;

    *n_r = n;
    memcpy(batch->type, batch->frame, n * sizeof(*batch->type));
    return n ? memory->vm->ops->types(memory->vm, n, batch->type) : 0;
}

static void add_entry(struct xlgpu_batch *batch, uint64_t frame,
                      xen_pfn_t type)
{
    batch->entry[batch->n++] = xlgpu_stream_page(frame, type);
}

/*
 * Leaves in the batch the *n frames that have data and are wanted. Those that
 * were sent and now have none are told to the receiver as such.
 */
static void keep_those_with_data(const struct xlgpu_memory *memory,
                                 struct xlgpu_extent *e,
                                 struct xlgpu_batch *batch, unsigned int *n)
{
    unsigned int i, kept = 0;

    for (i = 0; i < *n; i++) {
        uint64_t frame = batch->frame[i];

        if (has_data(batch->type[i])) {
            batch->counts.found++;
            if (!wanted(memory, e, frame)) continue;
            batch->frame[kept] = frame;
            batch->type[kept++] = batch->type[i];
        } else if (was_sent(e, frame)) {
            e->sent[frame % XLGPU_EXTENT] = false;
            batch->counts.gone++;
            add_entry(batch, frame, batch->type[i]);
        }
    }
    *n = kept;
}

static bool unchanged(const struct xlgpu_memory *memory,
                      const struct xlgpu_extent *e, uint64_t frame,
                      const void *page)
{
    if (!memory->hashed || !was_sent(e, frame)) return false;
    if (xlgpu_test_is_blind(frame)) return true;
    return xlgpu_hash_equal(xlgpu_hash_page(&memory->secret, page),
                            e->hash[frame % XLGPU_EXTENT]);
}

/* A copy: what is hashed is what is sent, whatever the guest does to the
 * page meanwhile. */
static void take(struct xlgpu_memory *memory, struct xlgpu_extent *e,
                 struct xlgpu_batch *batch, unsigned int i, const void *page)
{
    uint8_t *copy = batch->page + (size_t)batch->n_pages++ * XLGPU_PAGE;
    unsigned int in_extent = batch->frame[i] % XLGPU_EXTENT;

    memcpy(copy, page, XLGPU_PAGE);
    if (memory->hashed)
        e->hash[in_extent] = xlgpu_hash_page(&memory->secret, copy);
    batch->counts.changed += e->sent[in_extent];
    batch->counts.sent++;
    e->sent[in_extent] = true;
    batch->counts.zero += is_zero(copy);
    add_entry(batch, batch->frame[i], batch->type[i]);
}

/* Looks at n mapped pages. */
static int compare(struct xlgpu_memory *memory, struct xlgpu_extent *e,
                   struct xlgpu_batch *batch, unsigned int n,
                   const uint8_t *page)
{
    unsigned int i;

    for (i = 0; i < n; i++, page += XLGPU_PAGE) {
        if (batch->err[i]) {
            /* Ballooned away between the two calls, or for good. */
            if (memory->last) return batch->err[i];
            e->sent[batch->frame[i] % XLGPU_EXTENT] = false;
            batch->counts.unmapped++;
            continue;
        }
        batch->counts.looked_at++;
        if (!unchanged(memory, e, batch->frame[i], page))
            take(memory, e, batch, i, page);
    }
    return 0;
}

static struct xlgpu_extent *populated(struct xlgpu_memory *memory,
                                      size_t extent)
{
    struct xlgpu_extent *e = memory->extent[extent];
    size_t hashes = memory->hashed ? XLGPU_EXTENT * sizeof(e->hash[0]) : 0;

    if (!e) e = calloc(1, sizeof(*e) + hashes);
    memory->extent[extent] = e;
    return e;
}

/* No mapping outlives the batch: it would keep the old page of a frame that
 * the guest balloons or remaps. */
static int map_and_compare(struct xlgpu_memory *memory, size_t extent,
                           struct xlgpu_batch *batch, unsigned int n)
{
    struct xlgpu_extent *e = populated(memory, extent);
    struct xlgpu_vm *vm = memory->vm;
    const uint8_t *page;
    uint64_t t;
    int rc;

    if (!e) return ENOMEM;

    t = xlgpu_clock_us();
    page = vm->ops->map(vm, n, batch->frame, batch->err);
    if (!page) return errno ? errno : EIO;
    batch->counts.map_us += xlgpu_clock_since(&t);

    rc = compare(memory, e, batch, n, page);
    batch->counts.hash_us += xlgpu_clock_since(&t);

    vm->ops->unmap(vm, page, n);
    batch->counts.map_us += xlgpu_clock_since(&t);
    return rc;
}

int xlgpu_memory_look(struct xlgpu_memory *memory, size_t extent,
                      struct xlgpu_batch *batch)
{
    uint64_t t = xlgpu_clock_us();
    unsigned int n;
    int rc;

    batch->n = batch->n_pages = 0;
    rc = ask_types(memory, extent, batch, &n);
    batch->counts.types_us += xlgpu_clock_since(&t);
    if (rc) return rc;

    keep_those_with_data(memory, memory->extent[extent], batch, &n);
    return n ? map_and_compare(memory, extent, batch, n) : 0;
}
