/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a guest's memory is sent, and what is known of it afterwards. */
#define _GNU_SOURCE
#include "unit.h"

#include <pthread.h>

#include "fake_vm.h"
#include "helper/memory.h"

#define TYPE(entry) ((entry) >> 32)
#define FRAME(entry) ((entry) & UINT64_C(0xfffffffffffff))

static struct fake_vm f;
static struct xlgpu_memory m;
static struct xlgpu_batch *b;

static void begin(bool hashed)
{
    fake_make(&f);
    assert_int_equal(xlgpu_memory_init(&m, &f.vm, hashed), 0);
    assert_int_equal(xlgpu_memory_measure(&m), 0);
    assert_int_equal(xlgpu_batch_make(&b), 0);
}

static void end(void)
{
    xlgpu_batch_free(b);
    xlgpu_memory_dispose(&m);
    fake_dispose(&f);
}

/* Looks at an extent, and says how many of its pages it has to send. */
static unsigned int pages_of(size_t extent)
{
    b->counts = (struct xlgpu_counts){ 0 };
    assert_int_equal(xlgpu_memory_look(&m, extent, b), 0);
    assert_int_equal(f.mapped, 0);
    return b->n_pages;
}

static void populated_pages_are_sent_with_zeros_as_zeros(void **state)
{
    static const uint8_t zero[XLGPU_PAGE];
    unsigned int i;

    (void)state;
    begin(true);
    assert_int_equal(pages_of(0), 16);
    assert_int_equal(b->n, 16);
    for (i = 0; i < 16; i++) {
        assert_int_equal(FRAME(b->entry[i]), i);
        assert_int_equal(TYPE(b->entry[i]), XEN_DOMCTL_PFINFO_NOTAB);
        assert_memory_equal(b->page + i * XLGPU_PAGE,
                            i < 8 ? fake_page(&f, i) : zero, XLGPU_PAGE);
    }
    assert_int_equal(b->counts.zero, 8);
    assert_int_equal(pages_of(1), 4);
    assert_int_equal(pages_of(2), 0);
    end();
}

static void only_pages_that_differ_from_what_was_sent_are_sent(void **state)
{
    (void)state;
    begin(true);
    pages_of(0);
    assert_int_equal(pages_of(0), 0);

    fake_write(&f, 3, "written");
    fake_write(&f, 12, "no longer zero");
    assert_int_equal(pages_of(0), 2);
    assert_int_equal(FRAME(b->entry[0]), 3);
    assert_int_equal(FRAME(b->entry[1]), 12);
    assert_int_equal(b->counts.changed, 2);
    assert_int_equal(pages_of(0), 0);
    end();
}

static void *write_all_the_time(void *stop)
{
    while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
        unsigned int i;

        for (i = 0; i < XLGPU_PAGE; i += 64)
            fake_page(&f, 5)[i]++;
    }
    return NULL;
}

