/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule 5 over the hosts of a pool, and what they say to each other of it. */
#include "unit.h"

#include "alloc.h"
#include "policy/pool.h"
#include "pool/layout.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define FLEX .bdf = { 0, 0x41, 0, 0 }, .vendor = 0x8086, .device = 0x56c0,   \
             .subvendor = 0x8086, .subdevice = 0x4905, .model = "flex170",   \
             .memory = MIB(16384), .partition_memory = MIB(4096),            \
             .count = 4, .free = 3, .held = 1, .driver = "i915",             \
             .driver_version = "1.25", .firmware = "70"
#define OF(gpus) { .host = (char *)"h", .identity = (char *)"i", \
                   .gpu = gpus, .n = sizeof(gpus) / sizeof((gpus)[0]) }
#define N 5

/* A later initialiser is meant to win. */
#pragma GCC diagnostic ignored "-Woverride-init"

static char *holders[] = { (char *)"web \303\274", (char *)"2nd" };
static struct xlgpu_pool_gpu common[] = {
    { FLEX, .guest = holders, .n_guests = 2 }
};
static const struct xlgpu_pool_facts alike = OF(common);

/* All alike but the last, which has other. */
static enum xlgpu_pool_verdict judge(struct xlgpu_pool_host host[N],
                                     const struct xlgpu_pool_facts *other,
                                     bool count)
{
    static const char *const name[N] = { "a", "b", "c", "d", "e" };
    int i;

    for (i = 0; i < N; i++)
        host[i] = (struct xlgpu_pool_host){ .name = name[i],
                                            .facts = &alike };
    host[N - 1].facts = other;
    if (!other) {
        host[N - 1].status = XLGPU_NOT_FOUND;
        host[N - 1].why = "it is not there";
    }
    return xlgpu_pool_judge(host, N, count);
}

static void dispose(struct xlgpu_pool_host host[N])
{
    int i;

    for (i = 0; i < N; i++) xlgpu_checks_dispose(&host[i].checks);
}

/* The one check that is not passed; NULL when there are none, or more. */
static const struct xlgpu_check *the_one(const struct xlgpu_checks *c)
{
    const struct xlgpu_check *found = NULL;
    size_t i;

    for (i = 0; i < c->n; i++) {
        if (c->check[i].result == XLGPU_CHECK_PASS) continue;
        if (found) return NULL;
        found = &c->check[i];
    }
    return found;
}

static const struct {
    const char *check;
    struct xlgpu_pool_gpu gpu;
    enum xlgpu_pool_verdict verdict;
    const char *message;
} cases[] = {
    { "vendor", { FLEX, .vendor = 0x1002 }, XLGPU_POOL_ERROR,
      "0000:41:00.0: device 1002:56c0, in the pool 8086:56c0" },
    { "device", { FLEX, .device = 0x56c1 }, XLGPU_POOL_ERROR,
      "0000:41:00.0: device 8086:56c1, in the pool 8086:56c0" },
    { "subsystem", { FLEX, .subdevice = 1 }, XLGPU_POOL_ERROR,
      "0000:41:00.0: subsystem 8086:0001, in the pool 8086:4905" },
    { "memory", { FLEX, .memory = MIB(8192) }, XLGPU_POOL_ERROR,
      "0000:41:00.0: memory 8192 MiB, in the pool 16384 MiB" },
    { "memory", { FLEX, .memory = 0 }, XLGPU_POOL_WARNING,
      "0000:41:00.0: memory not known, in the pool 16384 MiB" },
    { "partition_count", { FLEX, .count = 2 }, XLGPU_POOL_ERROR,
      "0000:41:00.0: partition count 2, in the pool 4" },
    { "driver", { FLEX, .driver = "xe" }, XLGPU_POOL_WARNING,
      "0000:41:00.0: driver xe, in the pool i915" },
    { "driver_version", { FLEX, .driver_version = "1.26" },
      XLGPU_POOL_WARNING,
      "0000:41:00.0: driver version 1.26, in the pool 1.25" },
    { "firmware", { FLEX, .firmware = "71" }, XLGPU_POOL_WARNING,
      "0000:41:00.0: firmware 71, in the pool 70" },
};

