/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain/assign.h"
#include "domain/kept_start.h"
#include "domain/lock.h"
#include "domain/settle.h"
#include "domain/xen.h"
#include "migrate/alive.h"
#include "migrate/gather.h"
#include "migrate/receiver.h"
#include "migrate/settle_target.h"
#include "step.h"
#include "xenstore/kept.h"
#include "xenstore/tombstone.h"

#define SOURCE_MAX 256

struct reserve {
    char id[XLGPU_UUID_LEN], mode[16], source[SOURCE_MAX];
    struct xlgpu_kept kept; /* .name NULL: none came */
};

static bool is_mode(const char *s)
{
    enum xlgpu_mode mode;

    return xlgpu_mode_parse(s, &mode) && mode != XLGPU_MODE_AUTO;
}

static int parse(const struct xlgpu_frame *frame, struct reserve *r)
{
    char *kept = xlgpu_zalloc(frame->len + 1, 1), id[XLGPU_UUID_LEN];
    char *why = NULL;
    int rc = XLGPU_OK;

    if (!xlgpu_frame_string(frame, "id", id, sizeof(id)) ||
        !xlgpu_uuid_parse(id, r->id) ||
        !xlgpu_frame_string(frame, "mode", r->mode, sizeof(r->mode)) ||
        !is_mode(r->mode) ||
        !xlgpu_frame_string(frame, "source", r->source, sizeof(r->source)) ||
        !xlgpu_frame_string(frame, "kept", kept, frame->len + 1) ||
        (*kept && (why = xlgpu_kept_parse(kept, &r->kept))))
        rc = xlgpu_fail(XLGPU_FAILED, "reserve",
                        "install the same version of xl-gpu on both",
                        "what is asked for can't be read");
    free(kept);
    free(why);
    return rc;
}

/* Its source shuts a guest down only for what can be started. */
static int check_kept(const struct xlgpu_receiver *r,
                      const struct reserve *want)
{
    if (strcmp(want->mode, "restart")) return XLGPU_OK;
    if (want->kept.name) return xlgpu_kept_check(r->moving.uuid, &want->kept);
    return xlgpu_fail(XLGPU_FAILED, r->moving.name,
                      "install the same version of xl-gpu on both",
                      "its config did not come");
}

/* ---- The guest's places here ---- */

static int check_free(struct xlgpu_receiver *r, const char *name)
{
    uint32_t domid;

    if (!xlgpu_xen_runs(r->xen, r->moving.uuid, name, &domid)) return XLGPU_OK;
    return xlgpu_fail(XLGPU_IN_USE, name, "see xl list there",
                      "domain %u there has its name or UUID", domid);
}

/* What a migration to this host left that nobody is at work on. Where the
 * guest was lost in it, who moves it here now has it. */
