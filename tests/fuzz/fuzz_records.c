/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that may say anything, as the input fills the store: xs.h. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "policy/place.h"
#include "xenstore/records.h"
#include "xenstore/stale.h"
#include "xs.h"

#define UUID "11111111-2222-3333-4444-555555555555"

static void check_bdf(struct xlgpu_bdf bdf)
{
    FUZZ_CHECK(bdf.dev <= 0x1f && bdf.fn <= 7);
}

static void check_owner(const struct xlgpu_owner *o)
{
    FUZZ_CHECK_STRING(o->boot);
    FUZZ_CHECK(o->pid >= 0);
    FUZZ_CHECK(!o->pid || *o->boot);
}

/* ---- All records ---- */

static void check_record(const struct xlgpu_record *r)
{
    check_bdf(r->gpu);
    check_bdf(r->bdf);
    FUZZ_CHECK(r->state <= XLGPU_QUARANTINED);
    FUZZ_CHECK_STRING(r->uuid);
    FUZZ_CHECK_STRING(r->driver);
    FUZZ_CHECK_STRING(r->reason);
    check_owner(&r->owner);
    if (r->state == XLGPU_FREE)
        FUZZ_CHECK(!*r->uuid && !r->owner.pid && !r->expires && !r->vslot &&
                   !r->hot_plugged && !r->absent_since && !*r->reason);
}

static bool record_equal(const struct xlgpu_record *a,
                         const struct xlgpu_record *b)
{
    return xlgpu_bdf_equal(a->gpu, b->gpu) && a->index == b->index &&
           xlgpu_bdf_equal(a->bdf, b->bdf) && a->state == b->state &&
           !strcmp(a->uuid, b->uuid) && a->owner.pid == b->owner.pid &&
           a->owner.start == b->owner.start &&
           !strcmp(a->owner.boot, b->owner.boot) &&
           a->expires == b->expires && a->vslot == b->vslot &&
           a->hot_plugged == b->hot_plugged &&
           a->absent_since == b->absent_since &&
           !strcmp(a->driver, b->driver) && !strcmp(a->reason, b->reason);
}

/* Who looks a guest up finds a partition, and its record. */
static void check_find(struct xlgpu_store *store,
                       const struct xlgpu_records *records, const char *uuid)
{
    struct xlgpu_record found = { 0 };
    const struct xlgpu_record *r;

    if (xlgpu_store_find(store, uuid, &found)) return;
    FUZZ_CHECK(!strcmp(found.uuid, uuid));
    FUZZ_CHECK(found.index != XLGPU_WHOLE);
    r = xlgpu_records_find(records, found.gpu, found.index);
    FUZZ_CHECK(r && record_equal(r, &found));
}

static void check_list(struct xlgpu_store *store)
{
    struct xlgpu_records records;
    const struct xlgpu_record *r;

    FUZZ_CHECK(!xlgpu_store_list(store, &records));
    for (r = records.record; r < records.record + records.n; r++) {
        check_record(r);
        /* There is one record of each. */
        FUZZ_CHECK(xlgpu_records_find(&records, r->gpu, r->index) == r);
        if (*r->uuid) check_find(store, &records, r->uuid);
        xlgpu_libxl_note(r->bdf);
    }
    check_find(store, &records, UUID);
    xlgpu_records_dispose(&records);
    FUZZ_CHECK(!records.n && !records.record);
}

static void check_changes(struct xlgpu_store *store)
{
    struct xlgpu_change *change;
    size_t i, n;

    FUZZ_CHECK(!xlgpu_store_changes(store, &change, &n));
    for (i = 0; i < n; i++) {
        check_bdf(change[i].gpu);
        check_owner(&change[i].owner);
        FUZZ_CHECK(change[i].owner.pid > 0);
    }
    free(change);
}

/* ---- Placement ---- */

static void check_room(const struct xlgpu_room *room)
{
    unsigned int i;

    check_bdf(room->gpu);
    FUZZ_CHECK(room->count >= 1);
    FUZZ_CHECK_STRING(room->model);
    FUZZ_CHECK_STRING(room->group);
    for (i = 0; i < room->count; i++)
        FUZZ_CHECK(room->state[i] <= XLGPU_QUARANTINED);
}

