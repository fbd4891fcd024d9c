/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the source says of the guest that is to move: the MOVING frame.
 * Pure; migrate/gather.h fills it.
 */
#ifndef XLGPU_MOVING_H
#define XLGPU_MOVING_H

#include "inventory/bdf.h"
#include "inventory/model.h"
#include "policy/ladder.h"
#include "policy/shape.h"
#include "xenstore/records.h"

/* Bounds of what the other side may say; a guest has less. */
#define XLGPU_MOVING_NAME_MAX 1024
#define XLGPU_MOVING_TEXT_MAX 4096
#define XLGPU_MOVING_LIST_MAX 256
#define XLGPU_FEATURES_MAX 64

enum xlgpu_guest_type { XLGPU_GUEST_HVM, XLGPU_GUEST_PV, XLGPU_GUEST_PVH };

/* How it is. Only one that runs suspends, or shuts down, when it is asked. */
enum xlgpu_guest_state {
    XLGPU_GUEST_RUNS,
    XLGPU_GUEST_PAUSED,
    XLGPU_GUEST_DOWN,      /* suspended, shut down, or libxl can't say */
    XLGPU_GUEST_UNSETTLED, /* a migration of it is not settled here */
};

/* A hypervisor, as far as a guest depends on it. */
struct xlgpu_xen_facts {
    unsigned int major, minor;
    /* CPU features, Xen's featureset words: at the source what the guest
     * was given, at the target what it can be given. */
    uint32_t feature[XLGPU_FEATURES_MAX]; /* 0 after the last */
    unsigned int n_features; /* 0: not known */
};

struct xlgpu_moving {
    char uuid[XLGPU_UUID_LEN];
    char *name;                  /* owned, as all that follows */
    uint32_t domid;              /* at the source */
    enum xlgpu_guest_state state; /* for the verdict alone: in no frame */
    enum xlgpu_guest_type type;
    uint64_t memory, memory_max; /* what it is to have, what it may; bytes */
    struct xlgpu_xen_facts xen;  /* of the source */

    /* Its partition. */
    struct xlgpu_bdf partition;  /* at the source */
    unsigned int vslot;
    struct xlgpu_shape shape;
    uint16_t gpu_vendor, gpu_device, gpu_subvendor, gpu_subdevice;
    uint64_t gpu_memory;         /* bytes; 0: not known */
    unsigned int gpu_count;      /* of its partitions */
    char model[XLGPU_MODEL_NAME_MAX];
    char *spec;                  /* its entry of gpu=; "" by hot-plug */

    /* What its owner allows and says. */
    bool live, hotplug, restart; /* gpu_migrate */
    bool state_guest;            /* gpu_state = "guest" */
    bool announced;              /* the guest said that it handles suspend */
    bool kept;                   /* its kept config asks for that alone */
    bool poweroff_destroys;

    /* What else it has. */
    struct xlgpu_moving_device {
        struct xlgpu_bdf bdf;
        unsigned int vslot;
        char id[XLGPU_ID_LEN];   /* inventory/bdf.h; "": not known */
    } *device;                   /* passed through, the partition left out */
    size_t n_devices;
    char **disk;                 /* paths of files and devices in dom0 */
    size_t n_disks;
    char **bridge;               /* of its network interfaces, each once */
    size_t n_bridges;

    enum xlgpu_known records_dirty; /* the source's IOMMU can */
    enum xlgpu_dma_log dma_log;     /* … and its hypervisor's log has it */
    enum xlgpu_mode mode;           /* asked for */
};

/* The JSON, which the caller frees; NULL if a name is none that JSON can
 * have. */
char *xlgpu_moving_json(const struct xlgpu_moving *moving);

/*
 * Reads that; text has a NUL behind it, and may be hostile. NULL, or what is
 * wrong with it, which the caller frees. Dispose in either case.
 */
char *xlgpu_moving_parse(const char *text, struct xlgpu_moving *moving);
void xlgpu_moving_dispose(struct xlgpu_moving *moving);

#endif
