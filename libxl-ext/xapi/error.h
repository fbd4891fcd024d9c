/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a function of the plugin answers when it fails: a code with its
 * parameters, by xapi's own names and in its own order (datamodel_errors.ml)
 * where it has one. Our own line, "WHAT: WHY; REMEDY", follows them.
 */
#ifndef XLGPU_XAPI_ERROR_H
#define XLGPU_XAPI_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "status.h"

#define XLGPU_XAPI_WORDS_MAX 66 /* a VM for each argument, and ours */

struct xlgpu_xapi_error {
    char *word[XLGPU_XAPI_WORDS_MAX]; /* the code first; owned */
    size_t n;                         /* 0: nothing failed */
};

/* From now on what is said with xlgpu_fail() is remembered, and goes to
 * stderr, which xapi logs where a plugin ends badly. */
void xlgpu_xapi_listen(void);

/* The code and its parameters. The first error counts. */
#define xlgpu_xapi_error(e, ...) \
    xlgpu_xapi_error_set(e, (const char *const[]){ __VA_ARGS__, NULL })
void xlgpu_xapi_error_set(struct xlgpu_xapi_error *e,
                          const char *const *words);
/* One more word of it. */
void xlgpu_xapi_error_word(struct xlgpu_xapi_error *e, const char *word);
/* Adds what was said last. */
void xlgpu_xapi_error_said(struct xlgpu_xapi_error *e);
void xlgpu_xapi_error_dispose(struct xlgpu_xapi_error *e);

/* What was said last; "" at first. */
const char *xlgpu_xapi_said(void);

/* An argument that can't be that, by VALUE_NOT_SUPPORTED. */
void xlgpu_xapi_not_supported(struct xlgpu_xapi_error *e, const char *field,
                              const char *value, const char *reason);

/* What failed for no reason that xapi has a name for, and was said. */
void xlgpu_xapi_failed(struct xlgpu_xapi_error *e, const char *method);

#endif
