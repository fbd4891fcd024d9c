/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "policy/ladder.h"

/* Everything is allowed, and a room is there; the state can't follow. */
#define ALLOWED .iommu = 1, .room = 1, .stream = 1, .live = 1, .hotplug = 1, \
                .restart = 1, .may_restart = 1, .poweroff_destroys = 1,      \
                .kept = 1
#define FOLLOWS ALLOWED, .device_state = 1, .announced = 1
#define LOG(what) .dma_log = XLGPU_DMA_LOG_##what
#define ASKED(what) .mode = XLGPU_MODE_##what

#define LIVE XLGPU_MOVE_LIVE
#define FREEZE XLGPU_MOVE_FREEZE
#define HOTPLUG XLGPU_MOVE_HOTPLUG
#define RESTART XLGPU_MOVE_RESTART
#define NONE XLGPU_MOVE_NONE
#define BY(who) XLGPU_TRACKER_##who

/* A later initialiser is meant to win. */
#pragma GCC diagnostic ignored "-Woverride-init"

static const struct {
    const char *what;
    struct xlgpu_ladder_facts facts;
    enum xlgpu_move move;
    enum xlgpu_tracker tracker;
    const char *check; /* of the rung missed last; NULL: none was */
} cases[] = {
    { "the hypervisor logs all DMA", { FOLLOWS, LOG(ALL) }, LIVE, BY(IOMMU),
      NULL },
    { "it does, and its log is not trusted", { FOLLOWS, LOG(ALL),
      .by_content = 1 }, LIVE, BY(CONTENT), NULL },
    { "it logs some", { FOLLOWS, LOG(SOME), .records_dirty = XLGPU_YES },
      LIVE, BY(CONTENT), NULL },
    { "the IOMMU could, the hypervisor does not",
      { FOLLOWS, .records_dirty = XLGPU_YES }, LIVE, BY(CONTENT), NULL },
    { "the IOMMU can't", { FOLLOWS, .records_dirty = XLGPU_NO }, LIVE,
      BY(CONTENT), NULL },
    { "freeze is asked for", { FOLLOWS, LOG(ALL), ASKED(FREEZE) }, FREEZE,
      BY(NONE), NULL },
    { "freeze is asked for, the state can't follow",
      { ALLOWED, ASKED(FREEZE) }, NONE, BY(NONE), "device_state" },
    { "live is asked for, and nothing else will do",
      { ALLOWED, ASKED(LIVE) }, NONE, BY(NONE), "device_state" },
    { "hotplug is asked for where live would do",
      { FOLLOWS, ASKED(HOTPLUG) }, HOTPLUG, BY(NONE), NULL },
    { "restart is asked for where live would do",
      { FOLLOWS, ASKED(RESTART) }, RESTART, BY(NONE), NULL },
    { "restart is asked for and not allowed",
      { FOLLOWS, ASKED(RESTART), .may_restart = 0 }, NONE, BY(NONE),
      "allow_restart" },
    { "the state can't follow, whatever is tracked", { ALLOWED, LOG(ALL) },
      HOTPLUG, BY(NONE), "device_state" },
    { "declared, and the guest has not announced suspend",
      { ALLOWED, .device_state = 1 }, HOTPLUG, BY(NONE), "device_state" },
    { "its memory can't be saved in time", { FOLLOWS, .too_big = 1 }, HOTPLUG,
      BY(NONE), "device_state" },
    { "nor is it the only device", { FOLLOWS, .too_big = 1,
      .other_devices = 1 }, RESTART, BY(NONE), "other_devices" },
    { "other devices go with a live guest", { FOLLOWS, .other_devices = 1 },
      LIVE, BY(CONTENT), NULL },
    { "announced, and not declared", { ALLOWED, .announced = 1 }, HOTPLUG,
      BY(NONE), "device_state" },
    { "the owner allows no live move", { FOLLOWS, LOG(ALL), .live = 0 },
      HOTPLUG, BY(NONE), "owner_live" },
    { "nor hotplug", { FOLLOWS, LOG(ALL), .live = 0, .hotplug = 0 }, RESTART,
      BY(NONE), "owner_hotplug" },
    { "nor restart",
      { FOLLOWS, LOG(ALL), .live = 0, .hotplug = 0, .restart = 0 }, NONE,
      BY(NONE), "owner_restart" },
    { "what runs can't go on there", { FOLLOWS, LOG(ALL), .stream = 0 },
      RESTART, BY(NONE), "target" },
    { "the administrator allows no restart",
      { ALLOWED, .hotplug = 0, .may_restart = 0 }, NONE, BY(NONE),
      "allow_restart" },
    { "it would not be gone after a shutdown",
      { ALLOWED, .hotplug = 0, .poweroff_destroys = 0 }, NONE, BY(NONE),
      "on_poweroff" },
    { "nobody knows how to start it again",
      { ALLOWED, .hotplug = 0, .kept = 0 }, NONE, BY(NONE), "config" },
    { "a PV guest", { FOLLOWS, LOG(ALL), .pv = 1 }, RESTART, BY(NONE),
      "guest_type" },
    { "no room", { FOLLOWS, LOG(ALL), .room = 0 }, NONE, BY(NONE),
      "partition" },
    { "no IOMMU", { FOLLOWS, LOG(ALL), .iommu = 0 }, NONE, BY(NONE),
      "iommu" },
};

