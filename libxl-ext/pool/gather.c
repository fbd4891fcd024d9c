/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "domain/holder.h"
#include "domain/precheck.h"
#include "driver/driver.h"
#include "json.h"
#include "policy/precheck_gpu.h"
#include "status.h"

/* ---- GPUs ---- */

/* A driver of the kernel's own has no version but the kernel's. */
static void read_version(const struct xlgpu_precheck_gpu *g,
                         struct xlgpu_pool_gpu *gpu)
{
    struct utsname kernel;

    if (*g->driver_version || uname(&kernel))
        snprintf(gpu->driver_version, sizeof(gpu->driver_version), "%s",
                 g->driver_version);
    else
        snprintf(gpu->driver_version, sizeof(gpu->driver_version),
                 "Linux %.50s", kernel.release);
}

static void count_states(const struct xlgpu_rooms *rooms,
                         struct xlgpu_pool_gpu *gpu)
{
    const struct xlgpu_room *r;
    unsigned int i;

    for (r = rooms->room; r < rooms->room + rooms->n; r++) {
        if (!xlgpu_bdf_equal(r->gpu, gpu->bdf)) continue;
        for (i = 0; i < r->count && i < gpu->count; i++) {
            gpu->free += r->state[i] == XLGPU_FREE && !r->taken;
            gpu->held += r->state[i] == XLGPU_HELD;
            gpu->reserved += r->state[i] == XLGPU_RESERVED;
        }
    }
}

/* By its UUID where it doesn't run, or its name can't be sent. */
static void add_guest(const struct xlgpu_holder *holder,
                      struct xlgpu_pool_gpu *gpu)
{
    const char *name = holder->guest ? holder->guest->name : "";

    if (!holder->uuid || gpu->n_guests == XLGPU_POOL_GUESTS_MAX ||
        (holder->state != XLGPU_HELD && holder->state != XLGPU_RESERVED))
        return;
    if (!*name || strlen(name) > XLGPU_POOL_GUEST_MAX ||
        !xlgpu_gen_takes(name))
        name = holder->uuid;
    gpu->guest = xlgpu_realloc(gpu->guest, gpu->n_guests + 1,
                               sizeof(*gpu->guest));
    gpu->guest[gpu->n_guests++] = xlgpu_strdup(name);
}

static void add_guests(const struct xlgpu_host *host,
                       const struct xlgpu_gpu *gpu, struct xlgpu_pool_gpu *p)
{
    struct xlgpu_holder holder = xlgpu_holder_of(host, gpu, XLGPU_WHOLE);
    unsigned int i;

    add_guest(&holder, p);
    for (i = 0; i < gpu->count; i++) {
        holder = xlgpu_holder_of(host, gpu, i);
        add_guest(&holder, p);
    }
}

static void add(struct xlgpu_pool_facts *facts, const struct xlgpu_host *host,
                const struct xlgpu_precheck_gpu *g,
                const struct xlgpu_rooms *rooms)
{
    const struct xlgpu_gpu *gpu = g->gpu;
    struct xlgpu_pool_gpu *p;

    facts->gpu = xlgpu_realloc(facts->gpu, facts->n + 1, sizeof(*p));
    p = &facts->gpu[facts->n++];
    *p = (struct xlgpu_pool_gpu){
        .bdf = gpu->bdf,
        .vendor = gpu->vendor,
        .device = gpu->device,
        .subvendor = gpu->subvendor,
        .subdevice = gpu->subdevice,
        .memory = gpu->memory,
        .partition_memory = gpu->count ? xlgpu_partition_memory(gpu) : 0,
        .count = gpu->count,
    };
    strcpy(p->model, gpu->model);
    strcpy(p->driver, gpu->driver);
    strcpy(p->firmware, g->firmware);
    read_version(g, p);
    count_states(rooms, p);
    add_guests(host, gpu, p);
}

static bool belongs(const struct xlgpu_gpu *gpu, struct xlgpu_precheck_gpu *g)
{
    static const struct xlgpu_layout none;

    xlgpu_precheck_gpu_read(gpu, &none, g);
    return xlgpu_can_partition(g);
}

size_t *xlgpu_pool_gpus(const struct xlgpu_host *host, size_t *n_r)
{
    size_t i, *list = xlgpu_zalloc(host->inventory.n, sizeof(*list));
    struct xlgpu_precheck_gpu g;

    *n_r = 0;
    for (i = 0; i < host->inventory.n; i++)
        if (belongs(&host->inventory.gpu[i], &g)) list[(*n_r)++] = i;
    return list;
}

/* ---- The host ---- */

/*
 * Whoever has it is this host, by whatever name it was reached: the boot of
 * its kernel, and the directory of its locks, for what shares a kernel.
 */
static char *identity(void)
{
    struct xlgpu_owner self = xlgpu_owner_self();
    struct stat st;

    if (stat(xlgpu_run_dir(), &st)) st.st_ino = 0;
    return xlgpu_asprintf("%s/%llu", self.boot,
                          (unsigned long long)st.st_ino);
}

int xlgpu_pool_gather(struct xlgpu_host *host, struct xlgpu_pool_facts *facts)
{
    char name[XLGPU_POOL_HOST_MAX] = "";
    struct xlgpu_precheck_gpu g;
    struct xlgpu_rooms rooms;
    size_t i;
    int rc;

    *facts = (struct xlgpu_pool_facts){ 0 };
    rc = xlgpu_host_rooms(host, "", &rooms);
    if (rc) return rc;
    if (gethostname(name, sizeof(name) - 1)) *name = '\0';
    facts->host = xlgpu_strdup(name);
    facts->identity = identity();
    for (i = 0; i < host->inventory.n; i++)
        if (belongs(&host->inventory.gpu[i], &g)) add(facts, host, &g, &rooms);
    xlgpu_rooms_dispose(&rooms);
    return XLGPU_OK;
}
