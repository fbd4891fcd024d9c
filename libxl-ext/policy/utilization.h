/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guests need of a cluster's node, and what it has for them, as
 * Pacemaker's utilization attributes. Pure.
 *
 *   xl-gpu                            any partition
 *   xl-gpu.model.MODEL                one of that model
 *   xl-gpu.memory.MIB                 one with that much memory
 *   xl-gpu.model.MODEL.memory.MIB     both
 *
 * A guest needs one of each that its gpu= says. Pacemaker takes what its own
 * guests need from what a node has: so that is what is free, and what those
 * guests have already. One that has a partition of a kind that it did not ask
 * for is not taken off that kind by Pacemaker, and does not count there.
 */
#ifndef XLGPU_UTILIZATION_H
#define XLGPU_UTILIZATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/holder.h"
#include "policy/spec.h"

/* Names have nothing but [A-Za-z0-9_.-]. */
struct xlgpu_attribute {
    char *name;          /* owned */
    unsigned int usable; /* by the cluster's guests, those that run too */
    unsigned int free;   /* of those */
    bool exact;          /* says all that is known of the partition */
};

struct xlgpu_attributes {
    struct xlgpu_attribute *attribute; /* in the order they came; owned */
    size_t n;
};

/* Who has a partition that is not free. */
enum xlgpu_held_by {
    XLGPU_BY_OTHERS,
    XLGPU_BY_CLUSTER, /* a guest of the cluster's, whose needs are known */
    XLGPU_BY_UNKNOWN, /* nobody knows yet: it is being made */
};

/* What a guest needs one of: the attributes, with nothing counted. */
void xlgpu_utilization_need(const struct xlgpu_spec *spec,
                            struct xlgpu_attributes *need);

/* The same from names with commas between them; - for none. */
void xlgpu_utilization_parse(const char *names, struct xlgpu_attributes *need);

/* Counts a partition; memory is in bytes, 0: not known. need is what Pacemaker
 * takes off for the guest of the cluster's that has it, and NULL otherwise. */
void xlgpu_utilization_add(struct xlgpu_attributes *have, const char *model,
                           uint64_t memory, enum xlgpu_partition_state state,
                           enum xlgpu_held_by by,
                           const struct xlgpu_attributes *need);

const struct xlgpu_attribute *xlgpu_attributes_find(
    const struct xlgpu_attributes *list, const char *name);
void xlgpu_attributes_dispose(struct xlgpu_attributes *list);

#endif
