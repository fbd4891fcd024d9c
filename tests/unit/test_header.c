/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>

#include "migrate/header.h"
#include "migrate/xlwire.h"

#define UUID "12345678-1234-1234-1234-123456789abc"
#define GUEST "{\"c_info\":{\"name\":\"g\",\"uuid\":\"" UUID "\"}"

/* What xl migrate sends of a config, and the first bytes behind it. */
static char *stream(const char *json, size_t *len_r)
{
    struct xl_header head = { XL_MAGIC, XL_BYTE_ORDER, XL_FLAG_JSON, 0, 0 };
    uint32_t len = strlen(json) + 1;
    char *text = NULL;
    FILE *f = open_memstream(&text, len_r);

    head.optional_data_len = sizeof(len) + len;
    fwrite(&head, sizeof(head), 1, f);
    fwrite(&len, sizeof(len), 1, f);
    fwrite(json, 1, len, f);
    fwrite("MORE", 1, 4, f);
    fclose(f);
    return text;
}

static struct xlgpu_header reader(void)
{
    static const struct xlgpu_swap swap[] = {
        { { 0, 1, 0x10, 0 }, { 0, 2, 0x11, 3 } },
        { { 0, 0, 0x10, 0 }, { 0, 0, 0x10, 0 } },
    };

    return (struct xlgpu_header){ .uuid = UUID, .swap = swap, .n_swaps = 2 };
}

/* The config that goes on, in pieces of that many bytes. */
static void passes(const char *json, const char *expected, size_t piece)
{
    struct xlgpu_header h = reader();
    struct xl_header head;
    uint32_t n;
    size_t len, at;
    char *s = stream(json, &len);

    for (at = 0; !h.done; at += piece) {
        assert_true(at < len);
        assert_true(xlgpu_header_take(&h, s + at,
                                      at + piece > len ? len - at : piece));
    }
    memcpy(&head, h.buf, sizeof(head));
    memcpy(&n, h.buf + sizeof(head), sizeof(n));
    assert_string_equal(h.buf + sizeof(head) + sizeof(n), expected);
    assert_int_equal(n, strlen(expected) + 1);
    assert_int_equal(head.optional_data_len, n + sizeof(n));
    if (piece >= len)
        assert_memory_equal(h.buf + h.len - 4, "MORE", 4);
    xlgpu_header_dispose(&h);
    free(s);
}

static void the_devices_are_the_targets(void **state)
{
    (void)state;
    passes(GUEST ",\"pcidevs\":[{\"bus\":1,\"dev\":16,\"vdevfn\":48,"
                 "\"rdm_policy\":\"strict\"},{\"dev\":16}],\"x\":1.50}",
           GUEST ",\"pcidevs\":[{\"domain\":0,\"bus\":2,\"dev\":17,"
                 "\"func\":3,\"vdevfn\":48,\"rdm_policy\":\"strict\"},"
                 "{\"domain\":0,\"bus\":0,\"dev\":16,\"func\":0}],"
                 "\"x\":1.50}", 1 << 20);
}

static void it_comes_in_any_pieces(void **state)
{
    size_t piece;

    (void)state;
    for (piece = 1; piece < 90; piece++)
        passes(GUEST ",\"b\":[true,null,\"\\n\\\"\"]}",
               GUEST ",\"b\":[true,null,\"\\n\\\"\"]}", piece);
}

static void refuses(const char *json, const char *why)
{
    struct xlgpu_header h = reader();
    size_t len;
    char *s = stream(json, &len);

    assert_false(xlgpu_header_take(&h, s, len));
    assert_string_equal(h.why, why);
    xlgpu_header_dispose(&h);
    free(s);
}

static void what_was_not_spoken_of_is_refused(void **state)
{
    (void)state;
    refuses(GUEST ",\"pcidevs\":[{\"bus\":1,\"dev\":17}]}",
            "it has a device that was not spoken of");
    refuses("{\"c_info\":{\"uuid\":\"00000000-1234-1234-1234-123456789abc\"}}",
            "it is of another guest");
    refuses("{\"c_info\":[]}", "it is of another guest");
    refuses(GUEST ",\"pcidevs\":{}}", "its pcidevs is not a list");
    refuses(GUEST ",\"pcidevs\":[7]}",
            "its pcidevs has what is no device");
    refuses("[]", "its config is no object");
    refuses("{", "its config is not JSON");
    refuses("", "its config is not JSON");
}

static void nesting_is_bounded(void **state)
{
    const size_t deep = 500000;
    char *json = malloc(deep + 1);

    (void)state;
    memset(json, '[', deep);
    json[deep] = '\0';
    refuses(json, "its config is nested too deep");
    free(json);
}

/* The head itself, at each of its places. */
static void a_garbled_head_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *why;
    } wrong[] = {
        { 0, 0, "it is not what xl migrate sends" },
        { 32, 0x04030201, "it is not what xl migrate sends" },
        { 36, 0, "it has no config as JSON" },
        { 44, 0, "its head has no sane length" },
        { 44, 3, "its head has no sane length" },
        { 44, 0xffffffff, "its head has no sane length" },
        { 48, 0, "its config has no sane length" },
        { 48, 0xffffffff, "its config has no sane length" },
        { 48, 5, "its config has no sane length" },
    };
    struct xlgpu_header h;
    size_t i, len;
    char *s;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        h = reader();
        s = stream(GUEST "}", &len);
        memcpy(s + wrong[i].at, &wrong[i].value, sizeof(wrong[i].value));
        assert_false(xlgpu_header_take(&h, s, len));
        assert_string_equal(h.why, wrong[i].why);
        xlgpu_header_dispose(&h);
        free(s);
    }
}

UNIT_TESTS(the_devices_are_the_targets, it_comes_in_any_pieces,
           what_was_not_spoken_of_is_refused, nesting_is_bounded,
           a_garbled_head_is_refused)
