/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that left this host, when somebody is about to create or move one
 * here. */
#ifndef XLGPU_MOVED_H
#define XLGPU_MOVED_H

#include "domain/config.h"

/*
 * The host that it moved to is asked. Refused, said: it runs there, or the
 * host does not answer. One that no longer runs there may be created here.
 * what is the config, for messages; path its file.
 */
int xlgpu_moved_check(const char *what, const char *path,
                      const struct xlgpu_config *config);

/* Whether the guest, by UUID or name, is not here, but left for that host,
 * and runs there. Silent. */
bool xlgpu_moved_to(const char *guest, const char *host);

#endif
