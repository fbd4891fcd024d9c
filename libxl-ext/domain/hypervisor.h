/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor tells of itself, beyond libxl. */
#ifndef XLGPU_HYPERVISOR_H
#define XLGPU_HYPERVISOR_H

#include <stdint.h>

#include <libxl.h>

#include "policy/console.h"
#include "policy/ladder.h"
#include "policy/precheck.h"

/* What gpu-precheck asks of Xen; where it does not answer, says so and leaves
 * the rest not known. */
void xlgpu_hypervisor_ask(struct xlgpu_precheck_facts *f, bool verbose);

/* What its console's ring still has. */
struct xlgpu_console xlgpu_hypervisor_console(libxl_ctx *xen);

/* hypfs' /iommu/log-dirty-dma; a Xen without it, or the node, logs none. */
enum xlgpu_dma_log xlgpu_hypervisor_dma_log(void);

/* Ends the domain's dirty log, which a save that was killed leaves on; fine
 * for a domain without one. */
void xlgpu_hypervisor_log_off(uint32_t domid);

/*
 * CPU features, as Xen's featureset words: how many of at most max; 0: not
 * known. What an HVM guest can be given, and what this one was given, which
 * its cpuid= or a host before this one may have cut down.
 */
unsigned int xlgpu_hypervisor_features(uint32_t *word, unsigned int max);
unsigned int xlgpu_hypervisor_features_of(uint32_t domid, uint32_t *word,
                                          unsigned int max);

#endif
