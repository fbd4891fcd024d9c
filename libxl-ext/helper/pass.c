/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "pass.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "clock.h"

#define MAX_THREADS 64
/* One is filled while another waits to be sent. */
#define BATCHES_PER_THREAD 2
#define PROGRESS_MS 200

struct xlgpu_pass {
    unsigned int threads;
    pthread_mutex_t lock;
    pthread_cond_t is_ready; /* for the sender */
    pthread_cond_t is_free;  /* for the threads */
    struct xlgpu_batch *free, *ready, **ready_end;
    /* Of the pass that runs. */
    struct xlgpu_memory *memory;
    bool had_pages;          /* of these extents; or of the others */
    size_t next;             /* extent */
    unsigned int running;
    struct xlgpu_counts counts;
    int rc;
};

static void ready_none(struct xlgpu_pass *pass)
{
    pass->ready = NULL;
    pass->ready_end = &pass->ready;
}

static void make_sync(struct xlgpu_pass *pass)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&pass->lock, NULL);
    pthread_cond_init(&pass->is_ready, &attr);
    pthread_cond_init(&pass->is_free, &attr);
    pthread_condattr_destroy(&attr);
}

int xlgpu_pass_make(unsigned int threads, struct xlgpu_pass **pass_r)
{
    struct xlgpu_pass *pass = calloc(1, sizeof(*pass));
    unsigned int i;

    *pass_r = pass;
    if (!pass) return ENOMEM;

    make_sync(pass);
    ready_none(pass);
    pass->threads = threads < 1 ? 1 : threads < MAX_THREADS ? threads :
                    MAX_THREADS;
    for (i = 0; i < pass->threads * BATCHES_PER_THREAD; i++) {
        struct xlgpu_batch *batch;

        if (xlgpu_batch_make(&batch)) {
            xlgpu_pass_free(pass);
            *pass_r = NULL;
            return ENOMEM;
        }
        batch->next = pass->free;
        pass->free = batch;
    }
    return 0;
}

void xlgpu_pass_free(struct xlgpu_pass *pass)
{
    struct xlgpu_batch *batch;

    if (!pass) return;
    while ((batch = pass->free)) {
        pass->free = batch->next;
        xlgpu_batch_free(batch);
    }
    pthread_cond_destroy(&pass->is_free);
    pthread_cond_destroy(&pass->is_ready);
    pthread_mutex_destroy(&pass->lock);
    free(pass);
}

/* Skips the extents that are not of this walk. */
static bool has_next(struct xlgpu_pass *pass)
{
    const struct xlgpu_memory *m = pass->memory;

    while (pass->next < m->n_extents &&
           !m->extent[pass->next] == pass->had_pages)
        pass->next++;
    return pass->next < m->n_extents;
}

/* Called and returns with the lock held, which it lets go meanwhile. */
static int look_for_something(struct xlgpu_pass *pass,
                              struct xlgpu_batch *batch)
{
    int rc = 0;

    batch->counts = (struct xlgpu_counts){ 0 };
    batch->n = 0;
    while (!rc && !batch->n && !pass->rc && has_next(pass)) {
        size_t extent = pass->next++;

        pthread_mutex_unlock(&pass->lock);
        rc = xlgpu_memory_look(pass->memory, extent, batch);
        pthread_mutex_lock(&pass->lock);
        /* Counted here, as a pass that finds nothing makes progress too. */
        xlgpu_counts_add(&pass->counts, &batch->counts);
        batch->counts = (struct xlgpu_counts){ 0 };
    }
    return rc;
}

static void give(struct xlgpu_pass *pass, struct xlgpu_batch *batch, int rc)
{
    if (rc && !pass->rc) pass->rc = rc;
    if (!rc && batch->n) {
        batch->next = NULL;
        *pass->ready_end = batch;
        pass->ready_end = &batch->next;
    } else {
        batch->next = pass->free;
        pass->free = batch;
    }
    pthread_cond_signal(&pass->is_ready);
}

