/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records in a real xenstored. */
#include "../unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

#include "xenstore/records.h"

#define COUNT 7

static struct xlgpu_store *store;
static struct xlgpu_partition partition[COUNT];
static struct xlgpu_gpu gpu = { .bdf = { .bus = 1 }, .partition = partition };

/* dom0's home as it may be: for everybody to read. */
static bool open_home(void)
{
    struct xs_permissions all = { .id = 0, .perms = XS_PERM_READ };
    struct xs_handle *xs = xs_open(0);
    bool ok = xs && xs_mkdir(xs, XBT_NULL, "/local/domain/0") &&
              xs_set_permissions(xs, XBT_NULL, "/local/domain/0", &all, 1);

    if (xs) xs_close(xs);
    return ok;
}

/* A GPU at 01:00.0 with 7 free partitions. */
static int partitioned_gpu(void **state)
{
    unsigned int i;

    (void)state;
    if (!store && (!open_home() || xlgpu_store_open(&store))) return -1;
    for (i = 0; i < COUNT; i++)
        partition[i].bdf = (struct xlgpu_bdf){ .bus = 1, .dev = 0x10,
                                               .fn = i };
    gpu.count = 0;
    if (xlgpu_store_set_layout(store, &gpu, 0)) return -1;
    gpu.count = COUNT;
    return xlgpu_store_set_layout(store, &gpu, 0);
}

static const char *uuid_of(unsigned int n)
{
    static char uuid[XLGPU_UUID_LEN];

    snprintf(uuid, sizeof(uuid), "00000000-0000-0000-0000-%012x", n);
    return uuid;
}

/* Reserves the first free partition for guest n, as assignment does. */
static int reserve(struct xlgpu_store *s, unsigned int n,
                   struct xlgpu_record *r)
{
    const struct xlgpu_spec spec = { .any_gpu = true };
    const struct xlgpu_wish wish = { .spec = &spec, .numa_node = -1 };
    struct xlgpu_rooms rooms;
    struct xlgpu_place place;
    int rc;

    do {
        rc = xlgpu_store_rooms(s, &rooms);
        if (!rc) rc = xlgpu_place(&rooms, &wish, &place);
        xlgpu_rooms_dispose(&rooms);
        if (rc) return rc;
        *r = (struct xlgpu_record){ .gpu = place.gpu, .index = place.index,
                                    .state = XLGPU_RESERVED, .vslot = 0x1f,
                                    .owner = xlgpu_owner_self() };
        strcpy(r->uuid, uuid_of(n));
        rc = xlgpu_store_reserve(s, r);
    } while (rc == XLGPU_NO_ROOM);
    return rc;
}

static struct xlgpu_record reserved(unsigned int n)
{
    struct xlgpu_record r;

    assert_int_equal(reserve(store, n, &r), XLGPU_OK);
    return r;
}

static struct xlgpu_records listed(void)
{
    struct xlgpu_records records;

    assert_int_equal(xlgpu_store_list(store, &records), XLGPU_OK);
    return records;
}

static char *node(const char *path)
{
    struct xs_handle *xs = xs_open(0);
    char *value = xs_read(xs, XBT_NULL, path, NULL);

    xs_close(xs);
    return value;
}

static void a_reservation_is_read_back_as_it_was_written(void **state)
{
    struct xlgpu_record r = reserved(1), to = r;
    struct xlgpu_records records;
    const struct xlgpu_record *found;
    char *pointer;

    (void)state;
    to.state = XLGPU_HELD;
    to.expires = 12345678901;
    to.absent_since = 99;
    to.hot_plugged = true;
    assert_int_equal(xlgpu_store_replace(store, &r, &to), XLGPU_OK);

    records = listed();
    assert_int_equal(records.n, COUNT);
    found = xlgpu_records_find_uuid(&records, uuid_of(1));
    assert_non_null(found);
    assert_int_equal(found->index, 0);
    assert_true(xlgpu_bdf_equal(found->gpu, gpu.bdf));
    assert_true(xlgpu_bdf_equal(found->bdf, partition[0].bdf));
    assert_int_equal(found->state, XLGPU_HELD);
    assert_int_equal(found->owner.pid, getpid());
    assert_int_equal(found->owner.start, to.owner.start);
    assert_string_equal(found->owner.boot, to.owner.boot);
    assert_int_equal(found->expires, 12345678901);
    assert_int_equal(found->absent_since, 99);
    assert_int_equal(found->vslot, 0x1f);
    assert_true(found->hot_plugged);
    pointer = node("/local/domain/0/gpu/guest/"
                   "00000000-0000-0000-0000-000000000001");
    assert_string_equal(pointer, "0000-01-00-0/0");
    free(pointer);
    xlgpu_records_dispose(&records);
}

