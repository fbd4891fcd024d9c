/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hash.h"

#include <errno.h>
#include <sys/random.h>

#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h> /* by what the CPU has */
#endif

#include "helper/stream.h"

int xlgpu_hash_secret_make(struct xlgpu_hash_secret *secret)
{
    ssize_t r = getrandom(secret->byte, sizeof(secret->byte), 0);

    return r == sizeof(secret->byte) ? 0 : r < 0 ? errno : EIO;
}

void xlgpu_hash_page(const struct xlgpu_hash_secret *secret, const void *page,
                     struct xlgpu_hash *hash_r)
{
    XXH128_hash_t h = XXH3_128bits_withSecret(page, XLGPU_PAGE_SIZE,
                                              secret->byte,
                                              sizeof(secret->byte));

    *hash_r = (struct xlgpu_hash){ h.low64, h.high64 };
}
