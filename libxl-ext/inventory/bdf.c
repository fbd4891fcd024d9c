/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bdf.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool xlgpu_id_is(const char *s)
{
    unsigned int i;

    for (i = 0; i < XLGPU_ID_LEN - 1; i++)
        if (i == 4 ? s[i] != ':' : !s[i] || !strchr("0123456789abcdef", s[i]))
            return false;
    return !s[i];
}

/* One field of 1 to max_digits hexadecimal digits, at most max. */
static const char *field(const char *s, int max_digits, unsigned int max,
                         unsigned int *value_r)
{
    unsigned int value = 0;
    int n;

    for (n = 0; n < max_digits && isxdigit((unsigned char)s[n]); n++)
        value = value * 16 + (isdigit((unsigned char)s[n])
                                  ? s[n] - '0'
                                  : tolower((unsigned char)s[n]) - 'a' + 10);
    if (!n || value > max) return NULL;

    *value_r = value;
    return s + n;
}

bool xlgpu_bdf_parse(const char *s, struct xlgpu_bdf *bdf_r)
{
    unsigned int domain = 0, first, bus, dev, fn;

    s = field(s, 4, 0xffff, &first);
    if (!s || *s++ != ':') return false;
    s = field(s, 2, 0xff, &bus);
    if (!s) return false;

    if (*s == ':') {
        domain = first;
        s = field(s + 1, 2, 0x1f, &dev);
    } else {
        dev = bus;
        bus = first;
    }
    if (!s || bus > 0xff || dev > 0x1f || *s++ != '.') return false;

    s = field(s, 1, 7, &fn);
    if (!s || *s) return false;

    *bdf_r = (struct xlgpu_bdf){ domain, bus, dev, fn };
    return true;
}

char *xlgpu_bdf_format(struct xlgpu_bdf b, char buf[XLGPU_BDF_LEN])
{
    snprintf(buf, XLGPU_BDF_LEN, "%04x:%02x:%02x.%x", b.domain, b.bus,
             b.dev & 0x1f, b.fn & 7);
    return buf;
}

static uint32_t number(struct xlgpu_bdf b)
{
    return (uint32_t)b.domain << 16 | b.bus << 8 | b.dev << 3 | b.fn;
}

bool xlgpu_bdf_equal(struct xlgpu_bdf a, struct xlgpu_bdf b)
{
    return number(a) == number(b);
}

int xlgpu_bdf_compare(struct xlgpu_bdf a, struct xlgpu_bdf b)
{
    return (number(a) > number(b)) - (number(a) < number(b));
}
