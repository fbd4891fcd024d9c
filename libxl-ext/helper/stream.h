/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream that libxc's restore reads, version 3: Xen's
 * docs/specs/libxc-migration-stream.pandoc. Functions return 0 or an errno.
 */
#ifndef XLGPU_STREAM_H
#define XLGPU_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum xlgpu_record {
    XLGPU_REC_END = 0x00,
    XLGPU_REC_PAGE_DATA = 0x01,
    XLGPU_REC_TSC_INFO = 0x08,
    XLGPU_REC_HVM_CONTEXT = 0x09,
    XLGPU_REC_HVM_PARAMS = 0x0a,
    XLGPU_REC_STATIC_DATA_END = 0x10,
    XLGPU_REC_CPUID_POLICY = 0x11,
    XLGPU_REC_MSR_POLICY = 0x12,
};

struct xlgpu_stream {
    int fd;
    uint64_t bytes; /* written */
};

/* Of an x86 HVM guest. */
int xlgpu_stream_header(struct xlgpu_stream *stream, unsigned int xen_major,
                        unsigned int xen_minor);
int xlgpu_stream_record(struct xlgpu_stream *stream, enum xlgpu_record type,
                        const void *body, size_t size);

/* One entry of PAGE_DATA; type is a XEN_DOMCTL_PFINFO_*. */
static inline uint64_t xlgpu_stream_page(uint64_t frame, uint32_t type)
{
    return (uint64_t)type << 32 | frame;
}

/* n entries, and the pages of those that have data, one after the other. */
int xlgpu_stream_pages(struct xlgpu_stream *stream, unsigned int n,
                       const uint64_t *entry, unsigned int n_pages,
                       const void *pages);

#endif
