/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "moved.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain/xen.h"
#include "migrate/peer.h"
#include "status.h"
#include "xenstore/tombstone.h"

static int ask(const char *what, const struct xlgpu_tombstone *t)
{
    struct xlgpu_conf conf = { 0 };
    enum xlgpu_peer_word word;
    int rc = xlgpu_conf_read(&conf);

    if (rc) goto out;
    word = xlgpu_peer_runs(&conf, t->target, t->uuid, 0);
    if (word == XLGPU_PEER_NOT)
        rc = xlgpu_tombstone_remove(t->uuid);
    else if (word == XLGPU_PEER_RUNS)
        rc = xlgpu_fail(XLGPU_IN_USE, what, "see xl list there",
                        "guest %s moved to %s, and runs", t->name, t->target);
    else
        rc = xlgpu_fail(XLGPU_IN_USE, what,
                        "try again when that host answers; xl gpu-recover "
                        "--forget says that it does not run anywhere",
                        "guest %s moved to %s, which does not say whether it "
                        "runs", t->name, t->target);
out:
    xlgpu_conf_dispose(&conf);
    return rc;
}

int xlgpu_moved_check(const char *what, const char *path,
                      const struct xlgpu_config *config)
{
    struct xlgpu_tombstone t = { 0 };
    char *absolute = realpath(path, NULL);
    int rc;

    rc = xlgpu_tombstone_find(config->uuid, absolute ? absolute : "",
                              config->name, &t);
    rc = rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc ? rc : ask(what, &t);
    xlgpu_tombstone_dispose(&t);
    free(absolute);
    return rc;
}

static bool is_here(const char *guest)
{
    struct xlgpu_guests guests = { 0 };
    libxl_ctx *xen = NULL;
    bool here = xlgpu_xen_open(&xen, false) ||
                xlgpu_guests_read(xen, &guests) ||
                xlgpu_guests_find(&guests, guest);

    xlgpu_guests_dispose(&guests);
    xlgpu_xen_close(xen);
    return here;
}

static bool runs_at(const struct xlgpu_tombstone *t)
{
    struct xlgpu_conf conf = { 0 };
    bool runs = !xlgpu_conf_read(&conf) &&
                xlgpu_peer_runs(&conf, t->target, t->uuid, 0) ==
                    XLGPU_PEER_RUNS;

    xlgpu_conf_dispose(&conf);
    return runs;
}

bool xlgpu_moved_to(const char *guest, const char *host)
{
    struct xlgpu_tombstone t = { 0 };
    char uuid[XLGPU_UUID_LEN];
    bool there;

    xlgpu_fail_divert(xlgpu_fail_ignore);
    if (!xlgpu_uuid_parse(guest, uuid)) *uuid = '\0';
    there = !xlgpu_tombstone_find(uuid, "", guest, &t) &&
            !strcmp(t.target, host) && !is_here(guest) && runs_at(&t);
    xlgpu_fail_divert(NULL);
    xlgpu_tombstone_dispose(&t);
    return there;
}