/* A page that is written all the time: read twice, it would differ. */
static void what_is_hashed_is_what_was_sent(void **state)
{
    struct xlgpu_hash sent;
    bool stop = false;
    pthread_t writer;
    unsigned int i, seen = 0;

    (void)state;
    begin(true);
    pages_of(0);
    pthread_create(&writer, NULL, write_all_the_time, &stop);
    for (i = 0; i < 20000 && seen < 1000; i++) {
        if (!pages_of(0)) continue;
        seen++;
        assert_int_equal(b->n_pages, 1);
        sent = xlgpu_hash_page(&m.secret, b->page);
        assert_true(xlgpu_hash_equal(m.extent[0]->hash[5], sent));
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(writer, NULL);
    assert_true(seen > 10);
    end();
}

static void each_pass_maps_again_and_keeps_nothing(void **state)
{
    (void)state;
    begin(true);
    pages_of(0);
    assert_int_equal(f.maps, 16);
    pages_of(0);
    assert_int_equal(f.maps, 32);
    assert_int_equal(f.mapped, 0);
    end();
}

static void a_page_that_does_not_map_is_asked_about_again(void **state)
{
    (void)state;
    begin(true);
    f.unmappable[4] = true;
    assert_int_equal(pages_of(0), 15);
    assert_int_equal(b->counts.unmapped, 1);

    f.unmappable[4] = false;
    assert_int_equal(pages_of(0), 1);
    assert_int_equal(FRAME(b->entry[0]), 4);

    f.unmappable[4] = true;
    m.last = true;
    assert_int_equal(xlgpu_memory_look(&m, 0, b), EINVAL);
    assert_int_equal(f.mapped, 0);
    end();
}

static void ballooned_pages_go_and_come(void **state)
{
    (void)state;
    begin(true);
    pages_of(0);

    f.type[7] = HOLE;
    assert_int_equal(pages_of(0), 0);
    assert_int_equal(b->n, 1);
    assert_int_equal(FRAME(b->entry[0]), 7);
    assert_int_equal(TYPE(b->entry[0]), HOLE);
    assert_int_equal(pages_of(0), 0);
    assert_int_equal(b->n, 0);

    /* Back with the content that it had: what the target has there is not
     * known. */
    f.type[7] = 0;
    assert_int_equal(pages_of(0), 1);
    end();
}

static void pages_that_came_after_the_range_was_read_are_walked(void **state)
{
    (void)state;
    begin(true);
    pages_of(2);
    f.type[2600] = f.type[3500] = 0;
    f.n = 3600;
    assert_int_equal(xlgpu_memory_measure(&m), 0);
    assert_int_equal(m.n_extents, 4);
    assert_int_equal(pages_of(2), 1);
    assert_int_equal(pages_of(3), 1);
    end();
}

/* A BAR of 16 GiB, which is no memory, above the guest's. */
static void hashes_are_kept_for_populated_extents_only(void **state)
{
    size_t i, kept = 0;

    (void)state;
    begin(true);
    f.n = (1u << 22) + 4096;
    assert_int_equal(xlgpu_memory_measure(&m), 0);
    for (i = 0; i < m.n_extents; i++) {
        pages_of(i);
        kept += m.extent[i] != NULL;
    }
    assert_int_equal(kept, 2);
    end();
}

static void with_a_log_only_what_it_names_is_looked_at(void **state)
{
    unsigned long changed[40] = { 0 };

    (void)state;
    begin(false);
    f.unmappable[9] = true;
    assert_int_equal(pages_of(0), 15);

    m.changed = changed;
    changed[0] = 1ul << 2;
    f.unmappable[9] = false;
    f.type[20] = 0; /* came since */
    assert_int_equal(pages_of(0), 3);
    assert_int_equal(FRAME(b->entry[0]), 2);
    assert_int_equal(FRAME(b->entry[1]), 9);
    assert_int_equal(FRAME(b->entry[2]), 20);

    /* What is named and does not map is asked about again, named or not. */
    f.unmappable[2] = true;
    assert_int_equal(pages_of(0), 0);
    f.unmappable[2] = false;
    changed[0] = 0;
    assert_int_equal(pages_of(0), 1);
    end();
}

static void each_migration_has_its_own_secret(void **state)
{
    static const uint8_t page[XLGPU_PAGE];
    struct xlgpu_hash first, second;

    (void)state;
    begin(true);
    first = xlgpu_hash_page(&m.secret, page);
    end();
    begin(true);
    second = xlgpu_hash_page(&m.secret, page);
    end();
    assert_false(xlgpu_hash_equal(first, second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_3(populated_pages_are_sent_with_zeros_as_zeros,
               only_pages_that_differ_from_what_was_sent_are_sent,
               what_is_hashed_is_what_was_sent),
        UNIT_3(each_pass_maps_again_and_keeps_nothing,
               a_page_that_does_not_map_is_asked_about_again,
               ballooned_pages_go_and_come),
        UNIT_4(pages_that_came_after_the_range_was_read_are_walked,
               hashes_are_kept_for_populated_extents_only,
               with_a_log_only_what_it_names_is_looked_at,
               each_migration_has_its_own_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
