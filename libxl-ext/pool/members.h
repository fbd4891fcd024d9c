/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hosts of a pool, all asked at once: one loop over the connections to
 * their xl-gpu migrate-receive. What goes wrong with one stays with it, and
 * is not printed.
 */
#ifndef XLGPU_POOL_MEMBERS_H
#define XLGPU_POOL_MEMBERS_H

#include "child.h"
#include "conf.h"
#include "migrate/frame.h"
#include "pool/facts.h"
#include "status.h"

#define XLGPU_SAID_MAX 256

struct xlgpu_member {
    char *host;              /* as it was named; owned */
    bool here;               /* this host, which needs no transport */

    /* XLGPU_OK, or that it is of no use any more: */
    enum xlgpu_status status;
    char *why, *remedy;      /* owned; remedy may be NULL */
    bool refused;            /* it said so itself, and is not lost */

    struct xlgpu_pool_facts facts; /* what it answered */

    /* For members.c. */
    struct xlgpu_child child;
    struct xlgpu_channel ch;
    int err;                 /* its stderr; -1: closed */
    char said[XLGPU_SAID_MAX]; /* … the line of it that came last, */
    char line[XLGPU_SAID_MAX]; /* … and the one that is coming */
    size_t n_line;
    bool greeted, answered;
    bool busy;               /* it changes something: it is not killed */
};

/* Whether that is what this host calls itself. */
bool xlgpu_pool_is_here(const char *host);

struct xlgpu_members {
    struct xlgpu_member *member; /* this host first; owned */
    size_t n;
    void (*sigpipe)(int);
};

/*
 * This host and those that are named, of which this one may be one; all are
 * being reached when it returns. XLGPU_USAGE, said, for what is no host's
 * name. Close in either case.
 */
int xlgpu_members_open(struct xlgpu_members *m, const struct xlgpu_conf *conf,
                       const char *const *host, size_t n);
void xlgpu_members_close(struct xlgpu_members *m);

/*
 * Asks all that are of use, and waits until each has answered with a frame of
 * that type, or the time is over. take gets each answer, and may say that it
 * is wrong with xlgpu_fail().
 */
struct xlgpu_question {
    enum xlgpu_frame_type type;
    const char *text; /* JSON */
    unsigned int seconds;
    int (*take)(struct xlgpu_member *member, const struct xlgpu_frame *frame,
                void *arg);
    void *arg;
    bool busy;        /* it changes something meanwhile */
    bool forward;     /* what is said there on stderr is said here too */
};
void xlgpu_members_ask(struct xlgpu_members *m,
                       const struct xlgpu_question *q);

/* For take: why the answer can't be read, which is freed; NULL: it was. */
int xlgpu_member_understood(const struct xlgpu_member *member, char *why);

/*
 * Asks for facts. Of hosts that turn out to be the same, the first stays, and
 * this one takes the name by which it was reached.
 */
void xlgpu_members_ask_facts(struct xlgpu_members *m, unsigned int seconds);

#endif