static void every_node_is_for_dom0_alone(void **state)
{
    static const char *const paths[] = {
        "", "/device", "/device/0000-01-00-0/count",
        "/device/0000-01-00-0/partition/0/uuid", "/guest",
        "/guest/00000000-0000-0000-0000-000000000001",
    };
    struct xs_permissions *perms;
    struct xs_handle *xs = xs_open(0);
    char path[256];
    unsigned int n;
    size_t i;

    (void)state;
    reserved(1);
    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        snprintf(path, sizeof(path), "/local/domain/0/gpu%s", paths[i]);
        perms = xs_get_permissions(xs, XBT_NULL, path, &n);
        if (!perms || n != 1 || perms[0].id || perms[0].perms)
            fail_msg("%s can be read by others", path);
        free(perms);
    }
    xs_close(xs);
}

static struct xlgpu_record reserved_by(unsigned int n)
{
    struct xlgpu_record r;

    assert_int_equal(xlgpu_store_find(store, uuid_of(n), &r), XLGPU_OK);
    return r;
}

/* Rule 3, in the records. */
static void a_gpu_is_whole_or_partitioned(void **state)
{
    struct xlgpu_record r, whole = { .gpu = gpu.bdf, .index = XLGPU_WHOLE,
                                     .bdf = gpu.bdf,
                                     .state = XLGPU_RESERVED };
    struct xlgpu_records records;

    (void)state;
    strcpy(whole.uuid, uuid_of(1));
    strcpy(whole.driver, "xe");
    assert_int_equal(xlgpu_store_reserve(store, &whole), XLGPU_NO_ROOM);

    gpu.count = 0;
    assert_int_equal(xlgpu_store_set_layout(store, &gpu, 0), XLGPU_OK);
    assert_int_equal(xlgpu_store_reserve(store, &whole), XLGPU_OK);
    assert_int_equal(xlgpu_store_reserve(store, &whole), XLGPU_NO_ROOM);
    records = listed();
    assert_int_equal(records.n, 1);
    assert_string_equal(records.record[0].driver, "xe");
    assert_true(xlgpu_records_match(&records, &gpu));
    assert_null(xlgpu_records_find_uuid(&records, uuid_of(1)));
    xlgpu_records_dispose(&records);

    gpu.count = COUNT;
    assert_int_equal(xlgpu_store_set_layout(store, &gpu, 0), XLGPU_OK);
    assert_int_equal(reserve(store, 2, &r), XLGPU_NO_ROOM);

    r = whole;
    r.state = XLGPU_FREE;
    assert_int_equal(xlgpu_store_replace(store, &whole, &r), XLGPU_OK);
    assert_null(node("/local/domain/0/gpu/device/0000-01-00-0/whole/bdf"));
}

static void nothing_is_handed_out_while_the_layout_changes(void **state)
{
    struct xlgpu_change *change;
    struct xlgpu_record r;
    size_t n;

    (void)state;
    assert_int_equal(xlgpu_store_begin_change(store, gpu.bdf), XLGPU_OK);
    assert_int_equal(reserve(store, 1, &r), XLGPU_NO_ROOM);
    assert_int_equal(xlgpu_store_changes(store, &change, &n), XLGPU_OK);
    assert_int_equal(n, 1);
    assert_true(xlgpu_owner_alive(&change[0].owner));
    free(change);

    assert_int_equal(xlgpu_store_set_layout(store, &gpu, 0), XLGPU_OK);
    assert_int_equal(reserve(store, 1, &r), XLGPU_OK);
    gpu.count = 0;
    assert_int_equal(xlgpu_store_set_layout(store, &gpu, 0), XLGPU_OK);
    assert_int_equal(xlgpu_store_begin_change(store, gpu.bdf), XLGPU_OK);
    assert_int_equal(xlgpu_store_set_layout(store, &gpu, 0), XLGPU_OK);
    assert_null(node("/local/domain/0/gpu/device/0000-01-00-0"));
}

static void a_guest_gets_one_and_the_full_gpu_none(void **state)
{
    struct xlgpu_record r;
    unsigned int i;

    (void)state;
    for (i = 0; i < COUNT; i++) assert_int_equal(reserved(i).index, i);
    assert_int_equal(reserve(store, COUNT, &r), XLGPU_NO_ROOM);

    /* One is free again, but not for who has another. */
    r = reserved_by(3);
    assert_int_equal(xlgpu_store_replace(store, &r, &(struct xlgpu_record){
                         .gpu = r.gpu, .index = r.index, .bdf = r.bdf }),
                     XLGPU_OK);
    assert_int_equal(reserve(store, 4, &r), XLGPU_IN_USE);
}

