/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/uio.h>

#include "vm.h"

#define ALIGN 8

/*
 * EINTR is tried again: whoever interrupts takes the descriptor away, so
 * that the next write fails.
 */
static int write_all(struct xlgpu_stream *stream, struct iovec *iov, int n)
{
    ssize_t r;

    while (n) {
        r = writev(stream->fd, iov, n);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) return errno;

        stream->bytes += r;
        while (n && (size_t)r >= iov->iov_len) {
            r -= iov->iov_len;
            iov++;
            n--;
        }
        if (n) {
            iov->iov_base = (char *)iov->iov_base + r;
            iov->iov_len -= r;
        }
    }
    return 0;
}

int xlgpu_stream_header(struct xlgpu_stream *stream, unsigned int xen_major,
                        unsigned int xen_minor)
{
    struct {
        /* Image header, big endian. */
        uint64_t marker;
        uint32_t id, version;
        uint16_t options, res1;
        uint32_t res2;
        /* Domain header, as the options say: little endian. */
        uint32_t type;
        uint16_t page_shift, res3;
        uint32_t xen_major, xen_minor;
    } header = {
        .marker = ~UINT64_C(0),
        .id = htonl(0x58454e46),
        .version = htonl(3),
        .type = 2,
        .page_shift = 12,
        .xen_major = xen_major,
        .xen_minor = xen_minor,
    };
    struct iovec iov = { &header, sizeof(header) };

    return write_all(stream, &iov, 1);
}

int xlgpu_stream_record(struct xlgpu_stream *stream, enum xlgpu_record type,
                        const void *body, size_t size)
{
    uint32_t header[2] = { type, size };
    static char pad[ALIGN];
    struct iovec iov[] = {
        { header, sizeof(header) },
        { (void *)body, size },
        { pad, -size % ALIGN },
    };

    return write_all(stream, iov, 3);
}

int xlgpu_stream_pages(struct xlgpu_stream *stream, unsigned int n,
                       const uint64_t *entry, unsigned int n_pages,
                       const void *pages)
{
    struct {
        uint32_t type, size, count, res;
    } header = { .type = XLGPU_REC_PAGE_DATA, .count = n };
    struct iovec iov[] = {
        { &header, sizeof(header) },
        { (void *)entry, n * sizeof(*entry) },
        { (void *)pages, (size_t)n_pages * XLGPU_PAGE },
    };

    header.size = sizeof(header) - 8 + iov[1].iov_len + iov[2].iov_len;
    return write_all(stream, iov, 3);
}
