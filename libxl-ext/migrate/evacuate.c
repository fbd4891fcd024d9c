/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evacuate.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain/host.h"
#include "domain/xen.h"

/* What the guests before it in the plan have taken of a host. Those that
 * match one guest's partition may not match another's: then a host is left
 * with more room than is counted, never with less. */
struct share {
    unsigned int partitions;
    uint64_t memory;
    bool gone; /* it does not answer */
};

struct plan {
    const char *const *host;
    struct share *share;
    size_t n_hosts;
    struct xlgpu_migrate_how how;
};

/* ---- Who leaves ---- */

static void add(struct xlgpu_leaving **guest, size_t *n,
                const struct xlgpu_guest *g)
{
    struct xlgpu_leaving *l;

    *guest = xlgpu_realloc(*guest, *n + 1, sizeof(**guest));
    l = &(*guest)[(*n)++];
    *l = (struct xlgpu_leaving){ .name = xlgpu_strdup(g->name),
                                 .move = XLGPU_MOVE_NONE };
    strcpy(l->uuid, g->uuid);
}

static int find_guests(struct xlgpu_leaving **guest, size_t *n)
{
    const struct xlgpu_guest *g;
    struct xlgpu_host host;
    size_t i;
    int rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){ .dry_run = true });
    for (i = 0; !rc && i < host.guests.n; i++) {
        g = &host.guests.guest[i];
        if (xlgpu_records_find_uuid(&host.records, g->uuid))
            add(guest, n, g);
    }
    xlgpu_host_close(&host);
    return rc;
}

/* ---- Where to ---- */

static void stays(struct xlgpu_leaving *g, enum xlgpu_status status,
                  const char *why)
{
    free(g->result);
    g->result = xlgpu_strdup(why);
    g->status = status;
}

/* Whether the offer still holds after what the others before it take. Where
 * dom0 gives of its memory, what is free now says nothing. */
static bool has_share(const struct xlgpu_migration *m,
                      const struct share *share)
{
    return m->offer.room.free > share->partitions &&
           (m->offer.dom0_shrinks ||
            m->offer.memory_free >=
                share->memory + xlgpu_memory_needed(&m->moving));
}

static void consider(struct xlgpu_leaving *g, const char *host,
                     const struct xlgpu_migration *m,
                     const struct share *share)
{
    const struct xlgpu_check *why = xlgpu_verdict_reason(&m->verdict);

    if (m->verdict.status) {
        if (!g->host)
            stays(g, m->verdict.status, why ? why->message : "it can't move");
        return;
    }
    if (!has_share(m, share)) {
        if (!g->host)
            stays(g, XLGPU_NO_ROOM, "others take all that is free there");
        return;
    }
    if (g->host && m->verdict.move >= g->move) return;
    g->host = host;
    g->move = m->verdict.move;
    stays(g, XLGPU_OK, "would move");
}

/* It has ended, or lost its partition: no host makes that better. */
static void give_up(struct xlgpu_leaving *g, enum xlgpu_status status)
{
    g->host = NULL;
    g->move = XLGPU_MOVE_NONE;
    stays(g, status, "it can't move, see above");
}

static void place(struct plan *p, struct xlgpu_leaving *g)
{
    struct xlgpu_migration m;
    uint64_t memory = 0;
    bool can = true;
    size_t i;
    int rc;

    stays(g, XLGPU_NOT_FOUND, "no host answers");
    for (i = 0; can && i < p->n_hosts; i++) {
        if (p->share[i].gone) continue;
        rc = xlgpu_migration_open(&m, g->uuid, p->host[i], p->how);
        if (!rc) {
            consider(g, p->host[i], &m, &p->share[i]);
            memory = xlgpu_memory_needed(&m.moving);
        }
        can = m.gathered;
        if (!can)
            give_up(g, rc);
        else if (rc == XLGPU_NOT_FOUND)
            p->share[i].gone = true;
        else if (rc && !g->host)
            stays(g, rc, "no offer from there, see above");
        xlgpu_migration_close(&m);
    }
    for (i = 0; g->host && i < p->n_hosts; i++)
        if (g->host == p->host[i]) {
            p->share[i].partitions++;
            p->share[i].memory += memory;
        }
}

int xlgpu_evacuate_plan(const char *const *host, size_t n_hosts,
                        struct xlgpu_migrate_how how,
                        struct xlgpu_leaving **guest_r, size_t *n_r)
{
    struct plan p = { host, NULL, n_hosts, how };
    size_t i;
    int rc;

    *guest_r = NULL;
    *n_r = 0;
    p.how.quiet = true;
    rc = find_guests(guest_r, n_r);
    if (rc) return rc;
    p.share = xlgpu_zalloc(n_hosts, sizeof(*p.share));
    for (i = 0; i < *n_r; i++) place(&p, &(*guest_r)[i]);
    free(p.share);
    return XLGPU_OK;
}

/* ---- The moves ---- */

static int move(struct xlgpu_leaving *g, struct xlgpu_migrate_how how)
{
    struct xlgpu_migration m;
    int rc;

    rc = xlgpu_migration_open(&m, g->uuid, g->host, how);
    if (!rc) rc = m.verdict.status;
    if (!rc) rc = xlgpu_migration_run(&m);
    g->move = m.verdict.move;
    xlgpu_migration_close(&m);
    return rc;
}

void xlgpu_evacuate_run(struct xlgpu_leaving *guest, size_t n,
                        struct xlgpu_migrate_how how)
{
    size_t i;
    int rc;

    for (i = 0; i < n; i++) {
        if (!guest[i].host) continue;
        if (xlgpu_migration_interrupted) {
            stays(&guest[i], XLGPU_FAILED, "interrupted");
            continue;
        }
        rc = move(&guest[i], how);
        stays(&guest[i], rc, rc ? "not moved, see above" : "moved");
    }
}

void xlgpu_leaving_free(struct xlgpu_leaving *guest, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        free(guest[i].name);
        free(guest[i].result);
    }
    free(guest);
}