static void rule_5_each_difference_has_its_level_and_its_line(void **state)
{
    struct xlgpu_pool_host host[N];
    const struct xlgpu_check *c;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xlgpu_pool_gpu gpu[] = { cases[i].gpu };
        struct xlgpu_pool_facts other = OF(gpu);

        if (judge(host, &other, true) != cases[i].verdict)
            fail_msg("%s: the worst is not %d", cases[i].check,
                     cases[i].verdict);
        c = the_one(&host[N - 1].checks);
        if (!c || strcmp(c->check, cases[i].check) || !c->remedy ||
            strcmp(c->message, cases[i].message))
            fail_msg("%s: \"%s\"", cases[i].check, c ? c->message : "none");
        assert_int_equal(c->result,
                         cases[i].verdict == XLGPU_POOL_ERROR
                             ? XLGPU_CHECK_FAIL : XLGPU_CHECK_WARN);
        assert_int_equal(host[N - 1].verdict, cases[i].verdict);
        assert_int_equal(host[0].verdict, XLGPU_POOL_ALIKE);
        assert_int_equal(xlgpu_pool_status(host, N),
                         cases[i].verdict == XLGPU_POOL_ERROR
                             ? XLGPU_POOL_MISMATCH : XLGPU_OK);
        dispose(host);
    }
}

/* Whoever comes first: it is the odd one of which it is said. */
static void the_few_are_compared_with_the_many(void **state)
{
    struct xlgpu_pool_gpu odd_gpu[] = { { FLEX, .count = 2 } };
    const struct xlgpu_pool_facts odd = OF(odd_gpu);
    struct xlgpu_pool_host host[3] = { { .name = "a", .facts = &odd },
                                       { .name = "b", .facts = &alike },
                                       { .name = "c", .facts = &alike } };
    size_t i;

    (void)state;
    xlgpu_pool_judge(host, 3, true);
    assert_int_equal(host[0].verdict, XLGPU_POOL_ERROR);
    assert_int_equal(host[1].verdict, XLGPU_POOL_ALIKE);
    for (i = 0; i < 3; i++) xlgpu_checks_dispose(&host[i].checks);
}

static void the_count_is_not_compared_where_it_is_to_be_set(void **state)
{
    struct xlgpu_pool_gpu gpu[] = { { FLEX, .count = 2 } };
    const struct xlgpu_pool_facts other = OF(gpu);
    struct xlgpu_pool_host host[N];

    (void)state;
    assert_int_equal(judge(host, &other, false), XLGPU_POOL_ALIKE);
    dispose(host);
}

static void a_host_without_an_answer_or_a_gpu_is_no_match(void **state)
{
    const struct xlgpu_pool_facts none = { .host = (char *)"h",
                                           .identity = (char *)"i" };
    struct xlgpu_pool_host host[N];

    (void)state;
    assert_int_equal(judge(host, NULL, true), XLGPU_POOL_NO_ANSWER);
    assert_string_equal(the_one(&host[N - 1].checks)->message,
                        "it is not there");
    assert_int_equal(xlgpu_pool_status(host, N), XLGPU_NOT_FOUND);
    dispose(host);
    assert_int_equal(judge(host, &none, true), XLGPU_POOL_ERROR);
    assert_string_equal(the_one(&host[N - 1].checks)->check, "gpus");
    dispose(host);
}

static void room_is_by_model_and_memory(void **state)
{
    struct xlgpu_pool_gpu gpu[] = { { FLEX }, { FLEX, .model = "max1100" },
                                    { FLEX, .free = 1, .reserved = 2 },
                                    { FLEX, .partition_memory = 0 } };
    const struct xlgpu_pool_facts facts = OF(gpu);
    struct xlgpu_pool_room *room;
    size_t n;

    (void)state;
    room = xlgpu_pool_rooms(&facts, &n);
    assert_int_equal(n, 3);
    assert_string_equal(room[0].model, "flex170");
    assert_int_equal(room[0].gpus, 2);
    assert_int_equal(room[0].count, 8);
    assert_int_equal(room[0].free, 4);
    assert_int_equal(room[0].held, 2);
    assert_int_equal(room[0].reserved, 2);
    assert_string_equal(room[1].model, "max1100");
    assert_int_equal(room[2].memory, 0);
    free(room);
}

/* ---- What goes over the wire ---- */