static int settle_before(struct xlgpu_receiver *r)
{
    struct xlgpu_journal j;
    int rc = xlgpu_journal_read(r->moving.uuid, &j);

    if (!rc && j.side == XLGPU_JOURNAL_TARGET)
        rc = xlgpu_target_lost(r->xen, &j) ? xlgpu_target_abort(r->xen, &j)
                                           : xlgpu_target_settle(r->xen, &j);
    xlgpu_journal_dispose(&j);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

static int take_locks(struct xlgpu_receiver *r, const struct reserve *want)
{
    const char *name = r->moving.name, *uuid = r->moving.uuid;
    int rc;

    rc = xlgpu_journal_lock(uuid, &r->journal_lock);
    if (rc == XLGPU_IN_USE)
        return xlgpu_fail(rc, name, "wait for its end",
                          "it is just being moved to or from this host");
    if (!rc) rc = settle_before(r);
    if (rc) return rc;
    rc = xlgpu_guest_lock(uuid, 0, &r->guest_lock);
    if (rc == XLGPU_IN_USE)
        return xlgpu_fail(rc, name, "see xl list there",
                          "it runs there, or is being started");
    if (!rc) rc = check_free(r, name);
    /* It may have been renamed since. */
    if (!rc && want->kept.name) rc = check_free(r, want->kept.name);
    return rc;
}

/* A tombstone from before says nothing of what becomes of this one. */
static int note_return(const char *uuid, const char *id)
{
    struct xlgpu_tombstone t = { 0 };
    int rc = xlgpu_tombstone_read(uuid, &t);

    if (!rc) {
        strcpy(t.id, id);
        rc = xlgpu_tombstone_write(&t);
    }
    xlgpu_tombstone_dispose(&t);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

static int begin_journal(struct xlgpu_receiver *r, const struct reserve *want)
{
    struct xlgpu_journal j;
    int rc;

    xlgpu_journal_init(&j, XLGPU_JOURNAL_TARGET, want->id, r->moving.uuid);
    strcpy(j.mode, want->mode);
    free(j.name);
    free(j.peer);
    free(j.config_path);
    j.name = xlgpu_strdup(r->moving.name);
    j.peer = xlgpu_strdup(want->source);
    j.config_path = xlgpu_strdup(want->kept.path ? want->kept.path : "");
    j.vslot = r->moving.vslot;
    rc = xlgpu_journal_write(&j);
    xlgpu_step("journal opened");
    if (rc)
        xlgpu_journal_dispose(&j);
    else
        r->journal = j;
    return rc;
}

/* ---- The partition ---- */

static int assign(struct xlgpu_receiver *r, struct xlgpu_host *host)
{
    const struct xlgpu_spec any = { .any_gpu = true };
    struct xlgpu_request request = { .what = r->moving.name, .spec = &any,
                                     .numa_node = -1,
                                     .vslot = r->moving.vslot };
    struct xlgpu_match *match = NULL;
    size_t i, n = 0;
    int rc;

    strcpy(request.uuid, r->moving.uuid);
    rc = xlgpu_gather_matches(host, &r->moving, &match, &n);
    if (rc) return rc;
    rc = XLGPU_NO_ROOM;
    for (i = 0; rc == XLGPU_NO_ROOM && i < n; i++) {
        request.exact = &match[i].bdf;
        rc = xlgpu_assign(host, &request, &r->record);
    }
    if (!n)
        rc = xlgpu_fail(XLGPU_NO_ROOM, r->moving.name,
                        "xl gpu-list -l there shows who has them",
                        "no partition that matches is free");
    free(match);
    return rc;
}

static int reserve(struct xlgpu_receiver *r)
{
    struct xlgpu_host host;
    int rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .own_uuid = r->moving.uuid });
    if (!rc) rc = assign(r, &host);
    xlgpu_host_close(&host);
    if (rc) return rc;
    xlgpu_step("reserved");
    r->journal.gpu = r->record.gpu;
    r->journal.bdf = r->record.bdf;
    r->journal.index = r->record.index;
    return xlgpu_journal_write(&r->journal);
}

int xlgpu_receiver_reserve(struct xlgpu_receiver *r,
                           const struct xlgpu_frame *frame)
{
    struct reserve want = { .mode = "" };
    struct xlgpu_alive alive;
    char bdf[XLGPU_BDF_LEN];
    int rc;

    if (!r->moving.name)
        return xlgpu_fail(XLGPU_FAILED, "reserve", NULL,
                          "it was not said for which guest");
    xlgpu_alive_begin(&alive, &r->ch);
    rc = parse(frame, &want);
    if (!rc) rc = check_kept(r, &want);
    if (!rc) rc = take_locks(r, &want);
    if (!rc) rc = note_return(r->moving.uuid, want.id);
    if (!rc) rc = begin_journal(r, &want);
    if (!rc && want.kept.name)
        rc = xlgpu_kept_write(r->moving.uuid, &want.kept);
    if (!rc) rc = reserve(r);
    xlgpu_alive_end(&alive);
    if (!rc)
        rc = xlgpu_channel_say(&r->ch, XLGPU_FRAME_RESERVED, "bdf",
                               xlgpu_bdf_format(r->record.bdf, bdf), XLGPU_END);
    xlgpu_kept_dispose(&want.kept);
    return rc;
}
