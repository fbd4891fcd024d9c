/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a migration does to a domain itself, by libxl. */
#ifndef XLGPU_CONTROL_H
#define XLGPU_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include <libxl.h>

enum xlgpu_condition {
    XLGPU_DOMAIN_GONE,
    XLGPU_DOMAIN_RUNS,      /* or waits for an event */
    XLGPU_DOMAIN_PAUSED,    /* by a toolstack */
    XLGPU_DOMAIN_SUSPENDED, /* shut down for "suspend" */
    XLGPU_DOMAIN_SHUT_DOWN, /* for another reason, or dying */
    XLGPU_DOMAIN_UNKNOWN,   /* libxl can't say */
};

/* Of the domain with that UUID now; *domid_r is its domid when it is there. */
enum xlgpu_condition xlgpu_domain_condition(libxl_ctx *xen, const char *uuid,
                                            uint32_t *domid_r);

/* A suspended domain runs again where it is. Says what failed. */
int xlgpu_domain_resume(libxl_ctx *xen, uint32_t domid, const char *name);
int xlgpu_domain_unpause(libxl_ctx *xen, uint32_t domid, const char *name);
int xlgpu_domain_destroy(libxl_ctx *xen, uint32_t domid, const char *name);

/* The name that it has by right, where xl had put "--incoming" or
 * "--migratedaway" behind it. */
int xlgpu_domain_rename(libxl_ctx *xen, uint32_t domid, const char *name);

/* Asks it to shut down: its PV drivers, or its ACPI where it has none. */
int xlgpu_domain_shutdown(libxl_ctx *xen, uint32_t domid, const char *name,
                          bool *pv_r);

#endif
