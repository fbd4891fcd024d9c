/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the guest's memory has been sent, and the one step over it: look
 * at an extent, and take what has to be sent.
 */
#ifndef XLGPU_MEMORY_H
#define XLGPU_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hash.h"
#include "vm.h"

/* Of the frames of one extent that has, or had, pages. */
struct xlgpu_extent {
    bool sent[XLGPU_EXTENT];
    struct xlgpu_hash hash[]; /* of what was sent; content tracker only */
};

struct xlgpu_memory {
    struct xlgpu_vm *vm;
    uint64_t n_frames;
    uint64_t allocated; /* pages that the guest has, as measured */
    size_t n_extents;
    struct xlgpu_extent **extent; /* NULL: none of its frames has a page */
    bool hashed;                  /* pages are compared by their hashes */
    struct xlgpu_hash_secret secret;
    /* Pages that were sent are looked at only where their bit is set; NULL:
     * all are. Borrowed, for n_frames. */
    const unsigned long *changed;
    bool last; /* the guest is suspended: this pass gets everything */
};

/* Microseconds, summed over the threads, and pages. */
struct xlgpu_counts {
    uint64_t types_us, map_us, hash_us, send_us;
    uint64_t found;     /* pages that are there */
    uint64_t looked_at; /* of those: mapped and compared, or sent */
    uint64_t sent;
    uint64_t changed;   /* of those: had been sent before */
    uint64_t zero;      /* of those sent */
    uint64_t gone;      /* sent before, no longer there */
    uint64_t unmapped;  /* could not be mapped; the next pass asks again */
};

void xlgpu_counts_add(struct xlgpu_counts *sum,
                      const struct xlgpu_counts *counts);

/* What is sent of one extent. */
struct xlgpu_batch {
    unsigned int n, n_pages;
    uint64_t entry[XLGPU_EXTENT]; /* of PAGE_DATA */
    uint8_t *page;                /* room for an extent */
    struct xlgpu_counts counts;
    struct xlgpu_batch *next;
    /* Scratch. */
    xen_pfn_t frame[XLGPU_EXTENT], type[XLGPU_EXTENT];
    int err[XLGPU_EXTENT];
};

int xlgpu_memory_init(struct xlgpu_memory *memory, struct xlgpu_vm *vm,
                      bool hashed);
void xlgpu_memory_dispose(struct xlgpu_memory *memory);
/* Reads how many frames there are: at first and before each pass. */
int xlgpu_memory_measure(struct xlgpu_memory *memory);

int xlgpu_batch_make(struct xlgpu_batch **batch_r);
void xlgpu_batch_free(struct xlgpu_batch *batch); /* NULL is fine */

/*
 * Looks at one extent and fills the batch with what has to be sent of it.
 * Extents are independent: threads may look at different ones. An errno.
 */
int xlgpu_memory_look(struct xlgpu_memory *memory, size_t extent,
                      struct xlgpu_batch *batch);

#endif
