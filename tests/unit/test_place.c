/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "policy/place.h"

#define GIB(n) ((uint64_t)(n) << 30)

/* Three GPUs: 01:00.0 whole, 02:00.0 with 2 partitions of 8 GiB, and
 * 03:00.0 with 4 of 4 GiB. */
static struct xlgpu_partition partition[4];
static unsigned int counts[] = { 1, 2, 4, 7 };
static struct xlgpu_gpu gpu[] = {
    { .bdf = { .bus = 1 }, .model = "small", .driver = "xe", .max = 7,
      .valid = counts, .n_valid = 4, .memory = GIB(16) },
    { .bdf = { .bus = 2 }, .model = "large", .driver = "xe", .max = 7,
      .valid = counts, .n_valid = 4, .memory = GIB(16), .count = 2,
      .partition = partition },
    { .bdf = { .bus = 3 }, .model = "small", .driver = "xe", .max = 7,
      .valid = counts, .n_valid = 4, .memory = GIB(16), .count = 4,
      .partition = partition },
};
static const struct xlgpu_inventory inventory = { gpu, 3 };

/* Bits of bus * 8 + index. */
static bool not_taken(const struct xlgpu_gpu *g, unsigned int index, void *arg)
{
    return !(*(uint64_t *)arg & 1ull << (g->bdf.bus * 8 + index));
}

#define P(bus, index) (1ull << ((bus) * 8 + (index)))
#define ALL (P(2, 0) | P(2, 1) | P(3, 0) | P(3, 1) | P(3, 2) | P(3, 3))

static const struct {
    const char *spec;
    uint64_t taken;
    int status;
    int bus, index;
    const char *why;
} cases[] = {
    { "partition", 0, XLGPU_OK, 2, 0, NULL },
    { "partition", P(2, 0), XLGPU_OK, 2, 1, NULL },
    { "partition", P(2, 0) | P(2, 1), XLGPU_OK, 3, 0, NULL },
    { "partition", ALL & ~P(3, 3), XLGPU_OK, 3, 3, NULL },
    { "partition", ALL, XLGPU_NO_ROOM, 0, 0, "no room" },
    { "partition,model=small", 0, XLGPU_OK, 3, 0, NULL },
    { "partition,model=huge", 0, XLGPU_NO_ROOM, 0, 0, "model" },
    { "partition,memory=4096", 0, XLGPU_OK, 3, 0, NULL },
    { "partition,memory=8192", P(2, 0), XLGPU_OK, 2, 1, NULL },
    { "partition,memory=4095", 0, XLGPU_NO_ROOM, 0, 0, "memory" },
    { "partition,memory=8192,model=small", 0, XLGPU_NO_ROOM, 0, 0, "memory" },
    { "partition,gpu=03:00.0", 0, XLGPU_OK, 3, 0, NULL },
    { "partition,gpu=03:00.0", ALL, XLGPU_NO_ROOM, 0, 0, "no room" },
    { "partition,gpu=01:00.0", 0, XLGPU_NO_ROOM, 0, 0, "partitioned" },
    { "partition,gpu=09:00.0", 0, XLGPU_NO_ROOM, 0, 0, "no such GPU" },
};

static void the_first_that_fits_is_taken(void **state)
{
    struct xlgpu_placement p;
    struct xlgpu_spec spec;
    uint64_t taken;
    size_t i;
    int rc;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_null(xlgpu_spec_parse(cases[i].spec, &spec));
        taken = cases[i].taken;
        rc = xlgpu_place(&inventory, &spec, not_taken, &taken, &p);
        if (rc != cases[i].status)
            fail_msg("\"%s\" gave %d", cases[i].spec, rc);
        if (rc) {
            if (!strstr(p.why, cases[i].why))
                fail_msg("\"%s\": \"%s\"", cases[i].spec, p.why);
            assert_non_null(p.remedy);
        } else if (p.gpu->bdf.bus != cases[i].bus ||
                   (int)p.index != cases[i].index) {
            fail_msg("\"%s\" gave %x/%u", cases[i].spec, p.gpu->bdf.bus,
                     p.index);
        }
    }
}

static void an_empty_host_has_nothing_partitioned(void **state)
{
    const struct xlgpu_inventory empty = { 0 };
    struct xlgpu_spec spec = { .any_gpu = true };
    struct xlgpu_placement p;
    uint64_t taken = 0;

    (void)state;
    assert_int_equal(xlgpu_place(&empty, &spec, not_taken, &taken, &p),
                     XLGPU_NO_ROOM);
    assert_string_equal(p.why, "no GPU is partitioned");
}

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

UNIT_TESTS(the_first_that_fits_is_taken, an_empty_host_has_nothing_partitioned,
           only_valid_counts_are_allowed)
