/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef XLGPU_UTF8_H
#define XLGPU_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of the character at s, and which it is; 0: it is not UTF-8. Never
 * looks behind a NUL. */
size_t xlgpu_utf8(const char *s, uint32_t *c_r);

#endif