/* What placement chooses is free, as far as it reads. */
static bool choose(const struct xlgpu_rooms *rooms, struct xlgpu_place *place)
{
    const struct xlgpu_spec any = { .any_gpu = true };
    const struct xlgpu_wish wish = { .spec = &any, .numa_node = -1 };
    size_t i;

    if (xlgpu_place(rooms, &wish, place)) {
        FUZZ_CHECK(place->why && *place->why);
        return false;
    }
    for (i = 0; i < rooms->n; i++)
        if (xlgpu_bdf_equal(rooms->room[i].gpu, place->gpu)) break;
    FUZZ_CHECK(i < rooms->n && !rooms->room[i].taken);
    FUZZ_CHECK(place->index < rooms->room[i].count);
    FUZZ_CHECK(rooms->room[i].state[place->index] == XLGPU_FREE);
    return true;
}

/* Either nothing is written, or the guest's partition is found. */
static void check_reserve(struct xlgpu_store *store,
                          const struct xlgpu_place *place)
{
    struct xlgpu_record r = { .gpu = place->gpu,
                              .index = place->index,
                              .state = XLGPU_RESERVED,
                              .uuid = UUID,
                              .vslot = 5 }, found = { 0 }, held;

    r.owner = (struct xlgpu_owner){ 1, 2, "boot" };
    if (xlgpu_store_reserve(store, &r)) return;
    FUZZ_CHECK(!xlgpu_store_find(store, UUID, &found));
    FUZZ_CHECK(record_equal(&found, &r));

    held = r;
    held.state = XLGPU_HELD;
    held.owner = (struct xlgpu_owner){ 0 };
    FUZZ_CHECK(!xlgpu_store_replace(store, &r, &held));
    FUZZ_CHECK(xlgpu_store_replace(store, &r, &held) == XLGPU_IN_USE);
    FUZZ_CHECK(!xlgpu_store_find(store, UUID, &found));
    FUZZ_CHECK(record_equal(&found, &held));
}

static void check_rooms(struct xlgpu_store *store)
{
    struct xlgpu_place place;
    struct xlgpu_rooms rooms;
    size_t i, j;

    FUZZ_CHECK(!xlgpu_store_rooms(store, &rooms));
    for (i = 0; i < rooms.n; i++) {
        check_room(&rooms.room[i]);
        for (j = 0; j < i; j++)
            FUZZ_CHECK(!xlgpu_bdf_equal(rooms.room[i].gpu,
                                        rooms.room[j].gpu));
    }
    if (choose(&rooms, &place)) check_reserve(store, &place);
    xlgpu_rooms_dispose(&rooms);
}

/* ---- The running layout ---- */

/* Whatever was there: what is set is there afterwards. */
static void check_set_layout(struct xlgpu_store *store)
{
    struct xlgpu_partition partition[] = { { .bdf = { 0, 1, 0x10, 0 } },
                                           { .bdf = { 0, 1, 0x10, 4 } } };
    struct xlgpu_gpu gpu = { .bdf = { 0, 1, 0, 0 },
                             .partition = partition,
                             .count = 2,
                             .model = "igb" };
    struct xlgpu_records records;

    if (!xlgpu_store_set_layout(store, &gpu, 1 << 20)) {
        FUZZ_CHECK(!xlgpu_store_list(store, &records));
        FUZZ_CHECK(xlgpu_records_match(&records, &gpu));
        xlgpu_records_dispose(&records);
    }
    gpu.count = 0;
    if (!xlgpu_store_set_layout(store, &gpu, 0)) {
        FUZZ_CHECK(!xlgpu_store_list(store, &records));
        FUZZ_CHECK(xlgpu_records_match(&records, &gpu));
        xlgpu_records_dispose(&records);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct xlgpu_store *store;

    fuzz_xs_load(text);
    FUZZ_CHECK(!xlgpu_store_open(&store));
    check_list(store);
    check_changes(store);
    check_rooms(store);
    check_list(store);
    check_set_layout(store);
    check_list(store);
    xlgpu_store_close(store);
    fuzz_xs_dispose();
    free(text);
    return 0;
}
