/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI addresses: segment ("domain" in PCI's and xl's words), bus, device,
 * function. */
#ifndef XLGPU_BDF_H
#define XLGPU_BDF_H

#include <stdbool.h>
#include <stdint.h>

struct xlgpu_bdf {
    uint16_t domain;
    uint8_t bus, dev, fn;
};

#define XLGPU_BDF_LEN 16 /* "0000:01:00.0" and its NUL, rounded up */

#define XLGPU_ID_LEN 10 /* "8086:10fb", vendor and device, and its NUL */

/* Whether it is written as that. */
bool xlgpu_id_is(const char *s);

/* Reads "[DDDD:]BB:dd.f", hexadecimal; nothing may follow. */
bool xlgpu_bdf_parse(const char *s, struct xlgpu_bdf *bdf_r);

/* Writes "DDDD:BB:dd.f" into buf, and returns buf. */
char *xlgpu_bdf_format(struct xlgpu_bdf bdf, char buf[XLGPU_BDF_LEN]);

bool xlgpu_bdf_equal(struct xlgpu_bdf a, struct xlgpu_bdf b);

/* Below, at or above 0, in the order of lspci. */
int xlgpu_bdf_compare(struct xlgpu_bdf a, struct xlgpu_bdf b);

#endif
