/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "moved.h"

#include <stdlib.h>

#include "alloc.h"
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
