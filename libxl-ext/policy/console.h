/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Xen said of its IOMMU when it started: no interface tells it later.
 * Xen's console is a ring (conring_size), so that the messages of the start
 * may be gone. Pure.
 */
#ifndef XLGPU_CONSOLE_H
#define XLGPU_CONSOLE_H

#include "policy/known.h"

struct xlgpu_console {
    enum xlgpu_known interrupt_remapping;
    enum xlgpu_known host_dirty; /* the IOMMU can record dirty pages; only
                                  * of AMD's is it said */
};

/*
 * ring is the whole console, lines of Xen's and of guests'. Only Xen's count:
 * a guest may print what it likes.
 */
struct xlgpu_console xlgpu_console_understand(const char *ring);

#endif
