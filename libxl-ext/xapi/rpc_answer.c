/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rpc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "text.h"
#include "utf8.h"

static void add_xml(struct xlgpu_text *t, const char *s)
{
    xlgpu_text_add(t, s, strlen(s));
}

/* The bytes of the character at s that both UTF-8 and XML allow; 0: none. */
static size_t character(const char *s)
{
    uint32_t c;
    size_t n = xlgpu_utf8(s, &c);

    return n && c != 0xfffe && c != 0xffff &&
           (c >= 0x20 || c == '\t' || c == '\n') ? n : 0;
}

static void add_text(struct xlgpu_text *t, const char *s)
{
    size_t n;

    for (; *s; s += n ? n : 1) {
        n = character(s);
        switch (n ? *s : '\0') {
        case '\0': add_xml(t, "?"); break;
        case '<': add_xml(t, "&lt;"); break;
        case '>': add_xml(t, "&gt;"); break;
        case '&': add_xml(t, "&amp;"); break;
        case '"': add_xml(t, "&quot;"); break;
        default: xlgpu_text_add(t, s, n);
        }
    }
}

static void add_string(struct xlgpu_text *t, const char *s)
{
    add_xml(t, "<value><string>");
    add_text(t, s);
    add_xml(t, "</string></value>");
}

static void add_member(struct xlgpu_text *t, const char *name)
{
    add_xml(t, "<member><name>");
    add_xml(t, name);
    add_xml(t, "</name>");
}

#define BEGIN "<?xml version='1.0'?><methodResponse>"
#define END "</methodResponse>\n"
#define PARAM_BEGIN "<params><param><value><struct>"
#define PARAM_END "</struct></value></param></params>"

static struct xlgpu_text begin_answer(const char *status)
{
    struct xlgpu_text t = { 0 };

    add_xml(&t, BEGIN PARAM_BEGIN);
    add_member(&t, "Status");
    add_string(&t, status);
    add_xml(&t, "</member>");
    return t;
}

char *xlgpu_rpc_success(const char *value)
{
    struct xlgpu_text t = begin_answer("Success");

    add_member(&t, "Value");
    add_string(&t, value);
    add_xml(&t, "</member>" PARAM_END END);
    return t.s;
}

char *xlgpu_rpc_failure(const char *const *description, size_t n)
{
    struct xlgpu_text t = begin_answer("Failure");
    size_t i;

    add_member(&t, "ErrorDescription");
    add_xml(&t, "<value><array><data>");
    for (i = 0; i < n; i++) add_string(&t, description[i]);
    add_xml(&t, "</data></array></value></member>" PARAM_END END);
    return t.s;
}

char *xlgpu_rpc_fault(int code, const char *why)
{
    char *number = xlgpu_asprintf("<value><int>%d</int></value></member>",
                                  code);
    struct xlgpu_text t = { 0 };

    add_xml(&t, BEGIN "<fault><value><struct>");
    add_member(&t, "faultCode");
    add_xml(&t, number);
    add_member(&t, "faultString");
    add_string(&t, why);
    add_xml(&t, "</member></struct></value></fault>" END);
    free(number);
    return t.s;
}
