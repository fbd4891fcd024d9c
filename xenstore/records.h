/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records in xenstore: which partitions there are and who has each, and
 * who has a GPU as a whole. The paths are described in xl-gpu-paths.pandoc
 * beside this file.
 *
 * Every change is one transaction, retried while xenstored answers EAGAIN.
 * Functions return an enum xlgpu_status and say what failed, unless said
 * otherwise.
 */
#ifndef XLGPU_RECORDS_H
#define XLGPU_RECORDS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "inventory/bdf.h"
#include "inventory/gpu.h"
#include "policy/holder.h"
#include "policy/place.h"
#include "status.h"

#define XLGPU_UUID_LEN 37 /* with its NUL */
#define XLGPU_REASON_MAX 256

/* A process, so that another one that got its pid is not taken for it. */
struct xlgpu_owner {
    pid_t pid;                 /* 0: none */
    unsigned long long start;  /* clock ticks after boot, proc(5) stat (22) */
    char boot[XLGPU_UUID_LEN]; /* /proc/sys/kernel/random/boot_id */
};

/* Instead of a partition's index: the GPU as a whole. It has a record only
 * while it is not free. */
#define XLGPU_WHOLE UINT_MAX

struct xlgpu_record {
    struct xlgpu_bdf gpu;
    unsigned int index;          /* or XLGPU_WHOLE */
    struct xlgpu_bdf bdf;
    enum xlgpu_partition_state state;
    /* Of one that is not free: */
    char uuid[XLGPU_UUID_LEN];   /* the holder; "": none */
    struct xlgpu_owner owner;    /* who reserves or resets it */
    int64_t expires;             /* of a reservation, Unix time; 0: never */
    unsigned int vslot;          /* the guest's slot; 0: none */
    bool hot_plugged;
    int64_t absent_since;        /* Unix time; 0: its domain is not missed */
    char driver[XLGPU_DRIVER_NAME_MAX]; /* of a whole GPU: to be bound again
                                         * afterwards; "": stays on pciback */
    char reason[XLGPU_REASON_MAX]; /* of the quarantine */
};

struct xlgpu_records {
    struct xlgpu_record *record;
    size_t n;
};

struct xlgpu_store;

int xlgpu_store_open(struct xlgpu_store **store_r);
void xlgpu_store_close(struct xlgpu_store *store); /* NULL is fine */

/* ---- The running layout ---- */

/*
 * Makes the GPU's running layout what gpu says: nothing happens when it is
 * that already, otherwise every partition is free afterwards. A count of 0
 * removes it. A change that was begun is ended thereby. memory is that of
 * one partition, in bytes.
 */
int xlgpu_store_set_layout(struct xlgpu_store *store,
                           const struct xlgpu_gpu *gpu, uint64_t memory);

/* Notes that this process changes the GPU's layout: nothing of it is handed
 * out until xlgpu_store_set_layout(). */
int xlgpu_store_begin_change(struct xlgpu_store *store, struct xlgpu_bdf gpu);

/* Forgets that, where there is nothing to be recorded. */
int xlgpu_store_end_change(struct xlgpu_store *store, struct xlgpu_bdf gpu);

/* The GPUs whose change was begun, and by whom. */
struct xlgpu_change {
    struct xlgpu_bdf gpu;
    struct xlgpu_owner owner;
};
int xlgpu_store_changes(struct xlgpu_store *store,
                        struct xlgpu_change **change_r, size_t *n_r);

/*
 * What placement needs to know of the partitioned GPUs: a few nodes for
 * each, however many partitions it has. Free with xlgpu_rooms_dispose().
 */
int xlgpu_store_rooms(struct xlgpu_store *store, struct xlgpu_rooms *rooms);

/* ---- All records ---- */

/* Of each GPU one moment's view. Free with xlgpu_records_dispose(). */
int xlgpu_store_list(struct xlgpu_store *store, struct xlgpu_records *records);
void xlgpu_records_dispose(struct xlgpu_records *records);

const struct xlgpu_record *xlgpu_records_find(
    const struct xlgpu_records *records, struct xlgpu_bdf gpu,
    unsigned int index);
/* The guest's partition; whole GPUs are not looked at. */
const struct xlgpu_record *xlgpu_records_find_uuid(
    const struct xlgpu_records *records, const char *uuid);
/* A GPU that the guest has as a whole: that one; any where gpu is NULL. */
const struct xlgpu_record *xlgpu_records_find_whole(
    const struct xlgpu_records *records, const char *uuid,
    const struct xlgpu_bdf *gpu);

/* Whether they say of the GPU what the hardware has. */
bool xlgpu_records_match(const struct xlgpu_records *records,
                         const struct xlgpu_gpu *gpu);

/* ---- One record ---- */

/* The partition of a guest: XLGPU_NOT_FOUND, silently, when it has none. */
int xlgpu_store_find(struct xlgpu_store *store, const char *uuid,
                     struct xlgpu_record *record_r);

/*
 * Writes the reservation, and fills in its bdf. Silently: XLGPU_NO_ROOM when
 * the partition, or the GPU as a whole, is not free any more; XLGPU_IN_USE
 * when the guest has a partition already.
 */
int xlgpu_store_reserve(struct xlgpu_store *store,
                        struct xlgpu_record *record);

/*
 * Writes the record to in place of from. XLGPU_IN_USE, silently, when the
 * record no longer is from: somebody else was quicker.
 */
int xlgpu_store_replace(struct xlgpu_store *store,
                        const struct xlgpu_record *from,
                        const struct xlgpu_record *to);

/*
 * The same for a device that the guest was seen to have. XLGPU_IN_USE too
 * when libxl's note does not say so any more: the guest was seen before it
 * was detached, and the record after that.
 */
int xlgpu_store_adopt(struct xlgpu_store *store,
                      const struct xlgpu_record *from,
                      const struct xlgpu_record *to, uint32_t domid);

/* This process, or another one that lives. */
struct xlgpu_owner xlgpu_owner_self(void);
struct xlgpu_owner xlgpu_owner_of(pid_t pid);
bool xlgpu_owner_alive(const struct xlgpu_owner *owner);
/* Reads "PID START BOOT"; false if it is not that. */
bool xlgpu_owner_parse(const char *text, struct xlgpu_owner *owner_r);

#endif
