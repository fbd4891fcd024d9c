/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "members.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "migrate/peer.h"

/* Our own bounds are kept here, not those of the channel. */
#define NO_SILENCE_S 86400
#define KEEP_MS 1000
/* For what ends by itself, and for what is killed, all together. */
#define END_WAIT_MS 500
#define END_STEP_US 10000

#define UNREACHED \
    "see whether migrate_command of gpu.conf reaches it, and whether xl-gpu " \
    "is installed there"

/* ---- What goes wrong with one ---- */

static struct xlgpu_member *current;

static void keep_failure(enum xlgpu_status status, const char *what,
                         const char *why, const char *remedy)
{
    if (!current || current->status) return;
    current->status = status;
    current->why = strcmp(what, current->host)
                       ? xlgpu_asprintf("%s: %s", what, why)
                       : xlgpu_strdup(why);
    current->remedy = remedy ? xlgpu_strdup(remedy) : NULL;
}

/* A process group of its own, once it has got so far. */
static void kill_child(const struct xlgpu_member *m, int sig)
{
    if (m->child.pid && kill(-m->child.pid, sig)) kill(m->child.pid, sig);
}

static void close_pipes(struct xlgpu_member *m)
{
    xlgpu_channel_close(&m->ch);
    xlgpu_close(&m->err);
}

static void end_line(struct xlgpu_member *m, bool forward)
{
    m->line[m->n_line] = '\0';
    if (m->n_line) strcpy(m->said, m->line);
    if (m->n_line && forward) fprintf(stderr, "%s: %s\n", m->host, m->line);
    m->n_line = 0;
}

/* What its transport says is a better reason than that it ended. */
static void explain(struct xlgpu_member *m)
{
    if (!m->ch.ended) return;
    end_line(m, false);
    free(m->why);
    free(m->remedy);
    m->why = xlgpu_strdup(*m->said ? m->said
                                   : "the connection ended without an answer");
    m->remedy = xlgpu_strdup(UNREACHED);
}

/* It has failed. */
static void drop(struct xlgpu_member *m)
{
    explain(m);
    if (!m->greeted && m->status == XLGPU_FAILED)
        m->status = XLGPU_NOT_FOUND;
    close_pipes(m);
    if (!m->busy) kill_child(m, SIGTERM);
}

/* ---- Reaching them ---- */

bool xlgpu_pool_is_here(const char *host)
{
    char name[XLGPU_POOL_HOST_MAX] = "";

    return !gethostname(name, sizeof(name) - 1) && !strcmp(name, host);
}

static struct xlgpu_member *add(struct xlgpu_members *m, const char *host)
{
    struct xlgpu_member *new;

    m->member = xlgpu_realloc(m->member, m->n + 1, sizeof(*m->member));
    new = &m->member[m->n++];
    *new = (struct xlgpu_member){ .host = xlgpu_strdup(host), .err = -1,
                                  .ch = { .in = -1, .out = -1 } };
    return new;
}

/* The words of the command, with the host behind them; for this one itself
 * none but the last. */
static char **command(const struct xlgpu_member *m, const char *transport,
                      char **first_r)
{
    size_t n = 0;
    char **argv = m->here ? xlgpu_zalloc(1, sizeof(*argv))
                          : xlgpu_words(transport, &n);

    *first_r = argv[0];
    argv = xlgpu_realloc(argv, n + 4, sizeof(*argv));
    if (m->here) {
        argv[n++] = (char *)"/proc/self/exe";
    } else {
        argv[n++] = m->host;
        argv[n++] = (char *)"xl-gpu";
    }
    argv[n++] = (char *)"migrate-receive";
    argv[n] = NULL;
    return argv;
}

static void start(struct xlgpu_member *m, const struct xlgpu_conf *conf)
{
    int to[2] = { -1, -1 }, from[2] = { -1, -1 }, err[2] = { -1, -1 }, rc;
    char *first, **argv = command(m, conf->migrate_command, &first);

    rc = xlgpu_pipe(to);
    if (!rc) rc = xlgpu_pipe(from);
    if (!rc) rc = xlgpu_pipe(err);
    if (!rc)
        rc = xlgpu_child_start(&m->child,
                               &(struct xlgpu_child_how){
                                   .argv = (const char *const *)argv,
                                   .in = to[0], .out = from[1],
                                   .err = err[1], .own_group = true });
    xlgpu_close(&to[0]);
    xlgpu_close(&from[1]);
    xlgpu_close(&err[1]);
    xlgpu_channel_init(&m->ch, m->host, from[0], to[1], NO_SILENCE_S);
    m->err = err[0];
    if (m->err >= 0) fcntl(m->err, F_SETFL, O_NONBLOCK);
    free(first);
    free(argv);
    if (rc) drop(m);
}

