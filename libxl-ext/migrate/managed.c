/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "managed.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/control.h"
#include "domain/lock.h"
#include "domain/xen.h"
#include "migrate/settle_target.h"
#include "status.h"
#include "xenstore/journal.h"
#include "xenstore/kept.h"

const char *xlgpu_presence_string(enum xlgpu_presence presence)
{
    static const char *const strings[] = {
        [XLGPU_ABSENT] = "absent",   [XLGPU_RUNS] = "runs",
        [XLGPU_PAUSED] = "paused",   [XLGPU_DOWN] = "down",
        [XLGPU_ENDING] = "ending",   [XLGPU_LEAVING] = "leaving",
        [XLGPU_COMING] = "coming",
    };

    return strings[presence];
}

bool xlgpu_managed_is(const struct xlgpu_managed *who, const char *name,
                      const char *uuid)
{
    return !strcmp(who->name, name) &&
           (!*who->uuid || !strcmp(who->uuid, uuid));
}

/* ---- Presence ---- */

static const struct xlgpu_guest *find(const struct xlgpu_guests *guests,
                                      const struct xlgpu_managed *who,
                                      const char *suffix)
{
    char *whole = xlgpu_asprintf("%s%s", who->name, suffix);
    const struct xlgpu_managed copy = { whole, who->uuid };
    const struct xlgpu_guest *g, *found = NULL;

    for (g = guests->guest; g < guests->guest + guests->n; g++)
        if (xlgpu_managed_is(&copy, g->name, g->uuid)) found = g;
    free(whole);
    return found;
}

/* False where libxl can't say. */
static bool judge(libxl_ctx *xen, const struct xlgpu_guest *guest,
                  enum xlgpu_presence *presence_r)
{
    uint32_t domid;

    switch (xlgpu_domain_condition(xen, guest->uuid, &domid)) {
    case XLGPU_DOMAIN_RUNS:
        *presence_r = XLGPU_RUNS;
        return true;
    case XLGPU_DOMAIN_PAUSED:
        *presence_r = XLGPU_PAUSED;
        return true;
    case XLGPU_DOMAIN_SUSPENDED:
        *presence_r = XLGPU_LEAVING;
        return true;
    case XLGPU_DOMAIN_SHUT_DOWN:
        *presence_r = XLGPU_DOWN;
        return true;
    case XLGPU_DOMAIN_GONE:
        *presence_r = XLGPU_ENDING;
        return true;
    case XLGPU_DOMAIN_UNKNOWN:
        break;
    }
    return false;
}

/* A guest with no domain that somebody has the lock of. */
static int is_locked(const struct xlgpu_managed *who, bool *locked_r)
{
    char (*uuid)[XLGPU_UUID_LEN] = NULL;
    struct xlgpu_kept kept;
    size_t i, n = 0;
    int rc;

    *locked_r = false;
    rc = xlgpu_kept_list(&uuid, &n);
    for (i = 0; !rc && i < n && !*locked_r; i++) {
        /* What can't be read is said, and is no word on other guests. */
        *locked_r = !xlgpu_kept_read(uuid[i], &kept) &&
                    xlgpu_managed_is(who, kept.name, uuid[i]) &&
                    xlgpu_guest_locked(uuid[i]);
        xlgpu_kept_dispose(&kept);
    }
    free(uuid);
    return rc;
}

static int presence_without_domain(const struct xlgpu_managed *who,
                                   enum xlgpu_presence *presence_r)
{
    struct xlgpu_journal j;
    bool locked = false;
    int rc;

    rc = xlgpu_journal_find(who->uuid, "", who->name, &j);
    if (!rc)
        *presence_r = j.side == XLGPU_JOURNAL_SOURCE ? XLGPU_LEAVING
                                                     : XLGPU_COMING;
    xlgpu_journal_dispose(&j);
    if (rc != XLGPU_NOT_FOUND) return rc;

    rc = is_locked(who, &locked);
    *presence_r = locked ? XLGPU_ENDING : XLGPU_ABSENT;
    return rc;
}

int xlgpu_presence(libxl_ctx *xen, const struct xlgpu_managed *who,
                   enum xlgpu_presence *presence_r, uint32_t *domid_r)
{
    const struct xlgpu_guest *guest, *copy;
    struct xlgpu_guests guests;
    int rc;

    *domid_r = 0;
    rc = xlgpu_guests_read(xen, &guests);
    if (rc) return rc;
    guest = find(&guests, who, "");
    if (guest && !judge(xen, guest, presence_r))
        rc = xlgpu_fail(XLGPU_FAILED, who->name, "see xl list",
                        "libxl does not say how it is");
    copy = guest;
    if (!copy && (copy = find(&guests, who, "--incoming")))
        *presence_r = XLGPU_COMING;
    if (!copy && (copy = find(&guests, who, "--migratedaway")))
        *presence_r = XLGPU_LEAVING;
    if (copy)
        *domid_r = copy->domid;
    else
        rc = presence_without_domain(who, presence_r);
    xlgpu_guests_dispose(&guests);
    return rc;
}

/* ---- Abandon ---- */

static int abandon_source(libxl_ctx *xen, const struct xlgpu_journal *j)
{
    uint32_t domid;

    if (j->state != XLGPU_JOURNAL_DONE &&
        xlgpu_domain_condition(xen, j->uuid, &domid) != XLGPU_DOMAIN_GONE)
        return xlgpu_fail(XLGPU_IN_USE, j->name, "destroy it first",
                          "its copy is still here");
    return xlgpu_journal_remove(j->uuid);
}

/* That it came here whole stays, for its source to ask about. */
static int abandon_target(libxl_ctx *xen, struct xlgpu_journal *j)
{
    int rc = XLGPU_OK;

    if (j->state == XLGPU_JOURNAL_DONE) return rc;
    if (j->state != XLGPU_JOURNAL_ABORTED) rc = xlgpu_target_abort(xen, j);
    return rc ? rc : xlgpu_journal_remove(j->uuid);
}

/* As it is once nobody else is at it. */
static int abandon(libxl_ctx *xen, const char *uuid, bool of_former_boots)
{
    struct xlgpu_journal j = { 0 };
    int lock = -1, rc;

    rc = xlgpu_journal_lock(uuid, &lock);
    if (rc == XLGPU_IN_USE)
        return xlgpu_fail(rc, uuid, "wait for its end",
                          "it is just being moved");
    if (rc) return rc;
    rc = xlgpu_journal_read(uuid, &j);
    if (!rc && !(of_former_boots && xlgpu_journal_is_of_boot(&j)))
        rc = j.side == XLGPU_JOURNAL_SOURCE ? abandon_source(xen, &j)
                                            : abandon_target(xen, &j);
    xlgpu_journal_dispose(&j);
    close(lock);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

int xlgpu_abandon(libxl_ctx *xen, const struct xlgpu_managed *who,
                  bool of_former_boots)
{
    const struct xlgpu_journal *j;
    struct xlgpu_journals journals;
    int rc, each;

    rc = xlgpu_journal_list(&journals);
    for (j = journals.journal; j < journals.journal + journals.n; j++) {
        if (!xlgpu_managed_is(who, j->name, j->uuid)) continue;
        each = abandon(xen, j->uuid, of_former_boots);
        if (!rc) rc = each;
    }
    xlgpu_journals_dispose(&journals);
    return rc;
}
