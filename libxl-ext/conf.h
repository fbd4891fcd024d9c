/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's settings: /etc/xl-gpu/gpu.conf, or what XLGPU_CONF names, in
 * xl.cfg's syntax. xl-gpu.conf(5).
 */
#ifndef XLGPU_CONF_H
#define XLGPU_CONF_H

#include "policy/place.h"

struct xlgpu_conf {
    enum xlgpu_placement placement;
    unsigned int reset_timeout; /* seconds */
    struct xlgpu_conf_group {
        char name[XLGPU_GROUP_NAME_MAX];
        struct xlgpu_bdf gpu;
    } *group;                   /* an entry for each GPU of each; owned */
    size_t n_groups;
    char *migrate_command;      /* words, the host follows; owned */
    bool compress;              /* what is sent to another host */
    bool by_content;            /* tracker: no other */
    bool allow_restart;         /* a guest that can't move better */
    bool allow_save;            /* xl save of a guest with a partition, whose
                                 * device loses its state */
    char **pool;                /* hosts as the above reaches them; owned */
    size_t n_pool;
    unsigned int pool_timeout;  /* seconds */
};

/* An absent file gives the defaults. Says what is wrong with it. */
int xlgpu_conf_read(struct xlgpu_conf *conf);
void xlgpu_conf_dispose(struct xlgpu_conf *conf);

/* Whether the GPU is in the group. */
bool xlgpu_conf_in_group(const struct xlgpu_conf *conf, struct xlgpu_bdf gpu,
                         const char *name);

#endif
