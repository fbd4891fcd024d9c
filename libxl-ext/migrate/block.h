/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of a stream, each compressed by itself with zstd (RFC 8878), or as
 * it is where that is not smaller. A block is one byte, 'z' or '-', and the
 * bytes. The level follows the connection: it goes up while the connection
 * is what keeps us waiting, and down while compressing is.
 */
#ifndef XLGPU_BLOCK_H
#define XLGPU_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XLGPU_BLOCK_MAX (1u << 20) /* bytes before compression */

struct xlgpu_packer {
    bool off;         /* sends all as it is */
    int level;        /* of zstd */
    void *cctx, *buf; /* owned */
    uint64_t bytes_in, bytes_out;
    int64_t pack_us, send_us, last_pack_us;
};

void xlgpu_packer_init(struct xlgpu_packer *p, bool compress);
void xlgpu_packer_dispose(struct xlgpu_packer *p);

/* The block of len bytes, at most XLGPU_BLOCK_MAX; valid until the next. */
const void *xlgpu_pack(struct xlgpu_packer *p, const void *data, size_t len,
                       size_t *len_r);

/* How long the last block's sending took: chooses the next one's level. */
void xlgpu_packer_sent(struct xlgpu_packer *p, int64_t us);

/*
 * Unpacks a block into buf, which has XLGPU_BLOCK_MAX bytes. False if it is
 * none.
 */
bool xlgpu_unpack(const void *block, size_t len, void *buf, size_t *len_r);

#endif
