/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records in xenstore: which partitions there are and who has each.
 * The paths are described in xl-gpu-paths.pandoc beside this file.
 *
 * Every change is one transaction, retried while xenstored answers EAGAIN.
 * Functions return an enum xlgpu_status and say what failed, unless said
 * otherwise.
 */
#ifndef XLGPU_RECORDS_H
#define XLGPU_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "inventory/bdf.h"
#include "inventory/gpu.h"
#include "policy/holder.h"
#include "status.h"

#define XLGPU_UUID_LEN 37 /* with its NUL */
#define XLGPU_REASON_MAX 256

/* A process, so that another one that got its pid is not taken for it. */
struct xlgpu_owner {
    pid_t pid;                 /* 0: none */
    unsigned long long start;  /* clock ticks after boot, proc(5) stat (22) */
    char boot[XLGPU_UUID_LEN]; /* /proc/sys/kernel/random/boot_id */
};

struct xlgpu_record {
    struct xlgpu_bdf gpu;
    unsigned int index;
    struct xlgpu_bdf bdf;
    enum xlgpu_partition_state state;
    /* Of a partition that is not free: */
    char uuid[XLGPU_UUID_LEN];   /* the holder; "": none */
    struct xlgpu_owner owner;    /* who reserves or resets it */
    int64_t expires;             /* of a reservation, Unix time; 0: never */
    unsigned int vslot;          /* the guest's slot; 0: none */
    bool hot_plugged;
    int64_t absent_since;        /* Unix time; 0: its domain is not missed */
    char reason[XLGPU_REASON_MAX]; /* of the quarantine */
};

struct xlgpu_records {
    struct xlgpu_record *record;
    size_t n;
};

struct xlgpu_store;

int xlgpu_store_open(struct xlgpu_store **store_r);
void xlgpu_store_close(struct xlgpu_store *store); /* NULL is fine */

/*
 * Makes the GPU's running layout what gpu says: nothing happens when it is
 * that already, otherwise every partition is free afterwards. A count of 0
 * removes the GPU's directory.
 */
int xlgpu_store_set_layout(struct xlgpu_store *store,
                           const struct xlgpu_gpu *gpu);

/* One moment's view of all partitions. Free with xlgpu_records_dispose(). */
int xlgpu_store_list(struct xlgpu_store *store, struct xlgpu_records *records);
void xlgpu_records_dispose(struct xlgpu_records *records);

const struct xlgpu_record *xlgpu_records_find(
    const struct xlgpu_records *records, struct xlgpu_bdf gpu,
    unsigned int index);
const struct xlgpu_record *xlgpu_records_find_uuid(
    const struct xlgpu_records *records, const char *uuid);

/* Whether they say of the GPU what the hardware has. */
bool xlgpu_records_match(const struct xlgpu_records *records,
                         const struct xlgpu_gpu *gpu);

/*
 * Fills in record from what is there, or returns another status, which ends
 * the transaction with nothing changed. May be called more than once.
 */
typedef int xlgpu_choose_fn(const struct xlgpu_records *records,
                            struct xlgpu_record *record, void *arg);

/*
 * Writes the record that choose makes, in the transaction in which choose
 * saw the others. Says nothing itself when choose fails.
 */
int xlgpu_store_reserve(struct xlgpu_store *store, xlgpu_choose_fn *choose,
                        void *arg, struct xlgpu_record *record_r);

/*
 * Writes the record to in place of from. XLGPU_IN_USE, silently, when the
 * partition's record no longer is from: somebody else was quicker.
 */
int xlgpu_store_replace(struct xlgpu_store *store,
                        const struct xlgpu_record *from,
                        const struct xlgpu_record *to);

/* This process. */
struct xlgpu_owner xlgpu_owner_self(void);
bool xlgpu_owner_alive(const struct xlgpu_owner *owner);

#endif
