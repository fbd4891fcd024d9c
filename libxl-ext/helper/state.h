/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain has beside its memory, in the records of the stream. */
#ifndef XLGPU_STATE_H
#define XLGPU_STATE_H

#include <stdbool.h>

#include <xenctrl.h>

#include "helper/stream.h"

/* All return 0 or the errno of what failed. */

/* The headers and the CPU policy. */
int xlgpu_state_begin(xc_interface *xch, uint32_t domid,
                      struct xlgpu_stream *s);

/* Its vCPUs and virtual devices, and the end of the stream. */
int xlgpu_state_end(xc_interface *xch, uint32_t domid,
                    struct xlgpu_stream *s);

/* Xen's own word that the domain is shut down for "suspend". */
bool xlgpu_state_is_suspended(xc_interface *xch, uint32_t domid);

#endif
