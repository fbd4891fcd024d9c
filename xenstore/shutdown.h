/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The request to a guest to shut down: control/shutdown, xenstore-paths(7).
 * The guest empties it when it takes the request. */
#ifndef XLGPU_SHUTDOWN_H
#define XLGPU_SHUTDOWN_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a request is there that the guest has not taken. */
bool xlgpu_shutdown_is_asked(uint32_t domid);

/* Calls it off; false, with nothing done, when it is taken already. */
bool xlgpu_shutdown_call_off(uint32_t domid);

#endif
