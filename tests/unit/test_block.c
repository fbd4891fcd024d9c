/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "migrate/block.h"

static void blocks_come_out_as_they_went_in(void **state)
{
    static char data[XLGPU_BLOCK_MAX], out[XLGPU_BLOCK_MAX];
    const size_t lens[] = { 0, 1, 4096, XLGPU_BLOCK_MAX };
    struct xlgpu_packer packer;
    const void *block;
    size_t i, n, len;
    bool compress;

    (void)state;
    for (i = 0; i < sizeof(data); i++) data[i] = i < 8192 ? rand() : 0;
    for (i = 0; i < 8; i++) {
        compress = i & 1;
        n = lens[i / 2];
        xlgpu_packer_init(&packer, compress);
        block = xlgpu_pack(&packer, data, n, &len);
        memset(out, 0x55, sizeof(out));
        assert_true(xlgpu_unpack(block, len, out, &len));
        assert_int_equal(len, n);
        assert_memory_equal(out, data, n);
        if (compress && n == XLGPU_BLOCK_MAX)
            assert_true(packer.bytes_out < n / 50);
        xlgpu_packer_dispose(&packer);
    }
}

static void a_damaged_block_is_refused(void **state)
{
    static char out[XLGPU_BLOCK_MAX], big[XLGPU_BLOCK_MAX + 2] = "-";
    size_t len;

    (void)state;
    assert_false(xlgpu_unpack("", 0, out, &len));
    assert_false(xlgpu_unpack("x123", 4, out, &len));
    assert_false(xlgpu_unpack("z123", 4, out, &len));
    assert_false(xlgpu_unpack(big, sizeof(big), out, &len));
}

UNIT_TESTS(blocks_come_out_as_they_went_in, a_damaged_block_is_refused)
