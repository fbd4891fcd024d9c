/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>

#include "policy/utilization.h"

#define MIB(n) ((uint64_t)(n) << 20)

static const struct {
    const char *spec, *names;
} needs[] = {
    { "partition", "xl-gpu" },
    { "partition,model=flex170", "xl-gpu xl-gpu.model.flex170" },
    { "partition,memory=4096", "xl-gpu xl-gpu.memory.4096" },
    { "partition,model=flex170,memory=4096",
      "xl-gpu xl-gpu.model.flex170 xl-gpu.memory.4096 "
      "xl-gpu.model.flex170.memory.4096" },
    /* Where it is narrowed by what is this host's alone. */
    { "partition,gpu=41:00.0", "xl-gpu" },
    { "passthrough,bdf=41:00.0", "" },
    { "partition,model=8086:56c0", "xl-gpu xl-gpu.model.8086_56c0" },
    { "partition,model=a$(b)/&<c", "xl-gpu xl-gpu.model.a__b____c" },
};

static void parse(const char *text, struct xlgpu_spec *spec)
{
    char *why = xlgpu_spec_parse(text, spec);

    if (why) fail_msg("%s: %s", text, why);
}

static void test_a_guest_needs_one_of_each_kind_that_it_asks_for(void **state)
{
    struct xlgpu_attributes need;
    struct xlgpu_spec spec;
    char names[256];
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
        parse(needs[i].spec, &spec);
        xlgpu_utilization_need(&spec, &need);
        *names = '\0';
        for (k = 0; k < need.n; k++) {
            if (k) strcat(names, " ");
            strcat(names, need.attribute[k].name);
        }
        assert_string_equal(names, needs[i].names);
        xlgpu_attributes_dispose(&need);
    }
}

/* A node with two partitions of one kind: state, who, what that one needs. */
struct part {
    enum xlgpu_partition_state state;
    enum xlgpu_held_by by;
    const char *needs;
};

#define FREE { XLGPU_FREE, XLGPU_BY_UNKNOWN, NULL }
#define OURS(needs) { XLGPU_HELD, XLGPU_BY_CLUSTER, needs }
#define ALL                                 \
    "xl-gpu,xl-gpu.model.m,xl-gpu.memory.512," \
    "xl-gpu.model.m.memory.512"
#define THEIRS { XLGPU_HELD, XLGPU_BY_OTHERS, NULL }

static const struct {
    struct part part[2];
    unsigned int free, usable; /* any */
    unsigned int exact_usable; /* of that model with that memory */
} nodes[] = {
    { { FREE, FREE }, 2, 2, 2 },
    { { FREE, THEIRS }, 1, 1, 1 },
    { { THEIRS, THEIRS }, 0, 0, 0 },
    /* What Pacemaker itself takes off, counts. */
    { { FREE, OURS(ALL) }, 1, 2, 2 },
    { { OURS(ALL), OURS(ALL) }, 0, 2, 2 },
    /* It is not taken off a kind that was not asked for. */
    { { FREE, OURS("xl-gpu") }, 1, 2, 1 },
    { { FREE, OURS("xl-gpu,xl-gpu.model.m") }, 1, 2, 1 },
    { { FREE, OURS("xl-gpu,xl-gpu.model.other.memory.512") }, 1, 2, 1 },
    /* Nor one off any, of which Pacemaker is told nothing. */
    { { FREE, OURS("-") }, 1, 1, 1 },
    { { FREE, OURS("") }, 1, 1, 1 },
    /* On its way to be free, or to a guest that is not known yet: a dip
     * would have Pacemaker stop what runs. */
    { { FREE, { XLGPU_RESETTING, XLGPU_BY_UNKNOWN, NULL } }, 1, 2, 2 },
    { { FREE, { XLGPU_RESERVED, XLGPU_BY_UNKNOWN, NULL } }, 1, 2, 2 },
    { { FREE, { XLGPU_RESERVED, XLGPU_BY_OTHERS, NULL } }, 1, 1, 1 },
    { { FREE, { XLGPU_HELD, XLGPU_BY_UNKNOWN, NULL } }, 1, 1, 1 },
    { { FREE, { XLGPU_QUARANTINED, XLGPU_BY_UNKNOWN, NULL } }, 1, 1, 1 },
};

static void check(const struct xlgpu_attributes *have, const char *name,
                  unsigned int free, unsigned int usable)
{
    const struct xlgpu_attribute *a = xlgpu_attributes_find(have, name);

    assert_non_null(a);
    assert_int_equal(a->free, free);
    assert_int_equal(a->usable, usable);
}

static void test_a_node_has_what_the_clusters_guests_can_have(void **state)
{
    struct xlgpu_attributes have, need;
    const struct part *p;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
        have = (struct xlgpu_attributes){ 0 };
        for (p = nodes[i].part; p < nodes[i].part + 2; p++) {
            xlgpu_utilization_parse(p->needs ? p->needs : "", &need);
            xlgpu_utilization_add(&have, "m", MIB(512), p->state, p->by,
                                  p->needs ? &need : NULL);
            xlgpu_attributes_dispose(&need);
        }
        printf("node %zu\n", i);
        check(&have, "xl-gpu", nodes[i].free, nodes[i].usable);
        check(&have, "xl-gpu.model.m.memory.512", nodes[i].free,
              nodes[i].exact_usable);
        xlgpu_attributes_dispose(&have);
    }
}

static void test_kinds_are_counted_apart(void **state)
{
    struct xlgpu_attributes have = { 0 };

    (void)state;
    xlgpu_utilization_add(&have, "a", MIB(512), XLGPU_FREE, XLGPU_BY_UNKNOWN,
                          NULL);
    xlgpu_utilization_add(&have, "a", MIB(1024), XLGPU_FREE,
                          XLGPU_BY_UNKNOWN, NULL);
    xlgpu_utilization_add(&have, "b", 0, XLGPU_FREE, XLGPU_BY_UNKNOWN, NULL);
    check(&have, "xl-gpu", 3, 3);
    check(&have, "xl-gpu.model.a", 2, 2);
    check(&have, "xl-gpu.memory.512", 1, 1);
    check(&have, "xl-gpu.model.a.memory.1024", 1, 1);
    check(&have, "xl-gpu.model.b", 1, 1);
    assert_false(xlgpu_attributes_find(&have, "xl-gpu.model.a")->exact);
    assert_true(xlgpu_attributes_find(&have, "xl-gpu.model.b")->exact);
    xlgpu_attributes_dispose(&have);
}

UNIT_TESTS(test_a_guest_needs_one_of_each_kind_that_it_asks_for,
           test_a_node_has_what_the_clusters_guests_can_have,
           test_kinds_are_counted_apart)
