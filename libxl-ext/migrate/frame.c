/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "alloc.h"
#include "json.h"
#include "status.h"

#define HEAD_LEN 8
#define ALIVE_MS 3000
/* A peer that takes nothing is waited for that long, if it is alive. */
#define BUSY_S 600
#define READ_AT_ONCE (256u << 10)

static const char *const names[XLGPU_FRAME_TYPES] = {
    "alive", "hello", "moving", "offer", "reserve", "reserved",
    "receiving", "data", "ready", "go", "started", "close", "abort",
    "aborted", "query", "state", "refused", "inventory", "layout",
};

const char *xlgpu_frame_name(enum xlgpu_frame_type type)
{
    return type < XLGPU_FRAME_TYPES ? names[type] : "none";
}

int64_t xlgpu_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void xlgpu_channel_init(struct xlgpu_channel *ch, const char *peer, int in,
                        int out, unsigned int silence)
{
    *ch = (struct xlgpu_channel){ .peer = peer, .in = in, .out = out,
                                  .silence = silence };
    ch->heard = ch->said = ch->spoken = xlgpu_now_ms();
    /* Otherwise a write of more than the pipe takes waits without a bound. */
    if (out >= 0) fcntl(out, F_SETFL, fcntl(out, F_GETFL) | O_NONBLOCK);
}

void xlgpu_channel_close(struct xlgpu_channel *ch)
{
    if (ch->in >= 0) close(ch->in);
    if (ch->out >= 0 && ch->out != ch->in) close(ch->out);
    free(ch->buf);
    free(ch->payload);
    *ch = (struct xlgpu_channel){ .peer = ch->peer, .in = -1, .out = -1 };
}

static int is_gone(const struct xlgpu_channel *ch, const char *why)
{
    return xlgpu_fail(XLGPU_FAILED, ch->peer,
                      "see what it says above, and its xl gpu-precheck",
                      "%s", why);
}

static bool is_over(int64_t since, unsigned int seconds)
{
    return xlgpu_now_ms() - since > seconds * 1000LL;
}

/* ---- What came ---- */

static void make_room(struct xlgpu_channel *ch)
{
    /* The frame that was given out last is over. */
    if (ch->eaten)
        memmove(ch->buf, ch->buf + ch->eaten, ch->used - ch->eaten);
    ch->used -= ch->eaten;
    ch->eaten = 0;
    if (ch->size - ch->used >= READ_AT_ONCE / 2) return;
    ch->size = ch->used + READ_AT_ONCE;
    ch->buf = xlgpu_realloc(ch->buf, ch->size + 1, 1);
}

static int take(struct xlgpu_channel *ch)
{
    ssize_t r;

    make_room(ch);
    r = read(ch->in, ch->buf + ch->used, ch->size - ch->used);
    if (r < 0 && (errno == EINTR || errno == EAGAIN)) return XLGPU_OK;
    ch->ended = !r;
    if (r <= 0) return is_gone(ch, "the connection ended");
    ch->used += r;
    ch->heard = xlgpu_now_ms();
    return XLGPU_OK;
}

/* ---- Sending ---- */

static int stuck(struct xlgpu_channel *ch, const char *why)
{
    ch->stuck = true;
    return is_gone(ch, why);
}

/* A peer that is busy takes nothing for a while, but says that it is alive:
 * that is kept for later. */
static int wait_to_send(struct xlgpu_channel *ch, int64_t since, bool *ready_r)
{
    struct pollfd pfd[] = { { .fd = ch->out, .events = POLLOUT },
                            { .fd = ch->in, .events = POLLIN } };
    int r = poll(pfd, ch->used < XLGPU_FRAME_MAX ? 2 : 1, 1000);
    int rc = XLGPU_OK;

    *ready_r = r > 0 && pfd[0].revents;
    if (*ready_r) return rc;
    if (r > 0 && pfd[1].revents) rc = take(ch);
    if (!rc && is_over(since, ch->silence) &&
        (is_over(ch->heard, ch->silence) || is_over(since, BUSY_S)))
        rc = stuck(ch, "it takes nothing any more");
    return rc;
}

