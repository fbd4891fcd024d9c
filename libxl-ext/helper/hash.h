/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash that says whether a page changed: XXH3, 128 bits. */
#ifndef XLGPU_HASH_H
#define XLGPU_HASH_H

#include <stdint.h>

struct xlgpu_hash {
    uint64_t low, high;
};

/* A new one for each migration, so that no guest can aim at a collision. */
struct xlgpu_hash_secret {
    uint8_t bytes[192];
};

int xlgpu_hash_secret_make(struct xlgpu_hash_secret *secret);
struct xlgpu_hash xlgpu_hash_page(const struct xlgpu_hash_secret *secret,
                                  const void *page);

static inline int xlgpu_hash_equal(struct xlgpu_hash a, struct xlgpu_hash b)
{
    return a.low == b.low && a.high == b.high;
}

#endif
