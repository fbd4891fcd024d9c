/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The libxc stream, version 3: docs/specs/libxc-migration-stream.pandoc of
 * Xen. Stock libxl reads it at the target.
 */
#ifndef XLGPU_STREAM_H
#define XLGPU_STREAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XLGPU_PAGE_SIZE 4096u

enum xlgpu_record_type {
    XLGPU_REC_END = 0x00,
    XLGPU_REC_PAGE_DATA = 0x01,
    XLGPU_REC_X86_TSC_INFO = 0x08,
    XLGPU_REC_HVM_CONTEXT = 0x09,
    XLGPU_REC_HVM_PARAMS = 0x0a,
    XLGPU_REC_STATIC_DATA_END = 0x10,
    XLGPU_REC_X86_CPUID_POLICY = 0x11,
    XLGPU_REC_X86_MSR_POLICY = 0x12,
};

struct xlgpu_stream {
    int fd;
    pthread_mutex_t lock; /* one record at a time */
    volatile int *stop;   /* ends a write that waits; may be NULL */
    uint64_t bytes, pages;
};

void xlgpu_stream_init(struct xlgpu_stream *s, int fd, volatile int *stop);

/* All return 0 or the errno of what failed. */

/* The image header and the domain header, of an HVM guest. */
int xlgpu_stream_begin(struct xlgpu_stream *s, unsigned int xen_major,
                       unsigned int xen_minor);

/* A record whose body is len bytes, padded as the stream wants it. */
int xlgpu_stream_record(struct xlgpu_stream *s, enum xlgpu_record_type type,
                        const void *body, size_t len);

/* Pages of RAM: n numbers, and n pages one behind the other. */
int xlgpu_stream_pages(struct xlgpu_stream *s, const uint64_t *pfn,
                       unsigned int n, const void *pages);

#endif
