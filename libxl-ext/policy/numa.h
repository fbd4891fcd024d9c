/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On which NUMA node a guest's vCPUs are. Pure. */
#ifndef XLGPU_NUMA_H
#define XLGPU_NUMA_H

#include <stdbool.h>

/*
 * node[c] is the node of the host's CPU c, or -1, for n CPUs. Both return
 * the one node of the CPUs, or -1 where it is not one.
 */
long xlgpu_numa_of_cpus(const bool *may, const int *node, int n);

/* cpus= of xl.cfg(5): "all", "2", "2-5", "node:1", "nodes:0-1", "^3", with
 * commas between. What is not understood is no node: xl will say. */
long xlgpu_numa_of_list(const char *cpus, const int *node, int n);

#endif
