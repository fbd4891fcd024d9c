/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes by content. Kept for each page is a hash of the copy that was sent,
 * never of the page: what is written between the copy and a hash of the page
 * would be lost.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "alloc.h"
#include "helper/blind.h"
#include "helper/hash.h"
#include "helper/tracker.h"

/* Hashes are kept for populated extents: of a large BAR nothing. */
#define EXTENT 512u

struct extent {
    struct xlgpu_hash hash[EXTENT];
    unsigned char known[EXTENT / 8];
};

struct content {
    struct xlgpu_tracker ops;
    struct xlgpu_hash_secret secret; /* a guest can't make a collision */
    struct extent **extent;
    uint64_t n_extents;
};

static int begin(struct xlgpu_tracker *t)
{
    return xlgpu_hash_secret_make(&((struct content *)t)->secret);
}

/* Threads make extents of their own alone: a batch is of whole extents. */
static int pass(struct xlgpu_tracker *t, uint64_t pages, bool last)
{
    struct content *c = (struct content *)t;
    uint64_t n = (pages + EXTENT - 1) / EXTENT;

    (void)last;
    if (n <= c->n_extents) return 0;
    c->extent = xlgpu_realloc(c->extent, n, sizeof(*c->extent));
    memset(c->extent + c->n_extents, 0,
           (n - c->n_extents) * sizeof(*c->extent));
    c->n_extents = n;
    return 0;
}

static bool is_known(const struct extent *e, unsigned int i)
{
    return e && e->known[i / 8] & 1u << i % 8;
}

static enum xlgpu_look look(struct xlgpu_tracker *t, uint64_t pfn)
{
    struct content *c = (struct content *)t;

    if (!is_known(c->extent[pfn / EXTENT], pfn % EXTENT))
        return XLGPU_LOOK_SEND;
    return xlgpu_is_blind_to(pfn) ? XLGPU_LOOK_AWAY : XLGPU_LOOK_COMPARE;
}

static bool differs(struct xlgpu_tracker *t, uint64_t pfn, const void *page)
{
    struct content *c = (struct content *)t;
    struct xlgpu_hash now;

    xlgpu_hash_page(&c->secret, page, &now);
    return !xlgpu_hash_equal(&c->extent[pfn / EXTENT]->hash[pfn % EXTENT],
                             &now);
}

static void sent(struct xlgpu_tracker *t, uint64_t pfn, const void *copy)
{
    struct content *c = (struct content *)t;
    struct extent **e = &c->extent[pfn / EXTENT];

    if (!*e) *e = xlgpu_zalloc(1, sizeof(**e));
    xlgpu_hash_page(&c->secret, copy, &(*e)->hash[pfn % EXTENT]);
    (*e)->known[pfn % EXTENT / 8] |= 1u << pfn % 8;
}

static void lost(struct xlgpu_tracker *t, uint64_t pfn)
{
    struct extent *e = ((struct content *)t)->extent[pfn / EXTENT];

    if (e) e->known[pfn % EXTENT / 8] &= ~(1u << pfn % 8);
}

static void end(struct xlgpu_tracker *t)
{
    struct content *c = (struct content *)t;
    uint64_t i;

    for (i = 0; i < c->n_extents; i++) free(c->extent[i]);
    free(c->extent);
    free(c);
}

struct xlgpu_tracker *xlgpu_tracker_content(void)
{
    struct content *c = xlgpu_zalloc(1, sizeof(*c));

    c->ops = (struct xlgpu_tracker){ "content", begin, pass, look, differs,
                                     sent, lost, end };
    return &c->ops;
}
