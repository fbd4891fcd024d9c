/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XXH3, 128 bit, of pages, under a secret (xxhash 0.8). */
#ifndef XLGPU_HASH_H
#define XLGPU_HASH_H

#include <stdbool.h>
#include <stdint.h>

struct xlgpu_hash {
    uint64_t low, high;
};

struct xlgpu_hash_secret {
    unsigned char byte[192];
};

/* A random one; 0 or an errno. */
int xlgpu_hash_secret_make(struct xlgpu_hash_secret *secret);

void xlgpu_hash_page(const struct xlgpu_hash_secret *secret, const void *page,
                     struct xlgpu_hash *hash_r);

static inline bool xlgpu_hash_equal(const struct xlgpu_hash *a,
                                    const struct xlgpu_hash *b)
{
    return a->low == b->low && a->high == b->high;
}

#endif
