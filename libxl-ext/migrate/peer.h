/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to another host's xl-gpu migrate-receive. */
#ifndef XLGPU_PEER_H
#define XLGPU_PEER_H

#include "conf.h"
#include "child.h"
#include "migrate/frame.h"

struct xlgpu_peer {
    struct xlgpu_child child; /* the transport, as ssh */
    struct xlgpu_channel ch;
    void (*sigpipe)(int); /* what it was, for it is ignored meanwhile */
};

/* XLGPU_USAGE, said, for what is no host's name: it may come from a command
 * line, or from another host. */
int xlgpu_peer_check(const char *host);

/* Whether its HELLO is of what this host speaks; says so if not. */
int xlgpu_peer_greeted(const char *host, const struct xlgpu_frame *frame);

/*
 * Runs gpu.conf's migrate_command with the host's name, and waits for HELLO.
 * XLGPU_USAGE for what is no host's name, XLGPU_NOT_FOUND when it can't be
 * reached; said, unless silent. Close in either case. host must outlive it.
 */
int xlgpu_peer_open(struct xlgpu_peer *peer, const struct xlgpu_conf *conf,
                    const char *host);
void xlgpu_peer_close(struct xlgpu_peer *peer);

/* ---- Questions after a crash, or before a guest is created ---- */

enum xlgpu_peer_word {
    XLGPU_PEER_UNKNOWN, /* it did not answer, or can't tell yet */
    XLGPU_PEER_RUNS,    /* the guest is there, for good */
    XLGPU_PEER_ABORTED, /* that migration has put nothing there, and won't */
    XLGPU_PEER_NOT,     /* it does not run there */
};

/* What became of the migration with the id; one that the host never heard of
 * is aborted by the question, durably. */
enum xlgpu_peer_word xlgpu_peer_ask(const struct xlgpu_conf *conf,
                                    const char *host, const char *uuid,
                                    const char *id);

/* Whether the guest runs there, or where it went on from there; over so many
 * hosts it was asked already. */
enum xlgpu_peer_word xlgpu_peer_runs(const struct xlgpu_conf *conf,
                                     const char *host, const char *uuid,
                                     unsigned int hops);

/* As STATE has it. */
const char *xlgpu_peer_word_string(enum xlgpu_peer_word word);

/* The source is settled: the host may forget the migration. */
void xlgpu_peer_settled(const struct xlgpu_conf *conf, const char *host,
                        const char *uuid, const char *id);

#endif
