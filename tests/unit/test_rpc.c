/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xapi's calls, as its xMLRPC.ml and xml.ml write them, and what it reads. */
#include "unit.h"

#include "alloc.h"
#include "xapi/rpc.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* As xapi writes a call: no declaration, no spaces, bare values. */
#define CALL(name, args)                                                  \
    "<methodCall><methodName>" name "</methodName><params><param><value>" \
    "OpaqueRef:abc</value></param><param><value>" args                    \
    "</value></param></params></methodCall>"
#define ARG(name, value) "<member><name>" name "</name>" value "</member>"
#define STRING(s) "<value>" s "</value>"
#define ARGS(members) "<struct>" members "</struct>"

static struct xlgpu_rpc_call call;

static void parse(const char *text)
{
    xlgpu_rpc_parse(text, &call);
    if (call.fault) fail_msg("%s: %s", text, call.why);
    assert_null(call.bad_arg);
    assert_null(call.twice);
}

/* ---- What xapi sends ---- */

static void a_call_without_arguments(void **state)
{
    (void)state;
    parse(CALL("list", "<struct/>"));
    assert_string_equal(call.method, "list");
    assert_int_equal(call.n_args, 0);
    assert_null(xlgpu_rpc_arg(&call, "gpu"));
    xlgpu_rpc_dispose(&call);
}

static void a_call_with_arguments(void **state)
{
    (void)state;
    parse(CALL("partition", ARGS(ARG("gpu", STRING("0000:41:00.0"))
                                 ARG("count", STRING("4")))));
    assert_string_equal(call.method, "partition");
    assert_int_equal(call.n_args, 2);
    assert_string_equal(xlgpu_rpc_arg(&call, "gpu"), "0000:41:00.0");
    assert_string_equal(xlgpu_rpc_arg(&call, "count"), "4");
    xlgpu_rpc_dispose(&call);
}

/* xmlrpc.client's, of Python, which others use to try a plugin. */
static void a_call_that_python_wrote(void **state)
{
    (void)state;
    parse("<?xml version='1.0'?>\n<methodCall>\n<methodName>reserve"
          "</methodName>\n<params>\n<param>\n<value><string>OpaqueRef:abc"
          "</string></value>\n</param>\n<param>\n<value><struct>\n<member>\n"
          "<name>vm</name>\n<value><string>u</string></value>\n</member>\n"
          "</struct></value>\n</param>\n</params>\n</methodCall>\n");
    assert_string_equal(call.method, "reserve");
    assert_string_equal(xlgpu_rpc_arg(&call, "vm"), "u");
    xlgpu_rpc_dispose(&call);
}

static void strings_are_taken_as_they_are(void **state)
{
    static const struct {
        const char *xml, *text;
    } strings[] = {
        { "<value/>", "" },
        { "<value></value>", "" },
        { "<value><string/></value>", "" },
        { "<value>  </value>", "  " },
        { "<value> <string> a </string>\n</value>", " a " },
        { "<value>&lt;b&gt; &amp;&amp; &quot;c&quot;</value>",
          "<b> && \"c\"" },
        { "<value>'; rm -rf / #$(x)`</value>", "'; rm -rf / #$(x)`" },
        { "<value>\xc3\xa9&#233;</value>", "\xc3\xa9\xc3\xa9" },
        { "<value><![CDATA[<&]]>]</value>", "<&]" },
        { "<value>a<!-- no -->b</value>", "ab" },
    };
    char *text;
    size_t i;

    (void)state;
    for (i = 0; i < LENGTH(strings); i++) {
        text = xlgpu_asprintf(CALL("f", ARGS(ARG("a", "%s"))),
                              strings[i].xml);
        parse(text);
        assert_string_equal(xlgpu_rpc_arg(&call, "a"), strings[i].text);
        xlgpu_rpc_dispose(&call);
        free(text);
    }
}

static void string_of(size_t n)
{
    char *value = xlgpu_zalloc(n + 1, 1), *text;
    size_t i;

    for (i = 0; i < n; i++) value[i] = "ab\n"[i % 3];
    text = xlgpu_asprintf(CALL("f", ARGS(ARG("a", STRING("%s")))), value);
    parse(text);
    assert_string_equal(xlgpu_rpc_arg(&call, "a"), value);
    xlgpu_rpc_dispose(&call);
    free(value);
    free(text);
}

static void a_long_string(void **state)
{
    (void)state;
    /* What the kernel lets one argument have, less the rest of the call. */
    string_of(128 * 1024 - 512);
    string_of(10 * 1024 * 1024);
}

/* ---- What is wrong ---- */

#define DEEP_16 "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"