int xlgpu_members_open(struct xlgpu_members *m, const struct xlgpu_conf *conf,
                       const char *const *host, size_t n)
{
    char name[XLGPU_POOL_HOST_MAX] = "";
    size_t i;
    int rc;

    *m = (struct xlgpu_members){ .sigpipe = signal(SIGPIPE, SIG_IGN) };
    for (i = 0; i < n; i++) {
        rc = xlgpu_peer_check(host[i]);
        if (rc) return rc;
    }
    gethostname(name, sizeof(name) - 1);
    add(m, name)->here = true;
    for (i = 0; i < n; i++)
        if (!xlgpu_pool_is_here(host[i])) add(m, host[i]);

    xlgpu_fail_divert(keep_failure);
    for (i = 0; i < m->n; i++) {
        current = &m->member[i];
        start(current, conf);
    }
    xlgpu_fail_divert(NULL);
    return XLGPU_OK;
}

/* ---- The end ---- */

/* Waits for them together; whether all have ended. */
static bool wait_all(struct xlgpu_members *m)
{
    unsigned int left = END_WAIT_MS * 1000 / END_STEP_US;
    size_t i, running;

    for (;;) {
        for (i = running = 0; i < m->n; i++)
            running += !m->member[i].busy &&
                       !xlgpu_child_ended(&m->member[i].child);
        if (!running || !left--) return !running;
        usleep(END_STEP_US);
    }
}

static void end_member(struct xlgpu_member *m)
{
    free(m->host);
    free(m->why);
    free(m->remedy);
    xlgpu_pool_facts_dispose(&m->facts);
}

/* What has its pipes closed ends by itself. */
static void end_children(struct xlgpu_members *m)
{
    size_t i;

    for (i = 0; i < m->n; i++) close_pipes(&m->member[i]);
    if (wait_all(m)) return;
    for (i = 0; i < m->n; i++)
        if (!m->member[i].busy) kill_child(&m->member[i], SIGKILL);
    wait_all(m);
}

void xlgpu_members_close(struct xlgpu_members *m)
{
    size_t i;

    end_children(m);
    for (i = 0; i < m->n; i++) end_member(&m->member[i]);
    free(m->member);
    signal(SIGPIPE, m->sigpipe);
    *m = (struct xlgpu_members){ 0 };
}

/* ---- What comes from one ---- */

static void read_err(struct xlgpu_member *m, bool forward)
{
    char buf[4096];
    ssize_t i, r;

    r = m->err < 0 ? 0 : read(m->err, buf, sizeof(buf));
    if (r < 0 && (errno == EINTR || errno == EAGAIN)) return;
    for (i = 0; i < r; i++) {
        if (buf[i] == '\n' || buf[i] == '\r')
            end_line(m, forward);
        else if (m->n_line < XLGPU_SAID_MAX - 1)
            m->line[m->n_line++] =
                buf[i] >= ' ' && buf[i] < 0x7f ? buf[i] : '?';
    }
    if (r > 0) return;
    end_line(m, forward);
    xlgpu_close(&m->err);
}

static int say(struct xlgpu_member *m, const struct xlgpu_question *q)
{
    return xlgpu_channel_send(&m->ch, q->type, q->text, strlen(q->text));
}

static int take_frame(struct xlgpu_member *m, const struct xlgpu_frame *frame,
                      const struct xlgpu_question *q)
{
    int rc;

    if (frame->type == XLGPU_FRAME_REFUSED) {
        m->refused = true;
        return xlgpu_frame_refused(&m->ch, frame);
    }
    if (frame->type != (m->greeted ? q->type : XLGPU_FRAME_HELLO) ||
        m->answered)
        return xlgpu_fail(XLGPU_FAILED, m->host,
                          "install the same version of xl-gpu on both",
                          "it said %s where it was not expected",
                          xlgpu_frame_name(frame->type));
    if (m->greeted) {
        m->answered = true;
        m->busy = false;
        return q->take(m, frame, q->arg);
    }
    rc = xlgpu_peer_greeted(m->host, frame);
    m->greeted = true;
    return rc ? rc : say(m, q);
}

static int take_all(struct xlgpu_member *m, bool readable,
                    const struct xlgpu_question *q)
{
    struct xlgpu_frame frame;
    bool got = true;
    int rc = XLGPU_OK;

    while (!rc && got) {
        rc = xlgpu_channel_next(&m->ch, readable, &frame, &got);
        if (!rc && got) rc = take_frame(m, &frame, q);
        readable = false;
    }
    return rc;
}

/* ---- The loop ---- */

static bool is_waited_for(const struct xlgpu_member *m)
{
    return !m->status && !m->answered;
}

static void fail(struct xlgpu_member *m, int rc)
{
    if (rc && !m->status) m->status = rc;
    if (!m->status) return;
    read_err(m, false);
    drop(m);
}

