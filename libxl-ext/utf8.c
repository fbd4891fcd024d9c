/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utf8.h"

size_t xlgpu_utf8(const char *s, uint32_t *c_r)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char first = *s;
    size_t n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2
               : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0, i;
    uint32_t c = n == 1 ? first : first & (0xff >> (n + 1));

    for (i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    *c_r = c;
    return c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0 : n;
}
