/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever the CPU, a page has the same hash, and another one when it, or the
 * secret, is another. */
#include "unit.h"

#include "helper/hash.h"
#include "helper/hash_page.h"

#define PAGE 4096

static uint8_t page[PAGE];
static struct xlgpu_hash_secret secret;

static void fill(void)
{
    unsigned int i;

    for (i = 0; i < PAGE; i++) page[i] = i * 7 + i / 256;
    for (i = 0; i < sizeof(secret.bytes); i++) secret.bytes[i] = i * 31 + 5;
}

static void assert_same(xlgpu_hash_page_fn *fn)
{
    struct xlgpu_hash a = xlgpu_hash_page_sse2(&secret, page);

    assert_true(xlgpu_hash_equal(a, fn(&secret, page)));
}

static void every_instruction_set_has_the_same_values(void **state)
{
    (void)state;
    fill();
    assert_same(xlgpu_hash_page);
    if (__builtin_cpu_supports("avx2")) assert_same(xlgpu_hash_page_avx2);
    if (__builtin_cpu_supports("avx512f")) assert_same(xlgpu_hash_page_avx512);
}

static void each_bit_and_the_secret_count(void **state)
{
    struct xlgpu_hash before;
    unsigned int i;

    (void)state;
    fill();
    before = xlgpu_hash_page(&secret, page);
    for (i = 0; i < PAGE; i++) {
        page[i] ^= 1u << i % 8;
        assert_false(xlgpu_hash_equal(before, xlgpu_hash_page(&secret, page)));
        page[i] ^= 1u << i % 8;
    }
    assert_true(xlgpu_hash_equal(before, xlgpu_hash_page(&secret, page)));
    secret.bytes[100] ^= 1;
    assert_false(xlgpu_hash_equal(before, xlgpu_hash_page(&secret, page)));
}

UNIT_TESTS(every_instruction_set_has_the_same_values,
           each_bit_and_the_secret_count)
