/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pass.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"

#define MAP_TRIES 3

/* Of a batch: it had RAM in the pass before, or has in this one. */
enum { BEFORE = 1, FOUND };

struct worker {
    struct xlgpu_pass *p;
    struct shared *shared;
    pthread_t thread;
    bool ticks;
    void *handle;
    uint64_t pfn[XLGPU_BATCH];      /* of the batch, then of its RAM */
    enum xlgpu_page_type type[XLGPU_BATCH];
    enum xlgpu_look look[XLGPU_BATCH];
    int error[XLGPU_BATCH];
    uint64_t send[XLGPU_BATCH];
    char *copy;                     /* XLGPU_BATCH pages: what goes out */
    struct xlgpu_pass did;
    int rc;
};

struct shared {
    pthread_mutex_t lock;
    bool ram;      /* batches that had RAM; otherwise the others */
    uint64_t next; /* the first page of the next batch */
    int rc;        /* of the first thread that failed */
};

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* Adds the time since *from, which becomes now. */
static void lap(int64_t *sum, int64_t *from)
{
    int64_t now = now_us();

    *sum += now - *from;
    *from = now;
}

/* Which pages of the batch the tracker cares for, and what they are: its RAM
 * goes to the front of w->pfn. */
static int find_pages(struct worker *w, uint64_t first, unsigned int n,
                      unsigned int *n_r)
{
    unsigned int i, m = 0;
    int64_t t = now_us();
    int rc;

    for (i = 0; i < n; i++) w->pfn[i] = first + i;
    rc = w->p->memory->types(w->handle, w->pfn, n, w->type);
    lap(&w->did.types_us, &t);
    if (rc) return rc;
    w->did.walked += n;
    for (i = 0; i < n; i++) {
        /* It is gone; should it come back, it is another page. */
        if (w->type[i] != XLGPU_PAGE_RAM) {
            w->p->tracker->lost(w->p->tracker, w->pfn[i]);
            continue;
        }
        w->did.populated++;
        w->look[m] = w->p->tracker->look(w->p->tracker, w->pfn[i]);
        if (w->look[m] != XLGPU_LOOK_AWAY) w->pfn[m++] = w->pfn[i];
    }
    *n_r = m;
    return 0;
}

/* A page that can't be mapped may have left the guest since it was asked
 * about. *retry_r: it has not. */
static int ask_again(struct worker *w, uint64_t pfn, bool *retry_r)
{
    enum xlgpu_page_type type;
    int rc = w->p->memory->types(w->handle, &pfn, 1, &type);

    *retry_r = !rc && type == XLGPU_PAGE_RAM;
    w->p->tracker->lost(w->p->tracker, pfn);
    return rc;
}

/* Copies it to the others that go out: the guest, or a device, may be writing
 * to the page itself. */
static void copy_page(struct worker *w, uint64_t pfn, const void *page,
                      unsigned int *n_send)
{
    char *copy = w->copy + (size_t)*n_send * XLGPU_PAGE_SIZE;

    memcpy(copy, page, XLGPU_PAGE_SIZE);
    w->p->tracker->sent(w->p->tracker, pfn, copy);
    w->send[(*n_send)++] = pfn;
}

static int take_page(struct worker *w, unsigned int i, const char *pages,
                     unsigned int *n_send, unsigned int *n_retry)
{
    struct xlgpu_tracker *t = w->p->tracker;
    const void *page = pages + (size_t)i * XLGPU_PAGE_SIZE;
    bool retry = false;
    int rc = 0;

    if (w->error[i]) {
        rc = ask_again(w, w->pfn[i], &retry);
        if (retry) w->pfn[(*n_retry)++] = w->pfn[i];
        return rc;
    }
    if (w->look[i] == XLGPU_LOOK_SEND || t->differs(t, w->pfn[i], page))
        copy_page(w, w->pfn[i], page, n_send);
    return rc;
}

/* Maps n pages of w->pfn, sends those that are to be sent. Those to be tried
 * again go to its front. */
static int send_pages(struct worker *w, unsigned int n, unsigned int *n_retry)
{
    unsigned int i, n_send = 0;
    int64_t t = now_us();
    char *pages;
    int rc = 0;

    *n_retry = 0;
    memset(w->error, 0, n * sizeof(*w->error));
    pages = w->p->memory->map(w->handle, w->pfn, n, w->error);
    lap(&w->did.map_us, &t);
    if (!pages) return errno;
    for (i = 0; !rc && i < n; i++)
        rc = take_page(w, i, pages, &n_send, n_retry);
    lap(&w->did.hash_us, &t);
    w->p->memory->unmap(w->handle, pages, n);
    lap(&w->did.map_us, &t);
    if (!rc) rc = xlgpu_stream_pages(w->p->stream, w->send, n_send, w->copy);
    lap(&w->did.send_us, &t);
    w->did.sent += n_send;
    return rc;
}

