/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zstd.h>

#include "alloc.h"

#define LEVEL_MIN 1
#define LEVEL_MAX 9

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

void xlgpu_packer_init(struct xlgpu_packer *p, bool compress)
{
    *p = (struct xlgpu_packer){ .off = !compress, .level = LEVEL_MIN,
                                .cctx = ZSTD_createCCtx() };
    p->buf = xlgpu_zalloc(1 + ZSTD_compressBound(XLGPU_BLOCK_MAX), 1);
}

void xlgpu_packer_dispose(struct xlgpu_packer *p)
{
    ZSTD_freeCCtx(p->cctx);
    free(p->buf);
    *p = (struct xlgpu_packer){ 0 };
}

const void *xlgpu_pack(struct xlgpu_packer *p, const void *data, size_t len,
                       size_t *len_r)
{
    int64_t began = now_us();
    char *out = p->buf;
    size_t r;

    r = p->off || !p->cctx
            ? len
            : ZSTD_compressCCtx(p->cctx, out + 1,
                                ZSTD_compressBound(XLGPU_BLOCK_MAX), data,
                                len, p->level);
    if (ZSTD_isError(r) || r >= len) {
        *out = '-';
        memcpy(out + 1, data, len);
        r = len;
    } else {
        *out = 'z';
    }
    p->last_pack_us = now_us() - began;
    p->pack_us += p->last_pack_us;
    p->bytes_in += len;
    p->bytes_out += r + 1;
    *len_r = r + 1;
    return out;
}

void xlgpu_packer_sent(struct xlgpu_packer *p, int64_t us)
{
    p->send_us += us;
    if (us > 2 * p->last_pack_us && p->level < LEVEL_MAX) p->level++;
    if (us < p->last_pack_us && p->level > LEVEL_MIN) p->level--;
}

bool xlgpu_unpack(const void *block, size_t len, void *buf, size_t *len_r)
{
    const char *p = block;

    if (!len || (*p != 'z' && *p != '-')) return false;
    if (*p == 'z') {
        *len_r = ZSTD_decompress(buf, XLGPU_BLOCK_MAX, p + 1, len - 1);
        return !ZSTD_isError(*len_r);
    }
    if (len - 1 > XLGPU_BLOCK_MAX) return false;
    memcpy(buf, p + 1, len - 1);
    *len_r = len - 1;
    return true;
}