static void begin(struct xlgpu_members *m, const struct xlgpu_question *q)
{
    struct xlgpu_member *each;

    for (each = m->member; each < m->member + m->n; each++) {
        each->answered = false;
        if (each->status) continue;
        current = each;
        each->busy = q->busy;
        fail(each, each->greeted ? say(each, q) : XLGPU_OK);
    }
}

/* Two entries for each; none for those that are not waited for. */
static size_t watch(const struct xlgpu_members *m, struct pollfd *pfd)
{
    size_t i, waited = 0;

    for (i = 0; i < m->n; i++) {
        bool wait = is_waited_for(&m->member[i]);

        waited += wait;
        pfd[2 * i] = (struct pollfd){ .fd = wait ? m->member[i].ch.in : -1,
                                      .events = POLLIN };
        pfd[2 * i + 1] = (struct pollfd){ .fd = wait ? m->member[i].err : -1,
                                          .events = POLLIN };
    }
    return waited;
}

/* Those that have answered hear that we are there until the last one has. */
static void advance(struct xlgpu_members *m, const struct pollfd *pfd,
                    const struct xlgpu_question *q)
{
    struct xlgpu_member *each;
    size_t i;
    int rc;

    for (i = 0; i < m->n; i++) {
        each = &m->member[i];
        if (each->status) continue;
        current = each;
        if (pfd[2 * i + 1].revents) read_err(each, q->forward);
        rc = pfd[2 * i].revents ? take_all(each, true, q) : XLGPU_OK;
        if (!rc && each->greeted) rc = xlgpu_channel_keep(&each->ch);
        fail(each, rc);
    }
}

static void give_up(struct xlgpu_members *m, const struct xlgpu_question *q)
{
    struct xlgpu_member *each;

    for (each = m->member; each < m->member + m->n; each++) {
        if (!is_waited_for(each)) continue;
        current = each;
        fail(each, xlgpu_fail(XLGPU_FAILED, each->host,
                              each->greeted ? "see whether xl gpu-list ends "
                                              "there" : UNREACHED,
                              "it does not answer within %u s", q->seconds));
    }
}

void xlgpu_members_ask(struct xlgpu_members *m,
                       const struct xlgpu_question *q)
{
    struct pollfd *pfd = xlgpu_zalloc(2 * m->n, sizeof(*pfd));
    int64_t left, end = xlgpu_now_ms() + q->seconds * 1000LL;

    xlgpu_fail_divert(keep_failure);
    begin(m, q);
    while (watch(m, pfd) && (left = end - xlgpu_now_ms()) > 0) {
        if (poll(pfd, 2 * m->n, left < KEEP_MS ? left : KEEP_MS) >= 0)
            advance(m, pfd, q);
    }
    give_up(m, q);
    xlgpu_fail_divert(NULL);
    free(pfd);
}

/* ---- Facts ---- */

int xlgpu_member_understood(const struct xlgpu_member *m, char *why)
{
    int rc = XLGPU_OK;

    if (why)
        rc = xlgpu_fail(XLGPU_FAILED, m->host,
                        "install the same version of xl-gpu on both",
                        "its answer can't be read: %s", why);
    free(why);
    return rc;
}

static int take_facts(struct xlgpu_member *m, const struct xlgpu_frame *frame,
                      void *arg)
{
    (void)arg;
    xlgpu_pool_facts_dispose(&m->facts);
    return xlgpu_member_understood(
        m, xlgpu_pool_facts_parse(frame->payload, &m->facts));
}

static bool is_same(const struct xlgpu_member *a, const struct xlgpu_member *b)
{
    return !a->status && !b->status &&
           !strcmp(a->facts.identity, b->facts.identity);
}

/* Takes it out of the list; the first of the two stays. */
static void merge(struct xlgpu_members *m, size_t first, size_t again)
{
    struct xlgpu_member *f = &m->member[first], *a = &m->member[again];
    char *name = f->host;

    if (f->here) {
        f->host = a->host;
        a->host = name;
        f->ch.peer = f->host;
    }
    close_pipes(a);
    xlgpu_child_end(&a->child, 1);
    end_member(a);
    memmove(a, a + 1, (m->n - again - 1) * sizeof(*a));
    m->n--;
}

void xlgpu_members_ask_facts(struct xlgpu_members *m, unsigned int seconds)
{
    const struct xlgpu_question q = { .type = XLGPU_FRAME_INVENTORY,
                                      .text = "{}", .seconds = seconds,
                                      .take = take_facts };
    size_t i, k;

    xlgpu_members_ask(m, &q);
    for (i = 0; i < m->n; i++)
        for (k = m->n; --k > i;)
            if (is_same(&m->member[i], &m->member[k])) merge(m, i, k);
}
