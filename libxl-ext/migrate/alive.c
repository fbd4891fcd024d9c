/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "migrate/alive.h"

#include <signal.h>
#include <unistd.h>

#define POLL_US 100000

/* That the peer is gone is noticed by who speaks to it next. */
static void *alive_main(void *opaque)
{
    struct xlgpu_alive *alive = opaque;

    while (!__atomic_load_n(&alive->over, __ATOMIC_RELAXED) &&
           !xlgpu_channel_keep(alive->ch))
        usleep(POLL_US);
    return NULL;
}

void xlgpu_alive_begin(struct xlgpu_alive *alive, struct xlgpu_channel *ch)
{
    sigset_t all, before;

    *alive = (struct xlgpu_alive){ .ch = ch };
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    alive->runs = !pthread_create(&alive->thread, NULL, alive_main, alive);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void xlgpu_alive_end(struct xlgpu_alive *alive)
{
    __atomic_store_n(&alive->over, true, __ATOMIC_RELAXED);
    if (alive->runs) pthread_join(alive->thread, NULL);
}
