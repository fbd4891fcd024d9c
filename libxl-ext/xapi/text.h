/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text that grows by pieces: a long one is copied but a few times. */
#ifndef XLGPU_XAPI_TEXT_H
#define XLGPU_XAPI_TEXT_H

#include <stddef.h>

struct xlgpu_text {
    char *s;          /* owned; NULL before the first piece */
    size_t len, room; /* bytes of it, without and with what is to come */
};

/* The len bytes at s, which need no NUL; the text has one behind it. */
void xlgpu_text_add(struct xlgpu_text *t, const char *s, size_t len);

#endif
