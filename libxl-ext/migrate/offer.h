/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the target answers about a guest that wants to come: the OFFER frame.
 * Pure; migrate/gather.h fills it.
 */
#ifndef XLGPU_OFFER_H
#define XLGPU_OFFER_H

#include "migrate/moving.h"

/* Whether a partition is free that is like the guest's. */
enum xlgpu_room_state {
    XLGPU_ROOM_FREE,
    XLGPU_ROOM_NO_GPU,       /* no GPU there is partitioned */
    XLGPU_ROOM_OTHER_SHAPE,  /* none is like it */
    XLGPU_ROOM_OTHER_SPEC,   /* none is as gpu= of the guest wants it */
    XLGPU_ROOM_ALL_HELD,
};

enum xlgpu_absent_kind { XLGPU_ABSENT_DEVICE, XLGPU_ABSENT_DISK,
                         XLGPU_ABSENT_BRIDGE };

struct xlgpu_offer {
    unsigned int protocol;      /* XLGPU_PROTOCOL of migrate/frame.h */
    char *host;                 /* what it calls itself; owned */
    struct xlgpu_xen_facts xen;
    bool iommu;                 /* guests there can have devices */
    uint64_t memory_free;       /* bytes, dom0's share not touched */
    bool dom0_shrinks;          /* … of which xl takes what is missing */
    bool name_free, uuid_free;

    struct xlgpu_offer_room {
        enum xlgpu_room_state state;
        unsigned int free;      /* how many partitions match */
        char *differs;          /* how the others differ; "": no; owned */
    } room;

    /* What the guest has and the target hasn't. */
    struct xlgpu_absent {
        enum xlgpu_absent_kind kind;
        char *name;             /* the BDF, path or bridge; owned */
        char *why;              /* owned */
    } *absent;                  /* owned */
    size_t n_absent;
};

/* As those of migrate/moving.h. */
char *xlgpu_offer_json(const struct xlgpu_offer *offer);
char *xlgpu_offer_parse(const char *text, struct xlgpu_offer *offer);
void xlgpu_offer_dispose(struct xlgpu_offer *offer);

#endif