static void rule_6_live_where_dma_is_tracked_else_restart(void **state)
{
    struct xlgpu_rung r;
    const char *last;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        r = xlgpu_ladder(&cases[i].facts);
        last = r.n_missed ? r.missed[r.n_missed - 1].check : NULL;
        if (r.move != cases[i].move || r.tracker != cases[i].tracker)
            fail_msg("%s: %s by %s", cases[i].what, xlgpu_move_string(r.move),
                     xlgpu_tracker_string(r.tracker));
        if (!last != !cases[i].check ||
            (last && strcmp(last, cases[i].check)))
            fail_msg("%s: missed %s", cases[i].what, last ? last : "nothing");
    }
}

/* ---- All combinations, against what the design's table says ---- */

#define BITS 14

static struct xlgpu_ladder_facts combination(unsigned int bits,
                                             unsigned int mode,
                                             unsigned int dma_log)
{
    return (struct xlgpu_ladder_facts){
        .iommu = bits & 1, .room = bits & 2, .pv = bits & 4,
        .stream = bits & 8, .live = bits & 16, .hotplug = bits & 32,
        .restart = bits & 64, .may_restart = bits & 128,
        .poweroff_destroys = bits & 256, .kept = bits & 512,
        .device_state = bits & 1024, .announced = bits & 2048,
        .too_big = bits & 4096, .other_devices = bits & 8192,
        .mode = mode, .dma_log = dma_log,
        .records_dirty = XLGPU_YES,
    };
}

/* Whether the guest could be moved like that; the order is not in it. */
static bool can(const struct xlgpu_ladder_facts *f, enum xlgpu_move move)
{
    bool there = f->iommu && f->room, hvm_there = there && !f->pv && f->stream;

    switch (move) {
    case LIVE:
    case FREEZE:
        return hvm_there && f->live && f->device_state && f->announced &&
               !f->too_big;
    case HOTPLUG:
        return hvm_there && f->hotplug && !f->other_devices;
    case RESTART:
        return there && f->poweroff_destroys && f->kept && f->restart &&
               f->may_restart;
    default:
        return true;
    }
}

/* The best of them for the mode. */
static enum xlgpu_move expected(const struct xlgpu_ladder_facts *f)
{
    static const enum xlgpu_move order[][5] = {
        [XLGPU_MODE_AUTO] = { LIVE, HOTPLUG, RESTART, NONE },
        [XLGPU_MODE_LIVE] = { LIVE, NONE },
        [XLGPU_MODE_FREEZE] = { FREEZE, NONE },
        [XLGPU_MODE_HOTPLUG] = { HOTPLUG, NONE },
        [XLGPU_MODE_RESTART] = { RESTART, NONE },
    };
    unsigned int i = 0;

    while (!can(f, order[f->mode][i])) i++;
    return order[f->mode][i];
}