static void who_was_quicker_wins(void **state)
{
    struct xlgpu_record r = reserved(1), mine = r, theirs = r, gone;
    struct xlgpu_records records;

    (void)state;
    theirs.state = XLGPU_HELD;
    mine.state = XLGPU_RESETTING;
    assert_int_equal(xlgpu_store_replace(store, &r, &theirs), XLGPU_OK);
    assert_int_equal(xlgpu_store_replace(store, &r, &mine), XLGPU_IN_USE);

    /* What becomes free leaves nothing of its holder behind. */
    gone = (struct xlgpu_record){ .gpu = r.gpu, .index = r.index,
                                  .bdf = r.bdf };
    assert_int_equal(xlgpu_store_replace(store, &theirs, &gone), XLGPU_OK);
    records = listed();
    assert_null(xlgpu_records_find_uuid(&records, uuid_of(1)));
    xlgpu_records_dispose(&records);
    assert_null(node("/local/domain/0/gpu/guest/"
                     "00000000-0000-0000-0000-000000000001"));
    assert_null(node("/local/domain/0/gpu/device/0000-01-00-0/partition/0/"
                     "owner"));
}

static void a_layout_that_is_there_keeps_its_holders(void **state)
{
    struct xlgpu_records records;

    (void)state;
    reserved(1);
    assert_int_equal(xlgpu_store_set_layout(store, &gpu, 0), XLGPU_OK);
    records = listed();
    assert_non_null(xlgpu_records_find_uuid(&records, uuid_of(1)));
    xlgpu_records_dispose(&records);

    gpu.count = 0;
    assert_int_equal(xlgpu_store_set_layout(store, &gpu, 0), XLGPU_OK);
    assert_null(node("/local/domain/0/gpu/device/0000-01-00-0/count"));
    assert_null(node("/local/domain/0/gpu/guest/"
                     "00000000-0000-0000-0000-000000000001"));
}

/* One of the processes: exits with the index that it got, or 100 + status. */
static void compete(unsigned int n)
{
    struct xlgpu_store *own;
    struct xlgpu_record r;
    int rc;

    if (xlgpu_store_open(&own)) _exit(99);
    rc = reserve(own, n, &r);
    _exit(rc ? 100 + rc : (int)r.index);
}

static void of_eight_at_once_seven_get_one_each(void **state)
{
    unsigned int n, round, got[COUNT], no_room;
    int status;

    (void)state;
    for (round = 0; round < 10; round++) {
        memset(got, 0, sizeof(got));
        no_room = 0;
        partitioned_gpu(NULL);
        for (n = 0; n <= COUNT; n++)
            if (!fork()) compete(n);
        for (n = 0; n <= COUNT; n++) {
            assert_true(wait(&status) > 0 && WIFEXITED(status));
            if (WEXITSTATUS(status) < COUNT)
                got[WEXITSTATUS(status)]++;
            else if (WEXITSTATUS(status) == 100 + XLGPU_NO_ROOM)
                no_room++;
        }
        assert_int_equal(no_room, 1);
        for (n = 0; n < COUNT; n++) assert_int_equal(got[n], 1);
    }
}

static void a_process_is_known_by_more_than_its_pid(void **state)
{
    struct xlgpu_owner self = xlgpu_owner_self(), other;
    int ends[2], status;

    (void)state;
    assert_true(xlgpu_owner_alive(&self));
    other = self;
    other.start++;
    assert_false(xlgpu_owner_alive(&other));
    other = self;
    other.boot[0] ^= 1;
    assert_false(xlgpu_owner_alive(&other));

    assert_int_equal(pipe(ends), 0);
    if (!fork()) {
        other = xlgpu_owner_self();
        _exit(write(ends[1], &other, sizeof(other)) != sizeof(other));
    }
    assert_int_equal(read(ends[0], &other, sizeof(other)), sizeof(other));
    assert_true(wait(&status) > 0);
    assert_false(xlgpu_owner_alive(&other));
}

#define WITH_GPU(f) cmocka_unit_test_setup(f, partitioned_gpu)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_GPU(a_reservation_is_read_back_as_it_was_written),
        WITH_GPU(every_node_is_for_dom0_alone),
        WITH_GPU(a_gpu_is_whole_or_partitioned),
        WITH_GPU(nothing_is_handed_out_while_the_layout_changes),
        WITH_GPU(a_guest_gets_one_and_the_full_gpu_none),
        WITH_GPU(who_was_quicker_wins),
        WITH_GPU(a_layout_that_is_there_keeps_its_holders),
        WITH_GPU(of_eight_at_once_seven_get_one_each),
        cmocka_unit_test(a_process_is_known_by_more_than_its_pid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
