/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "policy/numa.h"
#include "policy/place.h"

#define GIB(n) ((uint64_t)(n) << 30)
#define MAX 4

/* A room of a test: its GPU is BUS:00.0. */
struct room {
    int bus;
    const char *model, *group;
    int gib;           /* of one partition */
    int node;
    const char *state; /* a letter for each partition */
};

/* The host of most cases: 02:00.0 with 2 partitions, 03:00.0 with 4. */
#define LARGE(state) { 2, "large", "", 8, 0, state }
#define SMALL(state) { 3, "small", "vdi", 4, 1, state }
#define NOWHERE 0, 0

static const struct {
    const char *spec;
    struct room room[MAX];
    enum xlgpu_placement placement;
    int node;
    int bus, index; /* the place, or NOWHERE with why */
    const char *why;
} cases[] = {
    { "partition", { LARGE("ff"), SMALL("ffff") }, XLGPU_DEPTH_FIRST, -1,
      2, 0, NULL },
    { "partition", { LARGE("hf"), SMALL("ffff") }, XLGPU_DEPTH_FIRST, -1,
      2, 1, NULL },
    { "partition", { LARGE("hr"), SMALL("ffff") }, XLGPU_DEPTH_FIRST, -1,
      3, 0, NULL },
    { "partition", { LARGE("zq"), SMALL("hhhf") }, XLGPU_DEPTH_FIRST, -1,
      3, 3, NULL },
    { "partition", { LARGE("qq"), SMALL("hrzq") }, XLGPU_DEPTH_FIRST, -1,
      NOWHERE, "no room" },
    { "partition", { { 0 } }, XLGPU_DEPTH_FIRST, -1, NOWHERE,
      "no GPU is partitioned" },

    /* Filled one after the other, or spread. */
    { "partition", { LARGE("ff"), SMALL("hhhf") }, XLGPU_DEPTH_FIRST, -1,
      3, 3, NULL },
    { "partition", { LARGE("ff"), SMALL("hfff") }, XLGPU_BREADTH_FIRST, -1,
      3, 1, NULL },
    { "partition", { LARGE("ff"), SMALL("hhhf") }, XLGPU_BREADTH_FIRST, -1,
      2, 0, NULL },
    { "partition", { SMALL("ff"), LARGE("ff") }, XLGPU_BREADTH_FIRST, -1,
      2, 0, NULL },

    /* The guest's own NUMA node goes before that; there is another. */
    { "partition", { LARGE("hf"), SMALL("ffff") }, XLGPU_DEPTH_FIRST, 1,
      3, 0, NULL },
    { "partition", { LARGE("hf"), SMALL("ffff") }, XLGPU_BREADTH_FIRST, 0,
      2, 1, NULL },
    { "partition", { LARGE("hh"), SMALL("ffff") }, XLGPU_DEPTH_FIRST, 0,
      3, 0, NULL },

    /* Narrowed by the spec. */
    { "partition,model=small", { LARGE("ff"), SMALL("ffff") },
      XLGPU_DEPTH_FIRST, -1, 3, 0, NULL },
    { "partition,model=huge", { LARGE("ff") }, XLGPU_DEPTH_FIRST, -1,
      NOWHERE, "model" },
    { "partition,memory=4096", { LARGE("ff"), SMALL("ffff") },
      XLGPU_DEPTH_FIRST, -1, 3, 0, NULL },
    { "partition,memory=4095", { LARGE("ff"), SMALL("ffff") },
      XLGPU_DEPTH_FIRST, -1, NOWHERE, "memory" },
    { "partition,memory=8192,model=small", { LARGE("ff"), SMALL("ffff") },
      XLGPU_DEPTH_FIRST, -1, NOWHERE, "memory" },
    { "partition,group=vdi", { LARGE("ff"), SMALL("ffff") },
      XLGPU_DEPTH_FIRST, -1, 3, 0, NULL },
    { "partition,group=render", { LARGE("ff"), SMALL("ffff") },
      XLGPU_DEPTH_FIRST, -1, NOWHERE, "group" },
    { "partition,gpu=03:00.0", { LARGE("ff"), SMALL("ffff") },
      XLGPU_DEPTH_FIRST, -1, 3, 0, NULL },
    { "partition,gpu=03:00.0", { LARGE("ff"), SMALL("hhhh") },
      XLGPU_DEPTH_FIRST, -1, NOWHERE, "no room" },
    { "partition,gpu=01:00.0", { LARGE("ff") }, XLGPU_DEPTH_FIRST, -1,
      NOWHERE, "not partitioned" },
};

static struct xlgpu_rooms rooms_of(const struct room *r)
{
    struct xlgpu_rooms rooms = { 0 };
    struct xlgpu_room *room;
    unsigned int i;

    rooms.room = calloc(MAX, sizeof(*rooms.room));
    for (; rooms.n < MAX && r[rooms.n].bus; rooms.n++) {
        room = &rooms.room[rooms.n];
        room->gpu.bus = r[rooms.n].bus;
        strcpy(room->model, r[rooms.n].model);
        strcpy(room->group, r[rooms.n].group);
        room->memory = GIB(r[rooms.n].gib);
        room->numa_node = r[rooms.n].node;
        room->count = strlen(r[rooms.n].state);
        room->state = calloc(room->count, sizeof(*room->state));
        for (i = 0; i < room->count; i++)
            assert_true(xlgpu_partition_state_of_letter(
                r[rooms.n].state[i], &room->state[i]));
    }
    return rooms;
}