static void what_is_no_call_is_a_fault(void **state)
{
    static const struct {
        const char *text;
        int fault;
    } wrong[] = {
        { "", XLGPU_RPC_NOT_XML },
        { "list", XLGPU_RPC_NOT_XML },
        { "<methodCall>", XLGPU_RPC_NOT_XML },
        { "<methodCall><methodName>f</methodName></params></methodCall>",
          XLGPU_RPC_NOT_XML },
        { CALL("f", "<struct/>") "<methodCall/>", XLGPU_RPC_NOT_XML },
        { CALL("f", ARGS(ARG("a", STRING("&bomb;")))), XLGPU_RPC_NOT_XML },
        { CALL("f", ARGS(ARG("a", STRING("&#0;")))), XLGPU_RPC_NOT_XML },
        { CALL("f", ARGS(ARG("a", STRING("\xff")))), XLGPU_RPC_NOT_XML },
        { "<?xml version='1.0' encoding='no-such'?>" CALL("f", "<struct/>"),
          XLGPU_RPC_NOT_XML },
        { "<methodResponse/>", XLGPU_RPC_NOT_A_CALL },
        { "<methodCall/>", XLGPU_RPC_NOT_A_CALL },
        { "<methodCall><methodName>f</methodName></methodCall>",
          XLGPU_RPC_NOT_A_CALL },
        { CALL("", "<struct/>"), XLGPU_RPC_NOT_A_CALL },
        { CALL("f</methodName><methodName>g", "<struct/>"),
          XLGPU_RPC_NOT_A_CALL },
        { CALL("f", "a string"), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", "<array><data/></array>"), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", "<struct/>text"), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", "text<struct/>"), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", "<struct/><struct/>"), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", "<struct/></value></param><param><value>a"),
          XLGPU_RPC_NOT_A_CALL },
        { CALL("f", "<struct/></value><value>a"), XLGPU_RPC_NOT_A_CALL },
        { "<methodCall><methodName>f</methodName><params><param><value>"
          "<struct/></value></param></params></methodCall>",
          XLGPU_RPC_NOT_A_CALL },
        { "<methodCall><methodName>f</methodName><params><param/>"
          "</params></methodCall>", XLGPU_RPC_NOT_A_CALL },
        { CALL("f", "<struct a='b'/>"), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", ARGS("<member/>")), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", ARGS("<member><name>a</name></member>")),
          XLGPU_RPC_NOT_A_CALL },
        { CALL("f", ARGS("<member>" STRING("b") "</member>")),
          XLGPU_RPC_NOT_A_CALL },
        { CALL("f", ARGS("<member>" STRING("b") "<name>a</name></member>")),
          XLGPU_RPC_NOT_A_CALL },
        { CALL("f", ARGS("<member><name>a</name><name>b</name>" STRING("c")
                         "</member>")), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", ARGS("<member><name>a</name>" STRING("b") STRING("c")
                         "</member>")), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", ARGS("text")), XLGPU_RPC_NOT_A_CALL },
        { CALL("f", DEEP_16), XLGPU_RPC_NOT_A_CALL },
        { "<!DOCTYPE methodCall>" CALL("f", "<struct/>"),
          XLGPU_RPC_NOT_A_CALL },
        { "<!DOCTYPE m [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>"
          CALL("f", ARGS(ARG("a", STRING("&b;")))), XLGPU_RPC_NOT_A_CALL },
        { "<!DOCTYPE m SYSTEM \"file:///etc/passwd\">"
          CALL("f", "<struct/>"), XLGPU_RPC_NOT_A_CALL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < LENGTH(wrong); i++) {
        xlgpu_rpc_parse(wrong[i].text, &call);
        if (call.fault != wrong[i].fault)
            fail_msg("%s: fault %d: %s", wrong[i].text, call.fault,
                     call.why ? call.why : "none");
        assert_true(call.why && *call.why);
        xlgpu_rpc_dispose(&call);
    }
}

static void an_argument_that_is_no_string(void **state)
{
    static const char *const values[] = {
        "<value><int>4</int></value>",
        "<value><i4>4</i4></value>",
        "<value><boolean>1</boolean></value>",
        "<value><nil/></value>",
        "<value><struct><member><name>b</name><value>c</value></member>"
        "</struct></value>",
        "<value><array><data><value>b</value></data></array></value>",
        "<value><gpu>b</gpu></value>",
        "<value>" DEEP_16 "</a></a></a></a></a></a></a></a></a></a></a></a>"
        "</a></a></a></a></value>",
    };
    char *text;
    size_t i;

    (void)state;
    for (i = 0; i < LENGTH(values); i++) {
        text = xlgpu_asprintf(CALL("f", ARGS(ARG("good", STRING("1"))
                                             ARG("bad", "%s"))), values[i]);
        xlgpu_rpc_parse(text, &call);
        assert_int_equal(call.fault, 0);
        assert_string_equal(call.bad_arg, "bad");
        assert_string_equal(xlgpu_rpc_arg(&call, "good"), "1");
        assert_null(xlgpu_rpc_arg(&call, "bad"));
        assert_null(xlgpu_rpc_arg(&call, "b"));
        xlgpu_rpc_dispose(&call);
        free(text);
    }
}

static void an_argument_that_is_given_twice(void **state)
{
    (void)state;
    xlgpu_rpc_parse(CALL("f", ARGS(ARG("a", STRING("1"))
                                   ARG("a", STRING("2")))), &call);
    assert_int_equal(call.fault, 0);
    assert_string_equal(call.twice, "a");
    xlgpu_rpc_dispose(&call);
}

