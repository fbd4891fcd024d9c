/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash in the instruction sets that xxhash has code for: its values are
 * the same in all. The Makefile gives each file its compiler option. */
#ifndef XLGPU_HASH_PAGE_H
#define XLGPU_HASH_PAGE_H

#include "hash.h"

typedef struct xlgpu_hash xlgpu_hash_page_fn(
    const struct xlgpu_hash_secret *secret, const void *page);

xlgpu_hash_page_fn xlgpu_hash_page_sse2;
xlgpu_hash_page_fn xlgpu_hash_page_avx2;
xlgpu_hash_page_fn xlgpu_hash_page_avx512;

#ifdef HASH_PAGE
#define XXH_INLINE_ALL
#include <xxhash.h>

struct xlgpu_hash HASH_PAGE(const struct xlgpu_hash_secret *secret,
                            const void *page)
{
    XXH128_hash_t h = XXH3_128bits_withSecret(page, 4096, secret->bytes,
                                              sizeof(secret->bytes));

    return (struct xlgpu_hash){ h.low64, h.high64 };
}
#endif

#endif