static void a_free_partition_is_placed_as_the_wish_says(void **state)
{
    struct xlgpu_rooms rooms;
    struct xlgpu_place p;
    struct xlgpu_spec spec;
    struct xlgpu_wish wish;
    size_t i;
    int rc;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_null(xlgpu_spec_parse(cases[i].spec, &spec));
        rooms = rooms_of(cases[i].room);
        wish = (struct xlgpu_wish){ .spec = &spec,
                                    .placement = cases[i].placement,
                                    .numa_node = cases[i].node };
        rc = xlgpu_place(&rooms, &wish, &p);
        if (rc != (cases[i].bus ? XLGPU_OK : XLGPU_NO_ROOM))
            fail_msg("case %zu, \"%s\", gave %d", i, cases[i].spec, rc);
        if (rc && (!strstr(p.why, cases[i].why) || !p.remedy))
            fail_msg("case %zu, \"%s\": \"%s\"", i, cases[i].spec, p.why);
        if (!rc && (p.gpu.bus != cases[i].bus ||
                    (int)p.index != cases[i].index))
            fail_msg("case %zu, \"%s\", gave %x/%u", i, cases[i].spec,
                     p.gpu.bus, p.index);
        xlgpu_rooms_dispose(&rooms);
    }
}

static void what_was_tried_or_is_changing_is_passed_over(void **state)
{
    struct xlgpu_rooms rooms =
        rooms_of((const struct room[MAX]){ SMALL("ffff") });
    const struct xlgpu_tried tried[] = { { { .bus = 3 }, 0 },
                                         { { .bus = 3 }, 2 } };
    struct xlgpu_spec spec = { .any_gpu = true };
    struct xlgpu_wish wish = { .spec = &spec, .numa_node = -1,
                               .tried = tried, .n_tried = 2 };
    struct xlgpu_place p;

    (void)state;
    assert_int_equal(xlgpu_place(&rooms, &wish, &p), XLGPU_OK);
    assert_int_equal(p.index, 1);
    wish.one_index = true;
    wish.index = 3;
    assert_int_equal(xlgpu_place(&rooms, &wish, &p), XLGPU_OK);
    assert_int_equal(p.index, 3);
    wish.index = 2;
    assert_int_equal(xlgpu_place(&rooms, &wish, &p), XLGPU_NO_ROOM);
    rooms.room[0].taken = true;
    wish.one_index = false;
    assert_int_equal(xlgpu_place(&rooms, &wish, &p), XLGPU_NO_ROOM);
    assert_non_null(strstr(p.remedy, "xl gpu-recover"));
    xlgpu_rooms_dispose(&rooms);
}

static void a_list_of_cpus_is_on_one_node_or_on_none(void **state)
{
    static const int node[] = { 0, 0, 1, 1, -1 };
    static const struct {
        const char *cpus;
        long node;
    } lists[] = {
        { "0", 0 }, { "2-3", 1 }, { "0,1", 0 }, { "1,2", -1 }, { "all", -1 },
        { "all,^0,^1,^4", 1 }, { "node:1", 1 }, { "nodes:0-1", -1 },
        { "nodes:0-1,^node:0", 1 }, { "0-3,^2-3", 0 }, { "4", -1 },
        { "9", -1 }, { "", -1 }, { "x", -1 }, { "1-", -1 }, { "0, 1", 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (xlgpu_numa_of_list(lists[i].cpus, node, 5) != lists[i].node)
            fail_msg("cpus = \"%s\"", lists[i].cpus);
}

static unsigned int counts[] = { 1, 2, 4, 7 };
static const struct xlgpu_gpu gpu[] = {
    { .bdf = { .bus = 1 }, .model = "small", .driver = "xe", .max = 7,
      .valid = counts, .n_valid = 4, .memory = GIB(16) },
};

static void only_valid_counts_are_allowed(void **state)
{
    struct xlgpu_gpu no_driver = gpu[0], given_away = gpu[0], no_sriov = gpu[0];
    char *why, *remedy;
    unsigned int n;
    int rc;

    (void)state;
    *no_driver.driver = '\0';
    strcpy(given_away.driver, "pciback");
    no_sriov.max = 0;

    for (n = 1; n <= 9; n++) {
        rc = xlgpu_count_check(&gpu[0], n, &why, &remedy);
        assert_int_equal(rc, n == 1 || n == 2 || n == 4 || n == 7
                                 ? XLGPU_OK : XLGPU_UNABLE);
        if (rc) assert_string_equal(remedy, "valid counts are 1, 2, 4, 7");
        free(why);
        free(remedy);
    }

    assert_int_equal(xlgpu_count_check(&no_driver, 4, &why, &remedy),
                     XLGPU_UNABLE);
    assert_string_equal(why, "no driver is bound to it");
    free(why);
    free(remedy);
    assert_int_equal(xlgpu_count_check(&given_away, 4, &why, &remedy),
                     XLGPU_UNABLE);
    assert_non_null(strstr(why, "as a whole"));
    free(why);
    free(remedy);
    assert_int_equal(xlgpu_count_check(&no_sriov, 4, &why, &remedy),
                     XLGPU_UNABLE);
    assert_string_equal(why, "its driver offers no partitions");
    free(why);
    free(remedy);
}

UNIT_TESTS(a_free_partition_is_placed_as_the_wish_says,
           what_was_tried_or_is_changing_is_passed_over,
           a_list_of_cpus_is_on_one_node_or_on_none,
           only_valid_counts_are_allowed)
