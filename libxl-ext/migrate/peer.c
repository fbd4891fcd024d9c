/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peer.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "status.h"

#define SILENCE_S 60
#define END_WAIT_S 5

/* It becomes an argument of ssh, to which some characters mean something. */
static bool is_host_name(const char *s)
{
    if (!*s || *s == '-' || strstr(s, "@-") || strlen(s) > 255) return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr(".-_:@[]", *s))
            return false;
    return true;
}

int xlgpu_peer_check(const char *host)
{
    if (is_host_name(host)) return XLGPU_OK;
    return xlgpu_fail(XLGPU_USAGE, host, "name a host as ssh knows it",
                      "it is not a host's name");
}

static int start(struct xlgpu_peer *peer, const char *command,
                 const char *host, int to[2], int from[2])
{
    size_t n;
    char **argv = xlgpu_words(command, &n), *first = argv[0];
    int rc;

    argv = xlgpu_realloc(argv, n + 4, sizeof(*argv));
    argv[n] = (char *)host;
    argv[n + 1] = "xl-gpu";
    argv[n + 2] = "migrate-receive";
    argv[n + 3] = NULL;
    rc = xlgpu_child_start(&peer->child,
                           &(struct xlgpu_child_how){
                               .argv = (const char *const *)argv,
                               .in = to[0], .out = from[1], .err = -1,
                               .own_group = true });
    free(first);
    free(argv);
    return rc;
}

int xlgpu_peer_greeted(const char *host, const struct xlgpu_frame *frame)
{
    char protocol[8];

    xlgpu_frame_string(frame, "protocol", protocol, sizeof(protocol));
    if (strtol(protocol, NULL, 10) == XLGPU_PROTOCOL) return XLGPU_OK;
    return xlgpu_fail(XLGPU_UNABLE, host,
                      "install the same version of xl-gpu on both",
                      "it speaks protocol %s, this host %d", protocol,
                      XLGPU_PROTOCOL);
}

static int hello(struct xlgpu_peer *peer, const char *host)
{
    struct xlgpu_frame frame;
    int rc;

    rc = xlgpu_channel_expect(&peer->ch, XLGPU_FRAME_HELLO, &frame);
    if (rc) return rc == XLGPU_FAILED ? XLGPU_NOT_FOUND : rc;
    return xlgpu_peer_greeted(host, &frame);
}

int xlgpu_peer_open(struct xlgpu_peer *peer, const struct xlgpu_conf *conf,
                    const char *host)
{
    int to[2] = { -1, -1 }, from[2] = { -1, -1 }, rc;

    *peer = (struct xlgpu_peer){ .ch = { .in = -1, .out = -1 } };
    peer->sigpipe = signal(SIGPIPE, SIG_IGN);
    rc = xlgpu_peer_check(host);
    if (rc) return rc;
    rc = xlgpu_pipe(to);
    if (!rc) rc = xlgpu_pipe(from);
    if (!rc) rc = start(peer, conf->migrate_command, host, to, from);
    xlgpu_close(&to[0]);
    xlgpu_close(&from[1]);
    xlgpu_channel_init(&peer->ch, host, from[0], to[1], SILENCE_S);
    return rc ? rc : hello(peer, host);
}

void xlgpu_peer_close(struct xlgpu_peer *peer)
{
    xlgpu_channel_close(&peer->ch);
    xlgpu_child_end(&peer->child, END_WAIT_S);
    signal(SIGPIPE, peer->sigpipe);
}

/* ---- Questions ---- */

static const char *const words[] = {
    [XLGPU_PEER_UNKNOWN] = "unknown", [XLGPU_PEER_RUNS] = "runs",
    [XLGPU_PEER_ABORTED] = "aborted", [XLGPU_PEER_NOT] = "not",
};

const char *xlgpu_peer_word_string(enum xlgpu_peer_word word)
{
    return words[word];
}

static enum xlgpu_peer_word word_of(const struct xlgpu_frame *frame)
{
    char text[16];
    int i;

    xlgpu_frame_string(frame, "state", text, sizeof(text));
    for (i = XLGPU_PEER_NOT; i > XLGPU_PEER_UNKNOWN; i--)
        if (!strcmp(text, words[i])) break;
    return i;
}

static enum xlgpu_peer_word ask(const struct xlgpu_conf *conf,
                                const char *host, const char *question,
                                const char *uuid, const char *id)
{
    enum xlgpu_peer_word word = XLGPU_PEER_UNKNOWN;
    struct xlgpu_frame frame;
    struct xlgpu_peer peer;

    if (!xlgpu_peer_open(&peer, conf, host) &&
        !xlgpu_channel_say(&peer.ch, XLGPU_FRAME_QUERY, "question", question,
                           "uuid", uuid, "id", id, XLGPU_END) &&
        !xlgpu_channel_expect(&peer.ch, XLGPU_FRAME_STATE, &frame))
        word = word_of(&frame);
    xlgpu_peer_close(&peer);
    return word;
}

enum xlgpu_peer_word xlgpu_peer_ask(const struct xlgpu_conf *conf,
                                    const char *host, const char *uuid,
                                    const char *id)
{
    return ask(conf, host, "outcome", uuid, id);
}

enum xlgpu_peer_word xlgpu_peer_runs(const struct xlgpu_conf *conf,
                                     const char *host, const char *uuid,
                                     unsigned int hops)
{
    char number[16];

    snprintf(number, sizeof(number), "%u", hops);
    return ask(conf, host, "runs", uuid, number);
}

void xlgpu_peer_settled(const struct xlgpu_conf *conf, const char *host,
                        const char *uuid, const char *id)
{
    ask(conf, host, "settled", uuid, id);
}
