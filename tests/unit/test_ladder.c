/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "policy/ladder.h"

/* Everything is allowed, and a room is there; the state can't follow. */
#define ALLOWED .iommu = 1, .content = 1, .room = 1, .live = 1, .hotplug = 1, \
                .restart = 1, .may_restart = 1, .poweroff_destroys = 1
#define FOLLOWS ALLOWED, .device_state = 1
#define LOG(what) .dma_log = XLGPU_DMA_LOG_##what

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
    const char *reason; /* the last one; NULL: none */
} cases[] = {
    { "the hypervisor logs all DMA", { FOLLOWS, LOG(ALL) }, LIVE, BY(IOMMU),
      NULL },
    { "it logs some", { FOLLOWS, LOG(SOME), .records_dirty = XLGPU_YES },
      LIVE, BY(CONTENT), "includes only some DMA" },
    { "the IOMMU could, the hypervisor does not",
      { FOLLOWS, .records_dirty = XLGPU_YES }, LIVE, BY(CONTENT),
      "log does not include DMA" },
    { "the IOMMU can't", { FOLLOWS, .records_dirty = XLGPU_NO }, LIVE,
      BY(CONTENT), "IOMMU can't record" },
    { "no tracker", { FOLLOWS, .content = 0 }, HOTPLUG, BY(NONE),
      "content tracker" },
    { "freeze is asked for", { FOLLOWS, LOG(ALL), .freeze = 1 }, FREEZE,
      BY(NONE), NULL },
    { "freeze is asked for, the state can't follow",
      { ALLOWED, LOG(ALL), .freeze = 1 }, HOTPLUG, BY(NONE),
      "state can't follow" },
    { "the state can't follow, whatever is tracked", { ALLOWED, LOG(ALL) },
      HOTPLUG, BY(NONE), "state can't follow" },
    { "the owner allows no live move", { FOLLOWS, LOG(ALL), .live = 0 },
      HOTPLUG, BY(NONE), "owner does not allow live" },
    { "nor hotplug", { FOLLOWS, LOG(ALL), .live = 0, .hotplug = 0 }, RESTART,
      BY(NONE), "owner does not allow hotplug" },
    { "nor restart",
      { FOLLOWS, LOG(ALL), .live = 0, .hotplug = 0, .restart = 0 }, NONE,
      BY(NONE), "owner does not allow restart" },
    { "the administrator allows no restart",
      { ALLOWED, .hotplug = 0, .may_restart = 0 }, NONE, BY(NONE),
      "administrator does not allow restart" },
    { "it would not be gone after a shutdown",
      { ALLOWED, .hotplug = 0, .poweroff_destroys = 0 }, NONE, BY(NONE),
      "on_poweroff" },
    { "a PV guest", { FOLLOWS, LOG(ALL), .pv = 1 }, RESTART, BY(NONE),
      "PV guest" },
    { "no room", { FOLLOWS, LOG(ALL), .room = 0 }, NONE, BY(NONE),
      "no matching partition" },
    { "no IOMMU", { FOLLOWS, LOG(ALL), .iommu = 0 }, NONE, BY(NONE),
      "no IOMMU" },
    { "nothing at all", { .iommu = 1, .room = 1, .live = 1 }, NONE, BY(NONE),
      "owner does not allow restart" },
};

static void rule_6_live_where_dma_is_tracked_else_restart(void **state)
{
    struct xlgpu_rung v;
    const char *last;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        v = xlgpu_ladder(&cases[i].facts);
        last = v.n_reasons ? v.reason[v.n_reasons - 1] : NULL;
        if (v.move != cases[i].move || v.tracker != cases[i].tracker)
            fail_msg("%s: %s by %s", cases[i].what, xlgpu_move_string(v.move),
                     xlgpu_tracker_string(v.tracker));
        if (!last != !cases[i].reason ||
            (last && !strstr(last, cases[i].reason)))
            fail_msg("%s: \"%s\"", cases[i].what, last);
    }
}

/* What is worse than live says why, for each rung above it. */
static void every_rung_that_is_missed_has_a_reason(void **state)
{
    const struct xlgpu_ladder_facts f = { .iommu = 1, .room = 1, .live = 1,
                                           .device_state = 1 };
    struct xlgpu_rung v = xlgpu_ladder(&f);

    (void)state;
    assert_int_equal(v.n_reasons, 4);
    assert_non_null(strstr(v.reason[0], "dirty log"));
    assert_non_null(strstr(v.reason[1], "content tracker"));
    assert_non_null(strstr(v.reason[2], "hotplug"));
    assert_non_null(strstr(v.reason[3], "restart"));
}

UNIT_TESTS(rule_6_live_where_dma_is_tracked_else_restart,
           every_rung_that_is_missed_has_a_reason)
