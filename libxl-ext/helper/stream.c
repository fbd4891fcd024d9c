/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "stream.h"

#include <endian.h>
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#define MARKER 0xffffffffffffffffULL
#define ID 0x58454e46u /* "XENF" */
#define VERSION 3
#define TYPE_X86_HVM 2
#define PAGE_SHIFT 12
#define ALIGN 8

struct headers {
    uint64_t marker;
    uint32_t id, version; /* these three big endian */
    uint16_t options, reserved_1;
    uint32_t reserved_2;
    uint32_t type;
    uint16_t page_shift, reserved_3;
    uint32_t xen_major, xen_minor;
};

struct record_header {
    uint32_t type, length;
};

struct page_data {
    uint32_t count, reserved;
};

void xlgpu_stream_init(struct xlgpu_stream *s, int fd, volatile int *stop)
{
    *s = (struct xlgpu_stream){ .fd = fd, .stop = stop };
    pthread_mutex_init(&s->lock, NULL);
}

static int write_all(struct xlgpu_stream *s, struct iovec *iov, int n)
{
    ssize_t r;

    while (n) {
        if (s->stop && *s->stop) return EINTR;
        r = writev(s->fd, iov, n);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) return errno;
        s->bytes += r;
        for (; n && (size_t)r >= iov->iov_len; iov++, n--) r -= iov->iov_len;
        if (n) {
            iov->iov_base = (char *)iov->iov_base + r;
            iov->iov_len -= r;
        }
    }
    return 0;
}

static int write_locked(struct xlgpu_stream *s, struct iovec *iov, int n,
                        unsigned int pages)
{
    int rc;

    pthread_mutex_lock(&s->lock);
    rc = write_all(s, iov, n);
    s->pages += pages;
    pthread_mutex_unlock(&s->lock);
    return rc;
}

int xlgpu_stream_begin(struct xlgpu_stream *s, unsigned int xen_major,
                       unsigned int xen_minor)
{
    struct headers h = { .marker = MARKER, .id = htobe32(ID),
                         .version = htobe32(VERSION), .type = TYPE_X86_HVM,
                         .page_shift = PAGE_SHIFT, .xen_major = xen_major,
                         .xen_minor = xen_minor };
    struct iovec iov = { &h, sizeof(h) };

    return write_locked(s, &iov, 1, 0);
}

int xlgpu_stream_record(struct xlgpu_stream *s, enum xlgpu_record_type type,
                        const void *body, size_t len)
{
    static const char zeros[ALIGN];
    struct record_header h = { type, len };
    struct iovec iov[] = { { &h, sizeof(h) },
                           { (void *)body, len },
                           { (void *)zeros, -len % ALIGN } };

    return write_locked(s, iov, 3, 0);
}

int xlgpu_stream_pages(struct xlgpu_stream *s, const uint64_t *pfn,
                       unsigned int n, const void *pages)
{
    struct page_data data = { .count = n };
    struct record_header h = {
        XLGPU_REC_PAGE_DATA,
        sizeof(data) + n * (sizeof(*pfn) + XLGPU_PAGE_SIZE)
    };
    struct iovec iov[] = { { &h, sizeof(h) },
                           { &data, sizeof(data) },
                           { (void *)pfn, n * sizeof(*pfn) },
                           { (void *)pages, (size_t)n * XLGPU_PAGE_SIZE } };

    return n ? write_locked(s, iov, 4, n) : 0;
}
