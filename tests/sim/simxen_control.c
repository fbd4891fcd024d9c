/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the library that stands for libxl: what is done to domains, and how one
 * hears of their ends. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxl.h>
#include <libxl_event.h>

#include "simconfig.h"
#include "simdom.h"

#define POLL_US 20000

int libxl_domain_resume(libxl_ctx *ctx, uint32_t domid, int suspend_cancel,
                        const libxl_asyncop_how *ao_how)
{
    (void)ctx, (void)suspend_cancel, (void)ao_how;
    return sim_domain_resume(domid) ? ERROR_FAIL : 0;
}

int libxl_domain_unpause(libxl_ctx *ctx, uint32_t domid,
                         const libxl_asyncop_how *ao_how)
{
    (void)ctx, (void)ao_how;
    return sim_domain_set(domid, "state", "") ? ERROR_FAIL : 0;
}

int libxl_domain_rename(libxl_ctx *ctx, uint32_t domid, const char *old_name,
                        const char *new_name)
{
    struct sim_domain d;

    (void)ctx;
    if (sim_domain_read(domid, &d) || strcmp(d.name, old_name))
        return ERROR_FAIL;
    return sim_domain_rename(domid, new_name) ? ERROR_FAIL : 0;
}

int libxl_domain_destroy(libxl_ctx *ctx, uint32_t domid,
                         const libxl_asyncop_how *ao_how)
{
    (void)ctx, (void)ao_how;
    sim_domain_destroy(domid);
    return 0;
}

/* The guest takes it, simxl_create.c. */
int libxl_domain_shutdown(libxl_ctx *ctx, uint32_t domid,
                          const libxl_asyncop_how *ao_how)
{
    const char *drivers = getenv("SIM_GUEST_PV_DRIVERS");
    char path[64];

    (void)ctx, (void)ao_how;
    if (drivers && !strcmp(drivers, "no")) return ERROR_NOPARAVIRT;
    snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
    return sim_xs() && xs_write(sim_xs(), XBT_NULL, path, "poweroff", 8)
               ? 0 : ERROR_FAIL;
}

/* The power button, of a guest that has no more than that. */
int libxl_send_trigger(libxl_ctx *ctx, uint32_t domid, libxl_trigger trigger,
                       uint32_t vcpuid, const libxl_asyncop_how *ao_how)
{
    (void)ctx, (void)vcpuid, (void)ao_how;
    if (trigger != LIBXL_TRIGGER_POWER) return ERROR_FAIL;
    if (sim_are_deaf()) return 0;
    return sim_domain_set(domid, "shutdown", "poweroff") ? ERROR_FAIL : 0;
}

/* ---- Events ---- */

struct libxl__evgen_domain_death {
    uint32_t domid;
};

static libxl_evgen_domain_death *waited_for;

int libxl_evenable_domain_death(libxl_ctx *ctx, uint32_t domid,
                                libxl_ev_user user,
                                libxl_evgen_domain_death **evgen_out)
{
    (void)ctx, (void)user;
    *evgen_out = waited_for = calloc(1, sizeof(*waited_for));
    if (!waited_for) return ERROR_NOMEM;
    waited_for->domid = domid;
    return 0;
}

void libxl_evdisable_domain_death(libxl_ctx *ctx,
                                  libxl_evgen_domain_death *evgen)
{
    (void)ctx;
    free(evgen);
    waited_for = NULL;
}

int libxl_event_wait(libxl_ctx *ctx, libxl_event **event_r, uint64_t typemask,
                     libxl_event_predicate *predicate, void *predicate_user)
{
    libxl_event *event = calloc(1, sizeof(*event));
    struct sim_domain d;
    bool there;

    (void)ctx, (void)typemask, (void)predicate, (void)predicate_user;
    if (!event || !waited_for) return ERROR_FAIL;
    while ((there = !sim_domain_read(waited_for->domid, &d)) && !*d.shutdown &&
           strcmp(d.state, "suspended"))
        usleep(POLL_US);
    event->type = there ? LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN
                        : LIBXL_EVENT_TYPE_DOMAIN_DEATH;
    if (there)
        event->u.domain_shutdown.shutdown_reason = sim_shutdown_reason(&d);
    *event_r = event;
    return 0;
}

void libxl_event_free(libxl_ctx *ctx, libxl_event *event)
{
    (void)ctx;
    free(event);
}