/* 64 arguments are taken, and no more. */
static void too_many_arguments(void **state)
{
    unsigned int i, n;
    char *args, *text;

    (void)state;
    for (n = 64; n <= 65; n++) {
        args = xlgpu_strdup("");
        for (i = 0; i < n; i++) {
            text = xlgpu_asprintf("%s" ARG("a%u", STRING("1")), args, i);
            free(args);
            args = text;
        }
        text = xlgpu_asprintf(CALL("f", ARGS("%s")), args);
        xlgpu_rpc_parse(text, &call);
        assert_int_equal(call.fault, n > 64 ? XLGPU_RPC_NOT_A_CALL : 0);
        xlgpu_rpc_dispose(&call);
        free(args);
        free(text);
    }
}

/* No stack grows with the call. */
static void a_hundred_thousand_elements_deep(void **state)
{
    size_t n = 100000, i;
    char *deep = xlgpu_zalloc(3 * n + 1, 1), *text;

    (void)state;
    for (i = 0; i < n; i++) memcpy(deep + 3 * i, "<a>", 3);
    text = xlgpu_asprintf(CALL("f", ARGS(ARG("a", "<value>%s"))), deep);
    xlgpu_rpc_parse(text, &call);
    assert_int_equal(call.fault, XLGPU_RPC_NOT_XML); /* none is closed */
    xlgpu_rpc_dispose(&call);
    free(text);
    free(deep);
}

/* ---- The answers, to the byte ---- */

static void a_success(void **state)
{
    char *xml = xlgpu_rpc_success("{\"ok\":true}");

    (void)state;
    assert_string_equal(
        xml,
        "<?xml version='1.0'?><methodResponse><params><param><value><struct>"
        "<member><name>Status</name><value><string>Success</string></value>"
        "</member><member><name>Value</name><value><string>"
        "{&quot;ok&quot;:true}</string></value></member></struct></value>"
        "</param></params></methodResponse>\n");
    free(xml);
}

static void a_failure(void **state)
{
    static const char *const description[] = { "UUID_INVALID", "VM", "<&>" };
    char *xml = xlgpu_rpc_failure(description, LENGTH(description));

    (void)state;
    assert_string_equal(
        xml,
        "<?xml version='1.0'?><methodResponse><params><param><value><struct>"
        "<member><name>Status</name><value><string>Failure</string></value>"
        "</member><member><name>ErrorDescription</name><value><array><data>"
        "<value><string>UUID_INVALID</string></value>"
        "<value><string>VM</string></value>"
        "<value><string>&lt;&amp;&gt;</string></value>"
        "</data></array></value></member></struct></value></param></params>"
        "</methodResponse>\n");
    free(xml);
}

static void a_fault(void **state)
{
    char *xml = xlgpu_rpc_fault(-32700, "no element found");

    (void)state;
    assert_string_equal(
        xml,
        "<?xml version='1.0'?><methodResponse><fault><value><struct>"
        "<member><name>faultCode</name><value><int>-32700</int></value>"
        "</member><member><name>faultString</name><value><string>"
        "no element found</string></value></member></struct></value></fault>"
        "</methodResponse>\n");
    free(xml);
}

/* xapi's parser would take none of them. */
static void bytes_that_xml_can_not_have(void **state)
{
    static const struct {
        const char *text, *xml;
    } texts[] = {
        { "a\tb\nc", "a\tb\nc" },
        { "\x01\x1b\r\x7f", "???\x7f" },
        { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
          "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
        { "\xff\x80", "??" },
        { "\xc3", "?" },               /* cut */
        { "\xe2\x82", "??" },
        { "\xc0\xaf", "??" },          /* longer than it need be */
        { "\xed\xa0\x80", "???" },     /* a surrogate */
        { "\xef\xbf\xbf", "???" },     /* U+FFFF */
        { "\xf4\x90\x80\x80", "????" } /* beyond U+10FFFF */
    };
    char *xml, *found;
    size_t i;

    (void)state;
    for (i = 0; i < LENGTH(texts); i++) {
        xml = xlgpu_rpc_success(texts[i].text);
        found = strstr(xml, "Value</name><value><string>");
        assert_non_null(found);
        found += strlen("Value</name><value><string>");
        *strstr(found, "</string>") = '\0';
        assert_string_equal(found, texts[i].xml);
        free(xml);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_without_arguments),
        cmocka_unit_test(a_call_with_arguments),
        cmocka_unit_test(a_call_that_python_wrote),
        cmocka_unit_test(strings_are_taken_as_they_are),
        cmocka_unit_test(a_long_string),
        cmocka_unit_test(what_is_no_call_is_a_fault),
        cmocka_unit_test(an_argument_that_is_no_string),
        cmocka_unit_test(an_argument_that_is_given_twice),
        cmocka_unit_test(too_many_arguments),
        cmocka_unit_test(a_hundred_thousand_elements_deep),
        cmocka_unit_test(a_success),
        cmocka_unit_test(a_failure),
        cmocka_unit_test(a_fault),
        cmocka_unit_test(bytes_that_xml_can_not_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
