/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What xapi calls the plugin with, and what it answers: that any XML parser
 * takes, and gives the same strings. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "alloc.h"
#include "xapi/rpc.h"

/* ---- The answer ---- */

struct last {
    char *text; /* of the last string */
    size_t len;
};

static void XMLCALL on_start(void *arg, const char *name, const char **atts)
{
    struct last *last = arg;

    (void)atts;
    if (!strcmp(name, "string")) last->len = 0;
}

static void XMLCALL on_text(void *arg, const char *text, int len)
{
    struct last *last = arg;

    last->text = xlgpu_realloc(last->text, last->len + len + 1, 1);
    memcpy(last->text + last->len, text, len);
    last->len += len;
}

/* Frees xml, in which text is the last string, but for what XML can't have. */
static void check_answer(char *xml, const char *text)
{
    XML_Parser p = XML_ParserCreate("UTF-8");
    struct last last = { NULL, 0 };
    size_t i;

    FUZZ_CHECK(p);
    XML_SetUserData(p, &last);
    XML_SetStartElementHandler(p, on_start);
    XML_SetCharacterDataHandler(p, on_text);
    FUZZ_CHECK(XML_Parse(p, xml, strlen(xml), XML_TRUE) == XML_STATUS_OK);
    XML_ParserFree(p);
    FUZZ_CHECK(last.len == strlen(text));
    for (i = 0; text[i]; i++)
        FUZZ_CHECK(last.text[i] == text[i] || last.text[i] == '?');
    free(last.text);
    free(xml);
}

static void check_answers(const char *text)
{
    const char *description[] = { "CODE", text };

    check_answer(xlgpu_rpc_success(text), text);
    check_answer(xlgpu_rpc_failure(description, 2), text);
    check_answer(xlgpu_rpc_fault(-1, text), text);
}

/* ---- The call ---- */

static void check_call(const struct xlgpu_rpc_call *call)
{
    const char *value;
    size_t i;

    FUZZ_CHECK(call->method && *call->method && !call->why);
    FUZZ_CHECK(call->n_args <= XLGPU_RPC_ARGS_MAX);
    for (i = 0; i < call->n_args; i++) {
        value = xlgpu_rpc_arg(call, call->arg[i].name);
        FUZZ_CHECK(value);
        FUZZ_CHECK(call->twice || value == call->arg[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct xlgpu_rpc_call call;

    xlgpu_rpc_parse(text, &call);
    if (call.fault)
        FUZZ_CHECK(call.why && *call.why);
    else
        check_call(&call);
    xlgpu_rpc_dispose(&call);
    check_answers(text);
    free(text);
    return 0;
}
