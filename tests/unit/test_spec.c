/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "policy/slot.h"
#include "policy/spec.h"

#define MIB(n) ((uint64_t)(n) << 20)

static struct xlgpu_spec parsed(const char *text)
{
    struct xlgpu_spec spec;
    char *why = xlgpu_spec_parse(text, &spec);

    if (why) fail_msg("\"%s\" was refused: %s", text, why);
    return spec;
}

static void a_bare_partition_is_any_partition(void **state)
{
    struct xlgpu_spec spec = parsed("partition");

    (void)state;
    assert_int_equal(spec.type, XLGPU_SPEC_PARTITION);
    assert_true(spec.any_gpu);
    assert_string_equal(spec.model, "");
    assert_int_equal(spec.memory, 0);
    assert_int_equal(spec.vslot, XLGPU_VSLOT_AUTO);
}

static void keys_narrow_the_choice(void **state)
{
    struct xlgpu_spec spec =
        parsed(" partition , memory=4096,model=flex170 ,vslot=1f,gpu=41:00.0,"
               "group=vdi");

    (void)state;
    assert_int_equal(spec.memory, MIB(4096));
    assert_string_equal(spec.model, "flex170");
    assert_int_equal(spec.vslot, 0x1f);
    assert_false(spec.any_gpu);
    assert_int_equal(spec.gpu.bus, 0x41);
    assert_string_equal(spec.group, "vdi");
}

static void passthrough_names_its_gpu(void **state)
{
    struct xlgpu_spec spec = parsed("passthrough,bdf=0000:41:00.0");

    (void)state;
    assert_int_equal(spec.type, XLGPU_SPEC_PASSTHROUGH);
    assert_int_equal(spec.gpu.bus, 0x41);
}

static const struct {
    const char *text, *part_of_why;
} refused[] = {
    { "", "neither" },
    { "vgpu", "\"vgpu\" is neither" },
    { "partition,", "not key=value" },
    { "partition,fast", "\"fast\" is not key=value" },
    { "partition,colour=red", "unknown key \"colour\"" },
    { "partition,bdf=41:00.0", "unknown key \"bdf\"" },
    { "partition,memory=", "memory=" },
    { "partition,memory=0", "memory=0" },
    { "partition,memory=-1", "memory=-1" },
    { "partition,memory=4G", "memory=4G" },
    { "partition,memory=99999999999999999999", "memory=" },
    { "partition,memory=1,memory=2", "memory is given twice" },
    { "partition,vslot=20", "vslot=20" },
    { "partition,vslot=0", "vslot=0" },
    { "partition,model=", "model=" },
    { "partition,model=a-name-that-is-longer-than-any-model", "no model" },
    { "partition,gpu=41:00", "41:00 is not a PCI address" },
    { "passthrough", "needs bdf=" },
    { "passthrough,bdf=xyz", "xyz is not a PCI address" },
    { "passthrough,bdf=41:00.0,memory=1", "unknown key \"memory\"" },
};

/* 16384 MiB in three parts. */
static void memory_is_what_is_shown_of_it(void **state)
{
    struct xlgpu_spec spec = parsed("partition,memory=5461");

    (void)state;
    assert_true(xlgpu_spec_has_memory(&spec, (16384ull << 20) / 3));
    assert_false(xlgpu_spec_has_memory(&spec, 5462ull << 20));
    spec = parsed("partition");
    assert_true(xlgpu_spec_has_memory(&spec, 0));
}

static void what_is_wrong_is_named(void **state)
{
    struct xlgpu_spec spec;
    char *why;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        why = xlgpu_spec_parse(refused[i].text, &spec);
        if (!why) fail_msg("\"%s\" was taken", refused[i].text);
        if (!strstr(why, refused[i].part_of_why))
            fail_msg("\"%s\": the reason \"%s\" does not say \"%s\"",
                     refused[i].text, why, refused[i].part_of_why);
        free(why);
    }
}

static void the_slot_is_the_highest_but_the_last_that_nobody_has(void **state)
{
    (void)state;
    assert_int_equal(xlgpu_slot_choose(0), 0x1e);
    assert_int_equal(xlgpu_slot_choose(1u << 0x1e), 0x1d);
    assert_int_equal(xlgpu_slot_choose(0x7fffffff), 0);
    assert_int_equal(xlgpu_slot_choose(~(1u << 6)), 6);
    assert_int_equal(xlgpu_slot_choose(~0u), 0);
}

UNIT_TESTS(a_bare_partition_is_any_partition, keys_narrow_the_choice,
           passthrough_names_its_gpu, memory_is_what_is_shown_of_it,
           what_is_wrong_is_named,
           the_slot_is_the_highest_but_the_last_that_nobody_has)