static void check(const struct xlgpu_ladder_facts *f, unsigned int bits)
{
    struct xlgpu_rung r = xlgpu_ladder(f);
    size_t i;

    if (r.move != expected(f))
        fail_msg("%04x, %s: %s, not %s", bits, xlgpu_mode_string(f->mode),
                 xlgpu_move_string(r.move), xlgpu_move_string(expected(f)));
    assert_int_equal(r.tracker, r.move != LIVE              ? BY(NONE)
                                : f->dma_log == XLGPU_DMA_LOG_ALL
                                    ? BY(IOMMU) : BY(CONTENT));
    /* What is not as good as it could be says why, and what helps. */
    assert_true(r.n_missed <= XLGPU_MISSED_MAX);
    if (r.move == NONE) assert_true(r.n_missed > 0);
    for (i = 0; i < r.n_missed; i++)
        assert_true(r.missed[i].check && r.missed[i].why &&
                    r.missed[i].remedy);
}

static void every_combination_gives_the_best_that_it_allows(void **state)
{
    struct xlgpu_ladder_facts f;
    unsigned int bits, mode, dma_log;

    (void)state;
    for (bits = 0; bits < 1u << BITS; bits++)
        for (mode = XLGPU_MODE_AUTO; mode <= XLGPU_MODE_RESTART; mode++)
            for (dma_log = 0; dma_log <= XLGPU_DMA_LOG_ALL; dma_log++) {
                f = combination(bits, mode, dma_log);
                check(&f, bits);
            }
}

static void every_rung_that_is_missed_has_a_reason(void **state)
{
    const struct xlgpu_ladder_facts f = {
        .iommu = 1, .room = 1, .stream = 1, .live = 1, .device_state = 1,
    };
    struct xlgpu_rung r = xlgpu_ladder(&f);

    (void)state;
    assert_int_equal(r.n_missed, 3);
    assert_string_equal(r.missed[0].check, "device_state");
    assert_string_equal(r.missed[1].check, "owner_hotplug");
    assert_string_equal(r.missed[2].check, "on_poweroff");
}

/* Three facts and a setting, each with words of its own. */
static void why_the_tracker_is_content_is_said_by_its_fact(void **state)
{
    struct xlgpu_ladder_facts f = { LOG(SOME), .records_dirty = XLGPU_YES };

    (void)state;
    assert_string_equal(xlgpu_ladder_why_content(&f),
                        "the hypervisor's dirty log includes only some DMA");
    f.dma_log = XLGPU_DMA_LOG_NONE;
    assert_string_equal(xlgpu_ladder_why_content(&f),
                        "the hypervisor's dirty log does not include DMA");
    f.records_dirty = XLGPU_NOT_KNOWN;
    assert_string_equal(xlgpu_ladder_why_content(&f),
                        "the hypervisor's dirty log does not include DMA");
    f.records_dirty = XLGPU_NO;
    assert_string_equal(xlgpu_ladder_why_content(&f),
                        "the IOMMU can't record dirty pages");
    f.by_content = true;
    assert_string_equal(xlgpu_ladder_why_content(&f),
                        "the IOMMU can't record dirty pages");
    f.dma_log = XLGPU_DMA_LOG_ALL;
    assert_string_equal(xlgpu_ladder_why_content(&f),
                        "the administrator wants it, in gpu.conf");
}

static void a_mode_is_one_of_five_words(void **state)
{
    enum xlgpu_mode mode, again;

    (void)state;
    for (mode = XLGPU_MODE_AUTO; mode <= XLGPU_MODE_RESTART; mode++) {
        assert_true(xlgpu_mode_parse(xlgpu_mode_string(mode), &again));
        assert_int_equal(mode, again);
    }
    assert_false(xlgpu_mode_parse("", &again));
    assert_false(xlgpu_mode_parse("Live", &again));
    assert_false(xlgpu_mode_parse("live ", &again));
}

UNIT_TESTS(rule_6_live_where_dma_is_tracked_else_restart,
           every_combination_gives_the_best_that_it_allows,
           every_rung_that_is_missed_has_a_reason,
           why_the_tracker_is_content_is_said_by_its_fact,
           a_mode_is_one_of_five_words)
