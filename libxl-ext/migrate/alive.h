/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While this process waits for locks or a reset, the peer is told that it is
 * alive: it gives up on one that is silent.
 */
#ifndef XLGPU_MIGRATE_ALIVE_H
#define XLGPU_MIGRATE_ALIVE_H

#include <pthread.h>
#include <stdbool.h>

#include "migrate/frame.h"

struct xlgpu_alive {
    struct xlgpu_channel *ch;
    pthread_t thread;
    bool runs, over;
};

/* Until xlgpu_alive_end() the channel is not for anybody else. Where there
 * can be no thread, nothing is told. */
void xlgpu_alive_begin(struct xlgpu_alive *alive, struct xlgpu_channel *ch);
void xlgpu_alive_end(struct xlgpu_alive *alive);

#endif
