/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A block of a guest's stream, which comes from another host; and the same
 * bytes as what is sent. */
#include "fuzz.h"

#include <string.h>

#include "migrate/block.h"

static char unpacked[XLGPU_BLOCK_MAX], again[XLGPU_BLOCK_MAX];

/* What is packed comes out as it went in. */
static void check_round_trip(const void *data, size_t len)
{
    static struct xlgpu_packer packer;
    const void *block;
    size_t n;

    if (!packer.buf) xlgpu_packer_init(&packer, true);
    block = xlgpu_pack(&packer, data, len, &n);
    FUZZ_CHECK(n && n <= len + 1);
    FUZZ_CHECK(xlgpu_unpack(block, n, again, &n));
    FUZZ_CHECK(n == len && !memcmp(again, data, len));
    xlgpu_packer_sent(&packer, len);
    FUZZ_CHECK(packer.level >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len;

    check_round_trip(size ? (const void *)data : "", size);
    if (!xlgpu_unpack(data, size, unpacked, &len)) return 0;
    FUZZ_CHECK(len <= XLGPU_BLOCK_MAX);
    check_round_trip(unpacked, len);
    return 0;
}
