/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of xl's stream, which comes from another host, in pieces as long
 * as the first byte says. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "migrate/header.h"
#include "migrate/xlwire.h"

#define UUID "12345678-1234-1234-1234-123456789abc"

static const struct xlgpu_swap swap[] = {
    { { 0, 1, 0x10, 0 }, { 0, 2, 0x11, 3 } },
    { { 0, 0, 0x10, 0 }, { 0, 0, 0x10, 0 } },
};
/* As if it went on to yet another host, with the same places. */
static const struct xlgpu_swap again[] = {
    { { 0, 2, 0x11, 3 }, { 0, 2, 0x11, 3 } },
    { { 0, 0, 0x10, 0 }, { 0, 0, 0x10, 0 } },
};

static struct xlgpu_header reader(const struct xlgpu_swap *swaps)
{
    return (struct xlgpu_header){ .uuid = UUID, .swap = swaps, .n_swaps = 2 };
}

/* The length of the head that h has made. */
static size_t check_head(const struct xlgpu_header *h)
{
    struct xl_header head;
    uint32_t len;

    FUZZ_CHECK(h->len >= sizeof(head) + sizeof(len));
    memcpy(&head, h->buf, sizeof(head));
    memcpy(&len, h->buf + sizeof(head), sizeof(len));
    FUZZ_CHECK(!memcmp(head.magic, XL_MAGIC, sizeof(head.magic)));
    FUZZ_CHECK(head.optional_data_len == sizeof(len) + len);
    FUZZ_CHECK(h->len >= sizeof(head) + head.optional_data_len);
    FUZZ_CHECK(strlen(h->buf + sizeof(head) + sizeof(len)) == len - 1);
    return sizeof(head) + head.optional_data_len;
}

/* Every device in it is one of the target's, or this would refuse it. */
static void check_devices(const struct xlgpu_header *h)
{
    struct xlgpu_header next = reader(again);

    FUZZ_CHECK(xlgpu_header_take(&next, h->buf, h->len) && next.done);
    FUZZ_CHECK(next.len == h->len && !memcmp(next.buf, h->buf, h->len));
    xlgpu_header_dispose(&next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = size && *data ? *data : 4096, at, n, behind;
    struct xlgpu_header h = reader(swap);
    struct xl_header head;
    bool ok = true;

    if (!size) return 0;
    data++;
    size--;
    for (at = 0; ok && !h.done && at < size; at += n) {
        n = size - at < piece ? size - at : piece;
        ok = xlgpu_header_take(&h, data + at, n);
    }
    FUZZ_CHECK(ok ? !h.why : h.why && *h.why && !h.done);
    if (h.done) {
        memcpy(&head, data, sizeof(head));
        behind = at - sizeof(head) - head.optional_data_len;
        FUZZ_CHECK(h.len - check_head(&h) == behind);
        FUZZ_CHECK(!memcmp(h.buf + h.len - behind, data + at - behind,
                           behind));
        check_devices(&h);
    }
    xlgpu_header_dispose(&h);
    return 0;
}
