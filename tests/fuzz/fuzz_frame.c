/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames of a migration: bytes from another host, in pieces as long as
 * the first byte says. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "migrate/frame.h"
#include "migrate/pause.h"
#include "status.h"

#define HEAD_LEN 8

/* What of the input has come out as frames, ALIVE left out. */
struct heard {
    const uint8_t *at, *end;
};

static size_t payload_len(const uint8_t *head)
{
    return (size_t)head[4] << 24 | head[5] << 16 | head[6] << 8 | head[7];
}

static void skip_alive(struct heard *h)
{
    while (h->end - h->at >= HEAD_LEN && !h->at[0]) {
        h->at += HEAD_LEN + payload_len(h->at);
        FUZZ_CHECK(h->at <= h->end);
    }
}

static void check_duration(int64_t us)
{
    FUZZ_CHECK(us >= XLGPU_PAUSE_UNKNOWN && us <= 86400000000ll);
}

static void check_frame(struct heard *h, const struct xlgpu_channel *ch,
                        const struct xlgpu_frame *f)
{
    char text[16];
    int rc;

    skip_alive(h);
    FUZZ_CHECK(f->type > XLGPU_FRAME_ALIVE && f->type < XLGPU_FRAME_TYPES);
    FUZZ_CHECK(f->len <= XLGPU_FRAME_MAX && !f->payload[f->len]);
    FUZZ_CHECK((size_t)(h->end - h->at) >= HEAD_LEN + f->len);
    FUZZ_CHECK(h->at[0] == f->type && payload_len(h->at) == f->len);
    FUZZ_CHECK(!memcmp(h->at + HEAD_LEN, f->payload, f->len));
    h->at += HEAD_LEN + f->len;

    if (!xlgpu_frame_string(f, "why", text, sizeof(text)))
        FUZZ_CHECK(!*text);
    FUZZ_CHECK_STRING(text);
    check_duration(xlgpu_pause_hear_ready(f).vf);
    check_duration(xlgpu_pause_hear_started(f).start);
    rc = xlgpu_frame_refused(ch, f);
    FUZZ_CHECK(rc > XLGPU_OK && rc <= XLGPU_NOT_FOUND);
}

/* Frames until there is none, or what came is none. */
static int take_frames(struct xlgpu_channel *ch, struct heard *h)
{
    struct xlgpu_frame f;
    bool got = true, readable = true;
    int rc = XLGPU_OK;

    while (!rc && got) {
        rc = xlgpu_channel_next(ch, readable, &f, &got);
        FUZZ_CHECK(!rc || !got);
        if (got) check_frame(h, ch, &f);
        readable = false;
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = size && *data ? *data : 4096, n, at;
    struct xlgpu_channel ch;
    struct heard heard;
    int fd[2], rc = XLGPU_OK;

    if (!size) return 0;
    data++;
    size--;
    heard = (struct heard){ data, data + size };
    if (pipe(fd)) abort();
    xlgpu_channel_init(&ch, "h", fd[0], -1, 60);
    for (at = 0; !rc && at < size; at += n) {
        n = size - at < piece ? size - at : piece;
        if (write(fd[1], data + at, n) != (ssize_t)n) abort();
        rc = take_frames(&ch, &heard);
        FUZZ_CHECK(!ch.ended);
    }
    close(fd[1]);
    while (!rc) rc = take_frames(&ch, &heard);
    FUZZ_CHECK(rc == XLGPU_FAILED);
    xlgpu_channel_close(&ch);
    return 0;
}
