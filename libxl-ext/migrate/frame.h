/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two sides of a migration say to each other: frames over the two
 * pipes of the transport (ssh). A frame is a type (one byte), three bytes of
 * zero, the payload's length (32 bits, big endian), and the payload.
 *
 * sender                          receiver
 *                                 HELLO     what it speaks
 * MOVING    the guest             OFFER     what is there for it
 * RESERVE   how, under which id   RESERVED  the partition
 *                                 RECEIVING xl there takes the stream
 * DATA      xl's stream           READY     the guest is there, paused
 * GO                              STARTED   it runs there
 * CLOSE     the source is settled
 * ABORT                           ABORTED   it will never run there
 * QUERY     an id, after a crash  STATE     what became of it
 * INVENTORY of a pool             INVENTORY the GPUs here (pool/facts.h)
 * LAYOUT    what all are to have  LAYOUT    what is so (pool/serve.h)
 *
 * READY and STARTED have how long what took, migrate/pause.h.
 *
 * REFUSED may be the answer to any. Either side says ALIVE every few seconds
 * when it has nothing else to say; a peer that is silent longer is gone. So
 * is one that says nothing else for a quarter of an hour: a source, and a
 * target that is asked for an offer or a reservation.
 */
#ifndef XLGPU_FRAME_H
#define XLGPU_FRAME_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XLGPU_PROTOCOL 1

enum xlgpu_frame_type {
    XLGPU_FRAME_ALIVE,
    XLGPU_FRAME_HELLO,
    XLGPU_FRAME_MOVING,
    XLGPU_FRAME_OFFER,
    XLGPU_FRAME_RESERVE,
    XLGPU_FRAME_RESERVED,
    XLGPU_FRAME_RECEIVING,
    XLGPU_FRAME_DATA, /* one block, see migrate/block.h; all others: JSON */
    XLGPU_FRAME_READY,
    XLGPU_FRAME_GO,
    XLGPU_FRAME_STARTED,
    XLGPU_FRAME_CLOSE,
    XLGPU_FRAME_ABORT,
    XLGPU_FRAME_ABORTED,
    XLGPU_FRAME_QUERY,
    XLGPU_FRAME_STATE,
    XLGPU_FRAME_REFUSED,
    XLGPU_FRAME_INVENTORY,
    XLGPU_FRAME_LAYOUT,
    XLGPU_FRAME_TYPES
};

/* Of a payload, bytes. A kept config has at most 1 MiB. */
#define XLGPU_FRAME_MAX (4u << 20)

/* Of the reason in REFUSED, with its NUL: the guest's name, and a line. */
#define XLGPU_REFUSAL_MAX 4096

struct xlgpu_frame {
    enum xlgpu_frame_type type;
    char *payload; /* with a NUL behind it; valid until the next one */
    size_t len;
};

struct xlgpu_channel {
    const char *peer;     /* for messages */
    int in, out;          /* -1: closed */
    bool ended;           /* the peer has closed it */
    bool stuck;           /* a frame could not be sent, or in part only */
    int64_t heard, said;  /* ms of the monotonic clock */
    int64_t spoken;       /* … anything but ALIVE, by either side */
    unsigned int silence; /* seconds without a word after which it is gone */
    unsigned int patience; /* … with nothing but ALIVE; 0: any */
    const volatile sig_atomic_t *stop; /* a wait ends when it is set; NULL */
    char *buf;            /* what came; owned */
    size_t used, size, eaten;
    char *payload;        /* of the frame given out last; owned */
};

void xlgpu_channel_init(struct xlgpu_channel *ch, const char *peer, int in,
                        int out, unsigned int silence);
void xlgpu_channel_close(struct xlgpu_channel *ch);

/*
 * Sends a frame; waits while the peer takes nothing, at most ch->silence if
 * it says nothing either. XLGPU_FAILED, said, when it is gone.
 */
int xlgpu_channel_send(struct xlgpu_channel *ch, enum xlgpu_frame_type type,
                       const void *payload, size_t len);

/* Sends an object {"KEY":"VALUE",…}: pairs of strings, then XLGPU_END. */
#define XLGPU_END ((char *)NULL)
int xlgpu_channel_say(struct xlgpu_channel *ch, enum xlgpu_frame_type type,
                      ...) __attribute__((sentinel));

/* Says ALIVE when nothing was said for a while. */
int xlgpu_channel_keep(struct xlgpu_channel *ch);

/*
 * Takes what came, without waiting for more than is there: *frame_r is the
 * next whole frame, with XLGPU_OK and *got_r; ALIVE is swallowed. Said, with
 * XLGPU_FAILED: the peer ended, was silent too long, or sends what is none.
 * poll(2) ch->in first.
 */
int xlgpu_channel_next(struct xlgpu_channel *ch, bool readable,
                       struct xlgpu_frame *frame_r, bool *got_r);

/* Waits for any frame, keeping the peer awake. XLGPU_FAILED, said, also when
 * ch->stop is set. */
int xlgpu_channel_wait(struct xlgpu_channel *ch, struct xlgpu_frame *frame_r);

/*
 * Waits for a frame of that type, keeping the peer awake. REFUSED is said as
 * the peer has it, and its status returned.
 */
int xlgpu_channel_expect(struct xlgpu_channel *ch, enum xlgpu_frame_type type,
                         struct xlgpu_frame *frame_r);

/* Waits that long while nothing is to be said. */
int xlgpu_channel_rest(struct xlgpu_channel *ch, unsigned int ms);

/* A member of a frame's object as a string, bounded; false if it has none. */
bool xlgpu_frame_string(const struct xlgpu_frame *frame, const char *key,
                        char *buf, size_t size);

/* Says what a REFUSED frame has, and returns its status. */
int xlgpu_frame_refused(const struct xlgpu_channel *ch,
                        const struct xlgpu_frame *frame);

const char *xlgpu_frame_name(enum xlgpu_frame_type type);

int64_t xlgpu_now_ms(void); /* of the monotonic clock */

#endif
