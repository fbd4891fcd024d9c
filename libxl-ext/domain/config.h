/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain config says that matters to a partition. */
#ifndef XLGPU_CONFIG_H
#define XLGPU_CONFIG_H

#include <libxl.h>

#include "policy/spec.h"
#include "xenstore/records.h"

struct xlgpu_config {
    bool has_gpu;              /* otherwise nothing below is set */
    struct xlgpu_spec *spec;   /* at most one of a partition; owned */
    size_t n_specs;
    char *partition;           /* the entry that asks for one; owned */
    char *cpus;                /* cpus= as one list; NULL: none; owned */
    char *name;                /* owned */
    char uuid[XLGPU_UUID_LEN]; /* "": the config names none */
    bool has_passthrough;
    uint32_t slots;            /* taken by the pci= entries, a bit each */
    struct xlgpu_bdf *pci;     /* what they name; owned */
    size_t n_pci;
    /* gpu_migrate: what its owner allows. */
    bool live, hotplug, restart;
    bool state_guest;          /* gpu_state = "guest" */
    bool poweroff_destroys;    /* on_poweroff is "destroy", xl's default */
    char *text;                /* the whole config, extra included; owned */
};

/*
 * Reads a config as xl does: the file's text, then extra, which may be "".
 * What stock xl would refuse by itself is left to it: then, as for a config
 * without gpu=, has_gpu is false. Says what is wrong with a gpu= config.
 */
int xlgpu_config_read(const char *file, const char *extra,
                      struct xlgpu_config *config);
/* The same of a text; what names it in messages. */
int xlgpu_config_read_text(const char *what, const char *text,
                           struct xlgpu_config *config);
void xlgpu_config_dispose(struct xlgpu_config *config);

/*
 * The config of a running domain, as libxl has it: which slots are taken,
 * and whether it can be given a partition at all. name is for messages.
 */
int xlgpu_config_check_running(libxl_ctx *xen, uint32_t domid,
                               const char *name, uint32_t *slots_r);

/* A file that xl save made: the devices in it, and the guest. */
struct xlgpu_saved {
    char *name;                /* owned */
    char uuid[XLGPU_UUID_LEN];
    struct xlgpu_saved_device {
        struct xlgpu_bdf bdf;
        unsigned int vslot;
    } *device;                 /* owned */
    size_t n_devices;
};

/* False, silently, when the file is not what xl save writes: xl will say. */
bool xlgpu_saved_read(libxl_ctx *xen, const char *file,
                      struct xlgpu_saved *saved);
void xlgpu_saved_dispose(struct xlgpu_saved *saved);

#endif