static int do_batch(struct worker *w, uint64_t first, unsigned int n)
{
    unsigned int retry, tries, i;
    uint64_t before = w->did.populated;
    int rc = find_pages(w, first, n, &n);

    if (w->did.populated > before) w->p->had_ram[first / XLGPU_BATCH] = FOUND;
    for (tries = 0; !rc && n && tries < MAP_TRIES; tries++) {
        rc = send_pages(w, n, &retry);
        for (i = 0; i < retry; i++) w->look[i] = XLGPU_LOOK_SEND;
        n = retry;
    }
    /* The next pass asks again; after the last one there is none. */
    return !rc && n && w->p->last ? EFAULT : rc;
}

/* Skips those that are not of this walk; a batch that was found to have RAM
 * in this pass is done. */
static void skip(struct shared *s, const struct xlgpu_pass *p)
{
    while (s->next < p->range) {
        unsigned char had = p->had_ram[s->next / XLGPU_BATCH];

        if (s->ram ? had == BEFORE : !had) break;
        s->next += XLGPU_BATCH;
    }
}

/* The next batch, until there is none or something failed. */
static bool next_batch(struct worker *w, uint64_t *first, unsigned int *n)
{
    struct shared *s = w->shared;
    uint64_t left;
    bool more;

    pthread_mutex_lock(&s->lock);
    if (w->rc && !s->rc) s->rc = w->rc;
    skip(s, w->p);
    more = !s->rc && s->next < w->p->range;
    left = more ? w->p->range - s->next : 0;
    *first = s->next;
    *n = left < XLGPU_BATCH ? left : XLGPU_BATCH;
    if (more) s->next += *n;
    pthread_mutex_unlock(&s->lock);
    return more;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    uint64_t first;
    unsigned int n;

    if (!w->handle) w->rc = w->p->memory->open(w->p->memory, &w->handle);
    while (next_batch(w, &first, &n)) {
        w->rc = w->p->stop && *w->p->stop ? EINTR : do_batch(w, first, n);
        if (!w->rc && w->ticks && w->p->tick &&
            !w->p->tick(w->p->arg, w->p))
            w->rc = EINTR;
    }
    return NULL;
}

static void add_up(struct xlgpu_pass *p, const struct xlgpu_pass *did)
{
    p->walked += did->walked;
    p->populated += did->populated;
    p->sent += did->sent;
    p->types_us += did->types_us;
    p->map_us += did->map_us;
    p->hash_us += did->hash_us;
    p->send_us += did->send_us;
}

/* One walk, by as many threads as can be had. */
static int walk(struct xlgpu_pass *p, struct worker *w, bool ram)
{
    struct shared shared = { .lock = PTHREAD_MUTEX_INITIALIZER, .ram = ram };
    unsigned int i, started = 1;

    for (i = 0; i < p->threads; i++) w[i].shared = &shared;
    while (started < p->threads &&
           !pthread_create(&w[started].thread, NULL, work, &w[started]))
        started++;
    work(&w[0]);
    for (i = 1; i < started; i++) pthread_join(w[i].thread, NULL);
    return shared.rc;
}

static uint64_t count_found(const struct xlgpu_pass *p, const struct worker *w)
{
    uint64_t found = 0;
    unsigned int i;

    for (i = 0; i < p->threads; i++) found += w[i].did.populated;
    return found;
}

/* What had RAM before is known from here on by BEFORE. */
static int begin(struct xlgpu_pass *p)
{
    uint64_t i, n;
    int rc;

    if (!p->threads) p->threads = 1;
    rc = p->memory->size(p->memory, &p->range, &p->allocated);
    if (rc) return rc;
    n = (p->range + XLGPU_BATCH - 1) / XLGPU_BATCH;
    p->had_ram = xlgpu_realloc(p->had_ram, n + 1, 1);
    for (i = 0; i < n; i++)
        p->had_ram[i] = i < p->n_had_ram && p->had_ram[i] ? BEFORE : 0;
    p->n_had_ram = n;
    return p->tracker->pass(p->tracker, p->range, p->last);
}

static void end(struct xlgpu_pass *p, struct worker *w)
{
    unsigned int i;

    for (i = 0; i < p->threads; i++) {
        add_up(p, &w[i].did);
        if (w[i].handle) p->memory->close(w[i].handle);
        free(w[i].copy);
    }
    free(w);
}

int xlgpu_pass_run(struct xlgpu_pass *p)
{
    int64_t began = now_us();
    struct worker *w;
    unsigned int i;
    int rc = begin(p);

    if (rc) return rc;
    w = xlgpu_zalloc(p->threads, sizeof(*w));
    for (i = 0; i < p->threads; i++) {
        w[i].p = p;
        w[i].ticks = !i;
        w[i].copy = xlgpu_zalloc(XLGPU_BATCH, XLGPU_PAGE_SIZE);
    }
    rc = walk(p, w, true);
    if (!rc && (!p->last || count_found(p, w) != p->allocated))
        rc = walk(p, w, false);
    end(p, w);
    p->elapsed_us = now_us() - began;
    return rc;
}
