/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rpc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "alloc.h"
#include "status.h"
#include "text.h"

/* Where in the call the parser is. */
enum place {
    NOWHERE,
    OUTSIDE,
    CALL,
    METHOD_NAME,
    PARAMS,
    PARAM,
    VALUE,         /* of a parameter */
    STRING,
    STRUCT,
    MEMBER,
    NAME,
    MEMBER_VALUE,
    MEMBER_STRING,
};

static const struct {
    enum place in;
    const char *element;
    enum place to;
} grammar[] = {
    { OUTSIDE, "methodCall", CALL },
    { CALL, "methodName", METHOD_NAME },
    { CALL, "params", PARAMS },
    { PARAMS, "param", PARAM },
    { PARAM, "value", VALUE },
    { VALUE, "string", STRING },
    { VALUE, "struct", STRUCT },
    { STRUCT, "member", MEMBER },
    { MEMBER, "name", NAME },
    { MEMBER, "value", MEMBER_VALUE },
    { MEMBER_VALUE, "string", MEMBER_STRING },
};

#define DEPTH_MAX 9 /* of the grammar, with OUTSIDE */

struct parser {
    XML_Parser xml;
    struct xlgpu_rpc_call *call;
    enum place place[DEPTH_MAX];
    unsigned int depth; /* place[depth] is where it is */
    unsigned int skip;  /* elements deep in a value that is no string */

    struct xlgpu_text text; /* of the innermost place that has one */
    bool has_child;         /* so has a value that is no bare text */

    unsigned int n_params;
    bool is_struct, is_text; /* what the parameter is */
    char *name;              /* of the member; NULL: not seen yet */
    bool has_value;
};

static void refuse(struct parser *p, int fault, const char *why)
{
    if (p->call->fault) return;
    p->call->fault = fault;
    p->call->why = xlgpu_strdup(why);
    XML_StopParser(p->xml, XML_FALSE);
}

static void not_a_call(struct parser *p, const char *why)
{
    refuse(p, XLGPU_RPC_NOT_A_CALL, why);
}

static enum place place_of(enum place in, const char *element)
{
    size_t i;

    for (i = 0; i < sizeof(grammar) / sizeof(grammar[0]); i++)
        if (grammar[i].in == in && !strcmp(grammar[i].element, element))
            return grammar[i].to;
    return NOWHERE;
}

static bool has_text(enum place place)
{
    return place == METHOD_NAME || place == NAME || place == VALUE ||
           place == STRING || place == MEMBER_VALUE ||
           place == MEMBER_STRING;
}

static bool is_blank(const char *text)
{
    return !text[strspn(text, " \t\r\n")];
}

static void start_text(struct parser *p)
{
    p->text = (struct xlgpu_text){ 0 };
    xlgpu_text_add(&p->text, "", 0);
}

static void forget_text(struct parser *p)
{
    free(p->text.s);
    start_text(p);
}

/* A value of another type than string: of an argument, or of a parameter. */
static void wrong_type(struct parser *p)
{
    if (p->place[p->depth] != MEMBER_VALUE) {
        not_a_call(p, "its parameters are not a session and a struct");
        return;
    }
    if (!p->call->bad_arg)
        p->call->bad_arg = xlgpu_strdup(p->name ? p->name : "");
    p->skip = 1;
}

static void begin_member(struct parser *p)
{
    free(p->name);
    p->name = NULL;
    p->has_value = false;
}

static void begin(struct parser *p, enum place to)
{
    if (to == METHOD_NAME && p->call->method)
        not_a_call(p, "it has two method names");
    if (to == PARAM && ++p->n_params > 2)
        not_a_call(p, "it has more than two parameters");
    if (to == PARAM) p->is_struct = p->is_text = false;
    if (to == VALUE && (p->is_struct || p->is_text))
        not_a_call(p, "a parameter has two values");
    if (to == STRUCT) p->is_struct = true;
    if (to == MEMBER) begin_member(p);
    if (to == NAME && p->name) not_a_call(p, "a member has two names");
    if (to == MEMBER_VALUE && p->has_value)
        not_a_call(p, "a member has two values");
    p->has_child = false;
    forget_text(p);
    p->place[++p->depth] = to;
}

static void XMLCALL on_start(void *arg, const char *element,
                             const char **attributes)
{
    struct parser *p = arg;
    enum place in = p->place[p->depth], to = place_of(in, element);

    /* What stops expat does not stop all of its calls. */
    if (p->call->fault) return;
    if (p->skip) {
        p->skip++;
        return;
    }
    if (*attributes) {
        not_a_call(p, "an element has attributes");
    } else if ((in == VALUE || in == MEMBER_VALUE) &&
               (p->has_child || !is_blank(p->text.s))) {
        not_a_call(p, "a value is more than one thing");
    } else if (to != NOWHERE) {
        begin(p, to);
    } else if (in == VALUE || in == MEMBER_VALUE) {
        wrong_type(p);
    } else {
        not_a_call(p, "an element is none of a call's");
    }
}

static char *take_text(struct parser *p)
{
    char *text = p->text.s;

    start_text(p);
    return text;
}

