/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the holder of a partition still is one. Pure. */
#ifndef XLGPU_HOLDER_H
#define XLGPU_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

enum xlgpu_partition_state {
    XLGPU_FREE,
    XLGPU_RESERVED,
    XLGPU_HELD,
    XLGPU_RESETTING, /* on its way from a holder to free */
    XLGPU_QUARANTINED,
};

struct xlgpu_holder_facts {
    enum xlgpu_partition_state state; /* as recorded */
    bool locked;       /* some process has the lock of the guest's UUID */
    bool domain;       /* a domain with the UUID exists */
    bool device;       /* … and libxl says that it has the partition */
    bool owner;        /* the process that made the record lives */
    bool expired;      /* the record's own time is over */
    bool journal;      /* a migration of the guest is not settled here */
    bool promised;     /* it is the guest's, whether that runs or not */
    bool hot_plugged;  /* attached later, so nobody was given the lock */
    int64_t absent;    /* seconds since its domain was first missed;
                        * below 0: it was not missed yet */
};

enum xlgpu_holder_verdict {
    XLGPU_HOLDER_KEEP,    /* nothing changes */
    XLGPU_HOLDER_CONFIRM, /* it is held */
    XLGPU_HOLDER_RESERVE, /* it is reserved again */
    XLGPU_HOLDER_MISSED,  /* note the time: the guest may be rebooting */
    XLGPU_HOLDER_RELEASE, /* reset it and make it free */
};

/*
 * A hot-plugged partition is kept this long without its domain: a reboot has
 * at least two seconds in which there is none, xl's monitor brings the
 * device back after it, and no lock tells that it will.
 */
#define XLGPU_REBOOT_GRACE_S 60

enum xlgpu_holder_verdict xlgpu_holder_judge(
    const struct xlgpu_holder_facts *facts);

const char *xlgpu_partition_state_string(enum xlgpu_partition_state state);

/* False if the string is no state's. */
bool xlgpu_partition_state_parse(const char *s,
                                 enum xlgpu_partition_state *state_r);

/* The states of a GPU's partitions are kept as one letter each. */
char xlgpu_partition_state_letter(enum xlgpu_partition_state state);
bool xlgpu_partition_state_of_letter(char letter,
                                     enum xlgpu_partition_state *state_r);

#endif
