/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Model files: what is known of a GPU model that no interface of the kernel
 * tells. /etc/xl-gpu/models.d/NAME.conf, or the directory that
 * XLGPU_MODELS names; xl.cfg's syntax, one model a file. xl-gpu-models(5).
 */
#ifndef XLGPU_MODEL_H
#define XLGPU_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resources.h"

#define XLGPU_MODEL_NAME_MAX 32

struct xlgpu_model_match {
    uint16_t vendor, device;
    bool any_subsystem;
    uint16_t subvendor, subdevice;
};

struct xlgpu_model {
    char name[XLGPU_MODEL_NAME_MAX]; /* as model= of gpu= names it */
    struct xlgpu_model_match *match; /* owned */
    size_t n_matches;
    uint64_t memory;       /* of the whole GPU, bytes; 0: not known */
    unsigned int *counts;  /* valid partition counts, ascending; owned */
    size_t n_counts;       /* 0: every count up to the device's own limit */
    struct xlgpu_profile *profile; /* owned */
    size_t n_profiles;
    struct xlgpu_resources pf; /* what the PF keeps: its time slice */
};

struct xlgpu_models {
    struct xlgpu_model *model;
    size_t n;
};

/*
 * Reads all model files; a directory that is not there holds none. A file
 * that can't be read or understood is warned of and left out: one bad file
 * must not take the other GPUs away.
 */
void xlgpu_models_read(struct xlgpu_models *models);
void xlgpu_models_dispose(struct xlgpu_models *models);

/* The model of a device, one with its subsystem first; NULL if unknown. */
const struct xlgpu_model *xlgpu_model_find(const struct xlgpu_models *models,
                                           uint16_t vendor, uint16_t device,
                                           uint16_t subvendor,
                                           uint16_t subdevice);

#endif