static void what_one_writes_the_other_reads(void **state)
{
    const struct xlgpu_pool_order order = {
        .step = XLGPU_POOL_PLAN, .dry_run = true,
        .want = { 4, { .memory = MIB(1), .exec_quantum_ms = 2,
                       .preempt_timeout_us = 3 } },
    };
    struct xlgpu_pool_change change[] = { { { 0, 0x41, 0, 0 }, 2, 4, true },
                                          { { 1, 0x42, 0, 0 }, 4, 4, false } };
    struct xlgpu_pool_changes changes = { change, 2 }, changes_read;
    struct xlgpu_pool_facts facts;
    struct xlgpu_pool_order read;
    char *text, *again;

    (void)state;
    text = xlgpu_pool_facts_json(&alike);
    assert_null(xlgpu_pool_facts_parse(text, &facts));
    again = xlgpu_pool_facts_json(&facts);
    assert_string_equal(text, again);
    assert_int_equal(facts.gpu[0].free, 3);
    assert_int_equal(facts.gpu[0].n_guests, 2);
    assert_string_equal(facts.gpu[0].guest[1], "2nd");
    xlgpu_pool_facts_dispose(&facts);
    free(text);
    free(again);

    text = xlgpu_pool_order_json(&order);
    assert_null(xlgpu_pool_order_parse(text, &read));
    assert_int_equal(read.step, XLGPU_POOL_PLAN);
    assert_int_equal(read.want.count, 4);
    assert_true(xlgpu_resources_equal(&read.want.each, &order.want.each));
    assert_true(read.dry_run);
    free(text);

    text = xlgpu_pool_changes_json(&changes);
    assert_null(xlgpu_pool_changes_parse(text, &changes_read));
    assert_int_equal(changes_read.n, 2);
    assert_true(xlgpu_bdf_equal(changes_read.gpu[1].bdf, change[1].bdf));
    assert_int_equal(changes_read.gpu[0].before, 2);
    assert_int_equal(changes_read.gpu[0].count, 4);
    assert_true(changes_read.gpu[0].changed);
    assert_false(changes_read.gpu[1].changed);
    xlgpu_pool_changes_dispose(&changes_read);
    free(text);
}

#define GPU(members) "{\"host\":\"h\",\"identity\":\"i\",\"gpus\":[{" \
    "\"bdf\":\"0000:41:00.0\",\"vendor\":1,\"device\":1,\"subvendor\":1," \
    "\"subdevice\":1,\"memory\":0,\"partition_memory\":0," members "}]}"
#define ROOM "\"count\":2,\"free\":1,\"held\":1,\"reserved\":0,"
#define DRIVER "\"driver\":\"xe\",\"driver_version\":\"\",\"firmware\":\"\""

static const struct {
    const char *text, *why;
} wrong[] = {
    { GPU("\"model\":\"m\"," ROOM DRIVER), NULL },
    { "", "it is no JSON object" },
    { "{\"host\":\"h\",\"identity\":\"\",\"gpus\":[]}", "\"identity\"" },
    { "{\"host\":\"h\",\"identity\":\"i\",\"gpus\":{}}", "\"gpus\"" },
    { "{\"host\":\"h\",\"identity\":\"i\",\"gpus\":[1]}", "\"gpus\"" },
    { GPU("\"model\":\"a\\u001b\"," ROOM DRIVER), "\"model\"" },
    { GPU("\"model\":\"123456789012345678901234567890123\"," ROOM DRIVER),
      "\"model\"" },
    { GPU("\"model\":\"m\",\"count\":1,\"free\":1,\"held\":1,"
          "\"reserved\":0," DRIVER), "\"count\"" },
    { GPU("\"model\":\"m\"," ROOM "\"driver\":\"xe\""),
      "\"driver_version\"" },
    { GPU("\"model\":\"m\"," ROOM DRIVER ",\"guests\":[]"), NULL },
    { GPU("\"model\":\"m\"," ROOM DRIVER ",\"guests\":\"g\""), "\"guests\"" },
    { GPU("\"model\":\"m\"," ROOM DRIVER ",\"guests\":[\"g\",1]"),
      "\"guests\"" },
    { GPU("\"model\":\"m\"," ROOM DRIVER ",\"guests\":[\"\\n\"]"),
      "\"guests\"" },
};

static void what_can_not_be_read_is_refused(void **state)
{
    struct xlgpu_pool_facts facts;
    char *why;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        why = xlgpu_pool_facts_parse(wrong[i].text, &facts);
        if (!why != !wrong[i].why ||
            (why && strncmp(why, wrong[i].why, strlen(wrong[i].why))))
            fail_msg("%s: %s", wrong[i].text, why ? why : "read");
        free(why);
        xlgpu_pool_facts_dispose(&facts);
    }
}

UNIT_TESTS(rule_5_each_difference_has_its_level_and_its_line,
           the_few_are_compared_with_the_many,
           the_count_is_not_compared_where_it_is_to_be_set,
           a_host_without_an_answer_or_a_gpu_is_no_match,
           room_is_by_model_and_memory, what_one_writes_the_other_reads,
           what_can_not_be_read_is_refused)