static void *thread_main(void *opaque)
{
    struct xlgpu_pass *pass = opaque;
    struct xlgpu_batch *batch;
    int rc;

    pthread_mutex_lock(&pass->lock);
    while (!pass->rc && has_next(pass)) {
        batch = pass->free;
        if (!batch) {
            pthread_cond_wait(&pass->is_free, &pass->lock);
            continue;
        }
        pass->free = batch->next;
        rc = look_for_something(pass, batch);
        give(pass, batch, rc);
    }
    pass->running--;
    pthread_cond_signal(&pass->is_ready);
    pthread_mutex_unlock(&pass->lock);
    return NULL;
}

static void wait_for_ready(struct xlgpu_pass *pass)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PROGRESS_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&pass->is_ready, &pass->lock, &until);
}

/* Sends without the lock; returns the batch to the free ones. */
static void send_first(struct xlgpu_pass *pass,
                       const struct xlgpu_pass_ops *ops, void *opaque)
{
    struct xlgpu_batch *batch = pass->ready;
    uint64_t t = xlgpu_clock_us();
    int rc = pass->rc;

    pass->ready = batch->next;
    if (!pass->ready) ready_none(pass);

    pthread_mutex_unlock(&pass->lock);
    if (!rc) rc = ops->send(opaque, batch);
    pthread_mutex_lock(&pass->lock);

    pass->counts.send_us += xlgpu_clock_since(&t);
    if (!pass->rc) pass->rc = rc;
    batch->next = pass->free;
    pass->free = batch;
    pthread_cond_broadcast(&pass->is_free);
}

static void tell_progress(struct xlgpu_pass *pass,
                          const struct xlgpu_pass_ops *ops, void *opaque)
{
    uint64_t seen = (uint64_t)pass->next * XLGPU_EXTENT;
    uint64_t n = pass->memory->n_frames;
    struct xlgpu_counts so_far = pass->counts;
    int rc;

    pthread_mutex_unlock(&pass->lock);
    rc = ops->progress(opaque, &so_far, n > seen ? n - seen : 0);
    pthread_mutex_lock(&pass->lock);
    if (!pass->rc) pass->rc = rc;
}

/* With the lock held, until the threads have ended and all is sent. */
static void send_all(struct xlgpu_pass *pass,
                     const struct xlgpu_pass_ops *ops, void *opaque)
{
    while (pass->running || pass->ready) {
        if (!pass->ready) wait_for_ready(pass);
        if (pass->ready) send_first(pass, ops, opaque);
        if (!pass->rc) tell_progress(pass, ops, opaque);
        /* Those that wait for room must see that it ends. */
        if (pass->rc) pthread_cond_broadcast(&pass->is_free);
    }
}

/* The number of threads that run; they wait for the lock. */
static unsigned int start_threads(struct xlgpu_pass *pass, pthread_t *thread)
{
    sigset_t all, before;
    unsigned int n;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (n = 0; n < pass->threads; n++)
        if (pthread_create(&thread[n], NULL, thread_main, pass)) break;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n;
}

static void walk(struct xlgpu_pass *pass, bool had_pages,
                 const struct xlgpu_pass_ops *ops, void *opaque)
{
    pthread_t thread[MAX_THREADS];
    unsigned int i, n;

    pthread_mutex_lock(&pass->lock);
    pass->had_pages = had_pages;
    pass->next = 0;
    pass->running = n = start_threads(pass, thread);
    if (!n) pass->rc = EAGAIN;

    send_all(pass, ops, opaque);
    pthread_mutex_unlock(&pass->lock);

    for (i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
}

int xlgpu_pass_run(struct xlgpu_pass *pass, struct xlgpu_memory *memory,
                   const struct xlgpu_pass_ops *ops, void *opaque,
                   struct xlgpu_counts *counts_r)
{
    pass->memory = memory;
    pass->rc = 0;
    pass->counts = (struct xlgpu_counts){ 0 };
    walk(pass, true, ops, opaque);
    if (!pass->rc && pass->counts.found != memory->allocated)
        walk(pass, false, ops, opaque);
    *counts_r = pass->counts;
    return pass->rc;
}
