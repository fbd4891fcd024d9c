/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gpu-migrate, which has the move: a socket, one JSON object a line.
 *
 * To the helper: first, at once, the plan
 *   {"mode":"live"|"freeze","tracker":"content"|"iommu","devices":[BDF,…],
 *    "threads":N,"max_rounds":N,"max_seconds":N,"pause_target_ms":N,
 *    "quiet_seconds":N}
 * and {"go":true} after "suspending" and after "quiet", when it is in its
 * journal that the guest is asked to suspend, and the devices' state.
 *
 * From the helper:
 *   {"event":"tracker","tracker":"content"|"iommu"}  the one in use (live)
 *   {"event":"round","round":N,"pages":N,"bytes":N,"changed":N,"left":N}
 *       also during a round: pages and bytes that it sent, those of the
 *       pages that had been sent before, frames not looked at. The one after
 *       "quieted" is the last, with the guest suspended
 *   {"event":"suspending"}  about to ask for it
 *   {"event":"suspended"}
 *   {"event":"quiet","devices":[{"bdf":BDF,"command":N},…]}
 *   {"event":"quieted"}
 *   {"event":"done","timing_us":{…},"pages":{…}}
 *   {"event":"error","why":TEXT,"remedy":TEXT}
 *
 * Its end of file means that gpu-migrate is gone. Functions return 0 or an
 * errno, EPIPE then.
 */
#ifndef XLGPU_MOVE_H
#define XLGPU_MOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yajl/yajl_gen.h>

#include "inventory/bdf.h"
#include "policy/rounds.h"

#define XLGPU_MOVE_MAX_DEVICES 64

struct xlgpu_plan {
    bool live;
    bool iommu;
    struct xlgpu_bdf device[XLGPU_MOVE_MAX_DEVICES];
    size_t n_devices;
    unsigned int threads, quiet_seconds;
    struct xlgpu_rounds_limits limits;
};

/* EINVAL: what is wrong is in why_r, a constant. */
int xlgpu_plan_parse(const char *json, struct xlgpu_plan *plan,
                     const char **why_r);

/* fd -1: nobody, for errors before there is a socket. */
struct xlgpu_move {
    int fd;
};

int xlgpu_move_read_plan(struct xlgpu_move *move, struct xlgpu_plan *plan,
                         const char **why_r);
/* Waits for {"go":true}. */
int xlgpu_move_wait_go(struct xlgpu_move *move);

/* An event without more, and in parts: what is between begin and end goes
 * into its object. */
int xlgpu_event_plain(struct xlgpu_move *move, const char *event);
yajl_gen xlgpu_event_begin(const char *event);
int xlgpu_event_end(struct xlgpu_move *move, yajl_gen gen);
void xlgpu_event_string(yajl_gen gen, const char *key, const char *value);
void xlgpu_event_number(yajl_gen gen, const char *key, uint64_t value);
void xlgpu_event_key(yajl_gen gen, const char *key);

/* From then on the end of the socket is as a SIGTERM to this thread. */
int xlgpu_move_watch(struct xlgpu_move *move);

#endif