static void end_parameter(struct parser *p)
{
    if (!p->is_struct) p->is_text = true;
    /* The session is for calls to xapi, of which there are none. */
    if (p->n_params == 1 && p->is_struct)
        not_a_call(p, "its first parameter is no session");
    if (p->n_params == 2 && !p->is_struct)
        not_a_call(p, "its second parameter is no struct");
}

/* The value's text, of the member whose name it follows. */
static void add_arg(struct parser *p, char *value)
{
    struct xlgpu_rpc_call *call = p->call;

    p->has_value = true;
    if (!p->name || call->n_args == XLGPU_RPC_ARGS_MAX) {
        free(value);
        not_a_call(p, p->name ? "it has too many arguments"
                              : "a member's value is before its name");
        return;
    }
    if (xlgpu_rpc_arg(call, p->name) && !call->twice)
        call->twice = xlgpu_strdup(p->name);
    call->arg = xlgpu_realloc(call->arg, call->n_args + 1,
                              sizeof(*call->arg));
    call->arg[call->n_args++] =
        (struct xlgpu_rpc_arg){ xlgpu_strdup(p->name), value };
}

static void end(struct parser *p, enum place place)
{
    switch (place) {
    case METHOD_NAME:
        p->call->method = take_text(p);
        break;
    case NAME:
        p->name = take_text(p);
        break;
    case VALUE:
        end_parameter(p);
        break;
    case MEMBER_STRING:
        add_arg(p, take_text(p));
        break;
    case MEMBER_VALUE:
        if (!p->has_child) add_arg(p, take_text(p));
        break;
    case MEMBER:
        if (!p->name || !p->has_value)
            not_a_call(p, "a member lacks its name or its value");
        break;
    case PARAM:
        if (!p->is_struct && !p->is_text)
            not_a_call(p, "a parameter has no value");
        break;
    default:
        break;
    }
    p->has_child = true;
}

static void XMLCALL on_end(void *arg, const char *element)
{
    struct parser *p = arg;

    (void)element;
    if (p->call->fault) return;
    if (p->skip) {
        if (!--p->skip) {
            p->has_child = p->has_value = true;
            forget_text(p);
        }
        return;
    }
    end(p, p->place[p->depth--]);
}

static void XMLCALL on_text(void *arg, const char *text, int len)
{
    struct parser *p = arg;
    int i;

    if (p->call->fault || p->skip) return;
    if (has_text(p->place[p->depth]) && !p->has_child) {
        xlgpu_text_add(&p->text, text, len);
        return;
    }
    for (i = 0; i < len; i++)
        /* A NUL is none. NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        if (!memchr(" \t\r\n", text[i], 4)) {
            not_a_call(p, "there is text where a call has none");
            return;
        }
}

/* Without one there are no entities, so that none can grow. */
static void XMLCALL on_doctype(void *arg, const char *name,
                               const char *sysid, const char *pubid,
                               int has_internal)
{
    (void)name, (void)sysid, (void)pubid, (void)has_internal;
    not_a_call(arg, "it has a document type");
}

static void check_whole(struct parser *p)
{
    if (!p->call->method || !*p->call->method)
        not_a_call(p, "it has no method name");
    else if (p->n_params != 2)
        not_a_call(p, "its parameters are not a session and a struct");
}

void xlgpu_rpc_parse(const char *text, struct xlgpu_rpc_call *call)
{
    struct parser p = { .call = call, .place = { OUTSIDE } };
    size_t len = strlen(text);

    *call = (struct xlgpu_rpc_call){ 0 };
    p.xml = XML_ParserCreate(NULL);
    if (!p.xml) exit(xlgpu_fail(XLGPU_FAILED, "memory", NULL, "none is left"));
    forget_text(&p);
    XML_SetUserData(p.xml, &p);
    XML_SetElementHandler(p.xml, on_start, on_end);
    XML_SetCharacterDataHandler(p.xml, on_text);
    XML_SetStartDoctypeDeclHandler(p.xml, on_doctype);
    if (XML_Parse(p.xml, text, len, XML_TRUE) == XML_STATUS_ERROR)
        refuse(&p, XLGPU_RPC_NOT_XML,
               XML_ErrorString(XML_GetErrorCode(p.xml)));
    check_whole(&p);
    XML_ParserFree(p.xml);
    free(p.text.s);
    free(p.name);
}

void xlgpu_rpc_dispose(struct xlgpu_rpc_call *call)
{
    size_t i;

    for (i = 0; i < call->n_args; i++) {
        free(call->arg[i].name);
        free(call->arg[i].value);
    }
    free(call->arg);
    free(call->method);
    free(call->why);
    free(call->bad_arg);
    free(call->twice);
    *call = (struct xlgpu_rpc_call){ 0 };
}

const char *xlgpu_rpc_arg(const struct xlgpu_rpc_call *call, const char *name)
{
    size_t i;

    for (i = 0; i < call->n_args; i++)
        if (!strcmp(call->arg[i].name, name)) return call->arg[i].value;
    return NULL;
}
