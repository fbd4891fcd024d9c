/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "error.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"

static char *said;

static void remember(enum xlgpu_status status, const char *what,
                     const char *why, const char *remedy)
{
    (void)status;
    free(said);
    said = xlgpu_asprintf("%s: %s%s%s", what, why, remedy ? "; " : "",
                          remedy ? remedy : "");
    fprintf(stderr, "xl-gpu: %s\n", said);
}

void xlgpu_xapi_listen(void)
{
    xlgpu_fail_divert(remember);
}

const char *xlgpu_xapi_said(void)
{
    return said ? said : "";
}

void xlgpu_xapi_error_word(struct xlgpu_xapi_error *e, const char *word)
{
    if (e->n < XLGPU_XAPI_WORDS_MAX) e->word[e->n++] = xlgpu_strdup(word);
}

void xlgpu_xapi_error_set(struct xlgpu_xapi_error *e,
                          const char *const *words)
{
    if (e->n) return;
    while (*words) xlgpu_xapi_error_word(e, *words++);
}

void xlgpu_xapi_error_said(struct xlgpu_xapi_error *e)
{
    if (said) xlgpu_xapi_error_word(e, said);
}

void xlgpu_xapi_error_dispose(struct xlgpu_xapi_error *e)
{
    while (e->n) free(e->word[--e->n]);
    free(said);
    said = NULL;
}

void xlgpu_xapi_not_supported(struct xlgpu_xapi_error *e, const char *field,
                              const char *value, const char *reason)
{
    xlgpu_xapi_error(e, "VALUE_NOT_SUPPORTED", field, value, reason);
}

void xlgpu_xapi_failed(struct xlgpu_xapi_error *e, const char *method)
{
    xlgpu_xapi_error(e, "XENAPI_PLUGIN_FAILURE", method, "failed",
                     xlgpu_xapi_said());
}
