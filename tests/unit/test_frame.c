/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <unistd.h>

#include "migrate/block.h"
#include "migrate/frame.h"
#include "status.h"

static char said[512];

static void keep(enum xlgpu_status status, const char *what, const char *why,
                 const char *remedy)
{
    (void)status;
    (void)what;
    (void)remedy;
    strncpy(said, why, sizeof(said) - 1);
}

struct pair {
    struct xlgpu_channel a, b;
};

static struct pair connected(void)
{
    struct pair p;
    int to[2], from[2];

    assert_int_equal(pipe(to) | pipe(from), 0);
    xlgpu_channel_init(&p.a, "b", from[0], to[1], 5);
    xlgpu_channel_init(&p.b, "a", to[0], from[1], 5);
    return p;
}

static void disconnect(struct pair *p)
{
    xlgpu_channel_close(&p->a);
    xlgpu_channel_close(&p->b);
}

static void frames_arrive_as_they_were_sent(void **state)
{
    struct pair p = connected();
    struct xlgpu_frame f;
    char text[16];

    (void)state;
    assert_int_equal(xlgpu_channel_say(&p.a, XLGPU_FRAME_QUERY, "question",
                                       "runs", "uuid", "\"$(x)\"", XLGPU_END), 0);
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_ALIVE, NULL, 0), 0);
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_GO, "{}", 2), 0);
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_QUERY, &f), 0);
    assert_true(xlgpu_frame_string(&f, "question", text, sizeof(text)));
    assert_string_equal(text, "runs");
    assert_true(xlgpu_frame_string(&f, "uuid", text, sizeof(text)));
    assert_string_equal(text, "\"$(x)\"");
    assert_false(xlgpu_frame_string(&f, "uuid", text, 4));
    assert_false(xlgpu_frame_string(&f, "other", text, sizeof(text)));
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_GO, &f), 0);
    disconnect(&p);
}

static void a_refusal_has_its_status_and_reason(void **state)
{
    struct pair p = connected();
    struct xlgpu_frame f;

    (void)state;
    xlgpu_fail_divert(keep);
    xlgpu_channel_say(&p.a, XLGPU_FRAME_REFUSED, "status", "5", "why",
                      "all are held", "remedy", "wait", XLGPU_END);
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_OFFER, &f),
                     XLGPU_NO_ROOM);
    assert_string_equal(said, "all are held");
    xlgpu_channel_say(&p.a, XLGPU_FRAME_REFUSED, "status", "0", XLGPU_END);
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_OFFER, &f),
                     XLGPU_FAILED);
    xlgpu_fail_divert(NULL);
    disconnect(&p);
}

static void what_is_no_frame_is_said(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *why;
    } wrong[] = {
        { "Welcome to host2\n", 17, "it does not speak xl-gpu's protocol" },
        { "\x11\0\0\0\0\0\0\0", 8, "it does not speak xl-gpu's protocol" },
        { "\1\0\0\1\0\0\0\0", 8, "it does not speak xl-gpu's protocol" },
        { "\1\0\0\0\xff\xff\xff\xff", 8,
          "it does not speak xl-gpu's protocol" },
        { "\1\0\0\0\0\0\0\5{}", 10, "the connection ended" },
        { "\1\0\0", 3, "the connection ended" },
        { "", 0, "the connection ended" },
        { "\2\0\0\0\0\0\0\0", 8, "it said moving where hello was expected" },
    };
    struct xlgpu_frame f;
    struct pair p;
    size_t i;

    (void)state;
    xlgpu_fail_divert(keep);
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        p = connected();
        if (wrong[i].len)
            assert_int_equal(write(p.a.out, wrong[i].bytes, wrong[i].len),
                             wrong[i].len);
        close(p.a.out);
        p.a.out = -1;
        assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_HELLO, &f),
                         XLGPU_FAILED);
        assert_string_equal(said, wrong[i].why);
        disconnect(&p);
    }
    xlgpu_fail_divert(NULL);
}

static void a_silent_peer_is_gone(void **state)
{
    struct pair p = connected();
    struct xlgpu_frame f;

    (void)state;
    xlgpu_fail_divert(keep);
    p.b.silence = 1;
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_HELLO, &f),
                     XLGPU_FAILED);
    assert_string_equal(said, "it does not answer");
    xlgpu_fail_divert(NULL);
    /* What waits to be read was said in time. */
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_GO, "{}", 2), 0);
    p.b.heard -= 60000;
    assert_int_equal(xlgpu_channel_expect(&p.b, XLGPU_FRAME_GO, &f), 0);
    disconnect(&p);
}

/* Waiting for ever would be ended by the alarm. */
static void a_peer_that_takes_nothing_is_gone(void **state)
{
    static const char block[1 << 20];
    struct pair p = connected();

    (void)state;
    xlgpu_fail_divert(keep);
    p.a.silence = 1;
    alarm(30);
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_DATA, block,
                                        sizeof(block)), XLGPU_FAILED);
    assert_string_equal(said, "it takes nothing any more");
    assert_int_equal(xlgpu_channel_send(&p.a, XLGPU_FRAME_ABORT, "{}", 2),
                     XLGPU_FAILED);
    assert_string_equal(said, "the connection is closed");
    alarm(0);
    xlgpu_fail_divert(NULL);
    disconnect(&p);
}

static void blocks_come_out_as_they_went_in(void **state)
{
    static char data[XLGPU_BLOCK_MAX], out[XLGPU_BLOCK_MAX];
    const size_t lens[] = { 0, 1, 4096, XLGPU_BLOCK_MAX };
    struct xlgpu_packer packer;
    const void *block;
    size_t i, n, len;
    bool compress;

    (void)state;
    for (i = 0; i < sizeof(data); i++) data[i] = i < 8192 ? rand() : 0;
    for (i = 0; i < 8; i++) {
        compress = i & 1;
        n = lens[i / 2];
        xlgpu_packer_init(&packer, compress);
        block = xlgpu_pack(&packer, data, n, &len);
        memset(out, 0x55, sizeof(out));
        assert_true(xlgpu_unpack(block, len, out, &len));
        assert_int_equal(len, n);
        assert_memory_equal(out, data, n);
        if (compress && n == XLGPU_BLOCK_MAX)
            assert_true(packer.bytes_out < n / 50);
        xlgpu_packer_dispose(&packer);
    }
}

static void a_damaged_block_is_refused(void **state)
{
    static char out[XLGPU_BLOCK_MAX], big[XLGPU_BLOCK_MAX + 2] = "-";
    size_t len;

    (void)state;
    assert_false(xlgpu_unpack("", 0, out, &len));
    assert_false(xlgpu_unpack("x123", 4, out, &len));
    assert_false(xlgpu_unpack("z123", 4, out, &len));
    assert_false(xlgpu_unpack(big, sizeof(big), out, &len));
}

UNIT_TESTS(frames_arrive_as_they_were_sent,
           a_refusal_has_its_status_and_reason, what_is_no_frame_is_said,
           a_silent_peer_is_gone, a_peer_that_takes_nothing_is_gone,
           blocks_come_out_as_they_went_in,
           a_damaged_block_is_refused)