static int send_all(struct xlgpu_channel *ch, const char *p, size_t len)
{
    int64_t since = xlgpu_now_ms();
    bool ready;
    ssize_t r;
    int rc;

    while (len) {
        rc = wait_to_send(ch, since, &ready);
        if (rc) return rc;
        if (!ready) continue;
        r = write(ch->out, p, len);
        if (r < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (r < 0) return stuck(ch, "the connection is broken");
        p += r;
        len -= r;
        since = xlgpu_now_ms();
    }
    ch->said = xlgpu_now_ms();
    return XLGPU_OK;
}

int xlgpu_channel_send(struct xlgpu_channel *ch, enum xlgpu_frame_type type,
                       const void *payload, size_t len)
{
    uint32_t head[2] = { htobe32((uint32_t)type << 24), htobe32(len) };
    int rc;

    if (ch->out < 0 || ch->stuck)
        return is_gone(ch, "the connection is closed");
    rc = send_all(ch, (const char *)head, sizeof(head));
    if (!rc) rc = send_all(ch, payload, len);
    if (type != XLGPU_FRAME_ALIVE) ch->spoken = ch->said;
    return rc;
}

int xlgpu_channel_say(struct xlgpu_channel *ch, enum xlgpu_frame_type type,
                      ...)
{
    yajl_gen gen = yajl_gen_alloc(NULL);
    const unsigned char *text;
    const char *word;
    size_t len;
    va_list ap;
    int rc;

    yajl_gen_map_open(gen);
    va_start(ap, type);
    while ((word = va_arg(ap, const char *)))
        yajl_gen_string(gen, (const unsigned char *)word, strlen(word));
    va_end(ap);
    yajl_gen_map_close(gen);
    yajl_gen_get_buf(gen, &text, &len);
    rc = xlgpu_channel_send(ch, type, text, len);
    yajl_gen_free(gen);
    return rc;
}

int xlgpu_channel_keep(struct xlgpu_channel *ch)
{
    if (xlgpu_now_ms() - ch->said < ALIVE_MS) return XLGPU_OK;
    return xlgpu_channel_send(ch, XLGPU_FRAME_ALIVE, NULL, 0);
}

/* ---- Receiving ---- */

/* The head of the frame at the buffer's front, once all of it is there. */
static int parse(struct xlgpu_channel *ch, struct xlgpu_frame *f, bool *got)
{
    const char *p = ch->buf + ch->eaten;
    uint32_t head[2], type;

    *got = false;
    if (ch->used - ch->eaten < HEAD_LEN) return XLGPU_OK;
    memcpy(head, p, HEAD_LEN);
    type = be32toh(head[0]);
    f->type = type >> 24;
    f->len = be32toh(head[1]);
    if (type & 0xffffff || f->type >= XLGPU_FRAME_TYPES ||
        f->len > XLGPU_FRAME_MAX)
        return xlgpu_fail(XLGPU_FAILED, ch->peer,
                          "check migrate_command of gpu.conf, and that what "
                          "its shell prints at a login is nothing",
                          "it does not speak xl-gpu's protocol");
    if (ch->used - ch->eaten - HEAD_LEN < f->len) return XLGPU_OK;
    *got = true;
    return XLGPU_OK;
}

/* Takes the frame that parse() has found out of the buffer. */
static void take_out(struct xlgpu_channel *ch, struct xlgpu_frame *f)
{
    free(ch->payload);
    ch->payload = xlgpu_zalloc(f->len + 1, 1);
    memcpy(ch->payload, ch->buf + ch->eaten + HEAD_LEN, f->len);
    f->payload = ch->payload;
    ch->eaten += HEAD_LEN + f->len;
}

static int check_bounds(const struct xlgpu_channel *ch)
{
    struct pollfd pfd = { .fd = ch->in, .events = POLLIN };
    bool silent = is_over(ch->heard, ch->silence);
    bool stalls = ch->patience && is_over(ch->spoken, ch->patience);

    /* What it said while nobody read is still in the pipe. */
    if ((!silent && !stalls) || poll(&pfd, 1, 0)) return XLGPU_OK;
    if (silent) return is_gone(ch, "it does not answer");
    return xlgpu_fail(XLGPU_FAILED, ch->peer,
                      "see what xl-gpu waits for there",
                      "it is there, but does not go on");
}

int xlgpu_channel_next(struct xlgpu_channel *ch, bool readable,
                       struct xlgpu_frame *frame_r, bool *got_r)
{
    int rc;

    *got_r = false;
    if (ch->in < 0) return is_gone(ch, "the connection is closed");
    for (;;) {
        rc = parse(ch, frame_r, got_r);
        if (rc) return rc;
        if (*got_r) {
            take_out(ch, frame_r);
            if (frame_r->type != XLGPU_FRAME_ALIVE) {
                ch->spoken = xlgpu_now_ms();
                return XLGPU_OK;
            }
            *got_r = false;
        } else if (readable) {
            rc = take(ch);
            if (rc) return rc;
            readable = false;
        } else {
            break;
        }
    }
    return check_bounds(ch);
}

int xlgpu_channel_wait(struct xlgpu_channel *ch, struct xlgpu_frame *frame_r)
{
    struct pollfd pfd = { .fd = ch->in, .events = POLLIN };
    bool got = false;
    int r = 0, rc;

    for (;;) {
        rc = xlgpu_channel_next(ch, r > 0, frame_r, &got);
        if (rc || got) return rc;
        if (ch->stop && *ch->stop)
            return xlgpu_fail(XLGPU_FAILED, ch->peer, NULL,
                              "the wait for it was interrupted");
        rc = xlgpu_channel_keep(ch);
        if (rc) return rc;
        r = poll(&pfd, 1, 1000);
    }
}

int xlgpu_channel_expect(struct xlgpu_channel *ch, enum xlgpu_frame_type type,
                         struct xlgpu_frame *frame_r)
{
    int rc = xlgpu_channel_wait(ch, frame_r);

    if (rc) return rc;
    if (frame_r->type == XLGPU_FRAME_REFUSED)
        return xlgpu_frame_refused(ch, frame_r);
    if (frame_r->type != type)
        return xlgpu_fail(XLGPU_FAILED, ch->peer,
                          "install the same version of xl-gpu on both",
                          "it said %s where %s was expected",
                          xlgpu_frame_name(frame_r->type),
                          xlgpu_frame_name(type));
    return XLGPU_OK;
}

int xlgpu_channel_rest(struct xlgpu_channel *ch, unsigned int ms)
{
    struct pollfd pfd = { .fd = ch->in, .events = POLLIN };
    struct xlgpu_frame frame;
    bool got;
    int rc;

    rc = xlgpu_channel_next(ch, poll(&pfd, 1, ms) > 0, &frame, &got);
    if (rc) return rc;
    if (!got) return xlgpu_channel_keep(ch);
    return frame.type == XLGPU_FRAME_REFUSED
               ? xlgpu_frame_refused(ch, &frame)
               : is_gone(ch, "it speaks without being asked");
}

static yajl_val parse_object(const struct xlgpu_frame *frame)
{
    char error[128];

    return xlgpu_json_is_plain(frame->payload)
               ? yajl_tree_parse(frame->payload, error, sizeof(error))
               : NULL;
}

bool xlgpu_frame_string(const struct xlgpu_frame *frame, const char *key,
                        char *buf, size_t size)
{
    const char *path[] = { key, NULL };
    yajl_val root = parse_object(frame);
    yajl_val value = root ? yajl_tree_get(root, path, yajl_t_string) : NULL;
    bool ok = value && strlen(value->u.string) < size;

    snprintf(buf, size, "%s", ok ? value->u.string : "");
    yajl_tree_free(root);
    return ok;
}

int xlgpu_frame_refused(const struct xlgpu_channel *ch,
                        const struct xlgpu_frame *frame)
{
    char status[8], why[XLGPU_REFUSAL_MAX], remedy[512];
    long rc;

    xlgpu_frame_string(frame, "status", status, sizeof(status));
    if (!xlgpu_frame_string(frame, "why", why, sizeof(why)))
        strcpy(why, "it refuses, and does not say why");
    xlgpu_frame_string(frame, "remedy", remedy, sizeof(remedy));
    rc = strtol(status, NULL, 10);
    return xlgpu_fail(rc > XLGPU_OK && rc <= XLGPU_NOT_FOUND ? rc
                                                             : XLGPU_FAILED,
                      ch->peer, *remedy ? remedy : NULL, "%s", why);
}
