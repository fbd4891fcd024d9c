/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "hash.h"
#include "hash_page.h"

#include <errno.h>
#include <sys/random.h>

int xlgpu_hash_secret_make(struct xlgpu_hash_secret *secret)
{
    ssize_t n;

    do
        n = getrandom(secret->bytes, sizeof(secret->bytes), 0);
    while (n < 0 && errno == EINTR);
    return n == sizeof(secret->bytes) ? 0 : n < 0 ? errno : EIO;
}

static xlgpu_hash_page_fn *best(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return xlgpu_hash_page_avx512;
    if (__builtin_cpu_supports("avx2")) return xlgpu_hash_page_avx2;
    return xlgpu_hash_page_sse2;
}

static xlgpu_hash_page_fn *hash_page;

static void __attribute__((constructor)) choose(void)
{
    hash_page = best();
}

struct xlgpu_hash xlgpu_hash_page(const struct xlgpu_hash_secret *secret,
                                  const void *page)
{
    return hash_page(secret, page);
}
