/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "estimate.h"

#include <inttypes.h>

#include "alloc.h"

/* MiB a second: a link of 1 Gbit/s; XXH3 and the mapping of foreign pages. */
#define WIRE 110
#define HASH 1024
/* A GPU's memory copied into pages that are allocated meanwhile. */
#define EVICT 512
/* libxl's, tools/libs/light/libxl_dom_suspend.c. */
#define SUSPEND_MS 60000
/* Device model saved and started, partition attached, guest resumed. */
#define FIXED_MS 2000
/* A clean shutdown, and a boot. */
#define RESTART_MS 60000

#define SECONDS_TO_MS 1000

/* The guest's driver puts what the device has into memory at suspend. */
static uint64_t evicted(const struct xlgpu_moving *m)
{
    return m->shape.memory < m->memory ? m->shape.memory : m->memory;
}

static uint64_t ms(uint64_t bytes, unsigned int mib_a_second)
{
    return (bytes >> 20) * SECONDS_TO_MS / mib_a_second;
}

bool xlgpu_evicts_in_time(const struct xlgpu_moving *m)
{
    return ms(m->shape.memory, EVICT) <= SUSPEND_MS;
}

static void live(const struct xlgpu_moving *m, struct xlgpu_verdict *v)
{
    struct xlgpu_estimate *e = &v->estimate;
    bool hashes = v->tracker == XLGPU_TRACKER_CONTENT;

    e->bytes = m->memory + evicted(m);
    e->downtime_ms = FIXED_MS + ms(evicted(m), WIRE) +
                     (hashes ? ms(m->memory, HASH) : 0);
    e->basis = xlgpu_asprintf(
        "%s%" PRIu64 " MiB of memory sent while it runs; at the pause at "
        "most %" PRIu64 " MiB of the device's at %u MiB/s, and %u s for "
        "device model and partition",
        hashes ? "memory hashed once more at 1 GiB/s; " : "",
        m->memory >> 20, evicted(m) >> 20, WIRE, FIXED_MS / SECONDS_TO_MS);
}

static void freeze(const struct xlgpu_moving *m, struct xlgpu_estimate *e)
{
    e->bytes = m->memory;
    e->downtime_ms = FIXED_MS + ms(m->memory, WIRE);
    e->basis = xlgpu_asprintf("%" PRIu64 " MiB of memory at %u MiB/s while "
                              "it is paused, and %u s for device model and "
                              "partition", m->memory >> 20, WIRE,
                              FIXED_MS / SECONDS_TO_MS);
}

static void hotplug(const struct xlgpu_moving *m, struct xlgpu_estimate *e)
{
    e->bytes = m->memory;
    e->downtime_ms = FIXED_MS + ms(m->memory, WIRE);
    e->basis = xlgpu_asprintf("its GPU is away while %" PRIu64 " MiB of "
                              "memory are sent at %u MiB/s; the guest itself "
                              "pauses for about %u s", m->memory >> 20, WIRE,
                              FIXED_MS / SECONDS_TO_MS);
}

static void restart(struct xlgpu_estimate *e)
{
    e->bytes = 0;
    e->downtime_ms = RESTART_MS;
    e->basis = xlgpu_asprintf("a shutdown and a boot, taken to need %u s",
                              RESTART_MS / SECONDS_TO_MS);
}

void xlgpu_estimate(const struct xlgpu_moving *m, struct xlgpu_verdict *v)
{
    switch (v->move) {
    case XLGPU_MOVE_LIVE:
        live(m, v);
        break;
    case XLGPU_MOVE_FREEZE:
        freeze(m, &v->estimate);
        break;
    case XLGPU_MOVE_HOTPLUG:
        hotplug(m, &v->estimate);
        break;
    case XLGPU_MOVE_RESTART:
        restart(&v->estimate);
        break;
    case XLGPU_MOVE_NONE:
        break;
    }
}
