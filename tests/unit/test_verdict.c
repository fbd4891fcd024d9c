/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manual.h"
#include "unit.h"

#include <stdio.h>

#include "policy/verdict.h"

#define GIB (1ull << 30)

/* A guest that can move in every way, and a target that has all for it. */
#define GUEST                                                             \
    .uuid = "11111111-2222-3333-4444-555555555555", .name = (char *)"g",  \
    .memory = GIB, .memory_max = GIB,                                     \
    .xen = { 4, 17, { 0xff, 0x0f }, 2 }, .shape = { .memory = GIB / 4 },  \
    .spec = (char *)"partition", .live = 1, .hotplug = 1, .restart = 1,   \
    .state_guest = 1, .announced = 1, .kept = 1, .poweroff_destroys = 1
#define TARGET                                                            \
    .host = (char *)"h", .xen = { 4, 17, { 0xff, 0x0f }, 2 }, .iommu = 1, \
    .memory_free = 4 * GIB, .name_free = 1, .uuid_free = 1, ROOM(FREE, 3)
#define ROOM(is, n) .room = { XLGPU_ROOM_##is, n, (char *)"" }
#define ASKED(what) .mode = XLGPU_MODE_##what
#define XEN(...) .xen = { __VA_ARGS__ }

/* A later initialiser is meant to win. */
#pragma GCC diagnostic ignored "-Woverride-init"

static struct xlgpu_absent no_disk = { XLGPU_ABSENT_DISK, (char *)"/x",
                                       (char *)"no file" };
static struct xlgpu_absent no_device = { XLGPU_ABSENT_DEVICE,
                                         (char *)"0000:05:00.0",
                                         (char *)"not assignable" };
static struct xlgpu_absent no_bridge = { XLGPU_ABSENT_BRIDGE,
                                         (char *)"xenbr0", (char *)"none" };
#define LACKS(what) .absent = &no_##what, .n_absent = 1

static struct xlgpu_moving_device device = { { 0, 5, 0, 0 }, 5, "" };
#define DEVICE .device = &device, .n_devices = 1

#define ADMIN(allows) (struct xlgpu_admin){ .may_restart = (allows) }
#define NO_STATE .state_guest = 0
#define NO_BETTER NO_STATE, .hotplug = 0 /* than a restart */

static const struct {
    const char *what;
    struct xlgpu_moving m;
    struct xlgpu_offer o;
    bool may_restart;
    enum xlgpu_move move;
    enum xlgpu_status status;
    const char *check; /* the first that did not pass; NULL: all did */
} cases[] = {
    { "nothing is in the way", { GUEST }, { TARGET }, true, XLGPU_MOVE_LIVE,
      XLGPU_OK, NULL },
    { "freeze is asked for", { GUEST, ASKED(FREEZE) }, { TARGET }, true,
      XLGPU_MOVE_FREEZE, XLGPU_OK, NULL },

    /* The guest. */
    { "it is paused", { GUEST, .state = XLGPU_GUEST_PAUSED }, { TARGET }, true,
      XLGPU_MOVE_NONE, XLGPU_IN_USE, "state" },
    { "it is suspended", { GUEST, .state = XLGPU_GUEST_DOWN }, { TARGET },
      true, XLGPU_MOVE_NONE, XLGPU_IN_USE, "state" },
    { "a migration of it is not settled",
      { GUEST, .state = XLGPU_GUEST_UNSETTLED }, { TARGET }, true,
      XLGPU_MOVE_NONE, XLGPU_IN_USE, "state" },
    { "a restart is asked for, which it could not shut down for",
      { GUEST, .state = XLGPU_GUEST_PAUSED, ASKED(RESTART) }, { TARGET }, true,
      XLGPU_MOVE_NONE, XLGPU_IN_USE, "state" },

    /* The target. */
    { "it has no IOMMU", { GUEST }, { TARGET, .iommu = 0 }, true,
      XLGPU_MOVE_NONE, XLGPU_UNABLE, "iommu" },
    { "no GPU is partitioned", { GUEST }, { TARGET, ROOM(NO_GPU, 0) }, true,
      XLGPU_MOVE_NONE, XLGPU_UNABLE, "partition" },
    { "they are of another shape", { GUEST }, { TARGET, ROOM(OTHER_SHAPE, 0) },
      true, XLGPU_MOVE_NONE, XLGPU_POOL_MISMATCH, "partition" },
    { "they are of another group", { GUEST }, { TARGET, ROOM(OTHER_SPEC, 0) },
      true, XLGPU_MOVE_NONE, XLGPU_NO_ROOM, "partition" },
    { "all are held", { GUEST }, { TARGET, ROOM(ALL_HELD, 0) }, true,
      XLGPU_MOVE_NONE, XLGPU_NO_ROOM, "partition" },
    { "all are held, nor may the guest restart", { GUEST, NO_BETTER },
      { TARGET, ROOM(ALL_HELD, 0) }, false, XLGPU_MOVE_NONE, XLGPU_NO_ROOM,
      "partition" },
    { "too little memory is free", { GUEST }, { TARGET, .memory_free = GIB },
      true, XLGPU_MOVE_NONE, XLGPU_NO_ROOM, "memory" },
    { "dom0 may give of its own", { GUEST },
      { TARGET, .memory_free = GIB, .dom0_shrinks = 1 }, true,
      XLGPU_MOVE_LIVE, XLGPU_OK, "memory" },
    { "the name is taken", { GUEST }, { TARGET, .name_free = 0 }, true,
      XLGPU_MOVE_NONE, XLGPU_IN_USE, "name" },
    { "the UUID is taken", { GUEST }, { TARGET, .uuid_free = 0 }, true,
      XLGPU_MOVE_NONE, XLGPU_IN_USE, "uuid" },
    { "a device is not there", { GUEST }, { TARGET, LACKS(device) }, true,
      XLGPU_MOVE_NONE, XLGPU_POOL_MISMATCH, "devices" },
    { "a disk is not there", { GUEST }, { TARGET, LACKS(disk) }, true,
      XLGPU_MOVE_NONE, XLGPU_POOL_MISMATCH, "disks" },
    { "a bridge is not there", { GUEST }, { TARGET, LACKS(bridge) }, true,
      XLGPU_MOVE_NONE, XLGPU_POOL_MISMATCH, "bridges" },

    /* What runs must be able to run on there. */
    { "Xen is older", { GUEST }, { TARGET, XEN(4, 16, { 0xff, 0xf }, 2) },
      true, XLGPU_MOVE_RESTART, XLGPU_OK, "xen" },
    { "Xen is older, a restart is not allowed", { GUEST },
      { TARGET, XEN(4, 16, { 0xff, 0xf }, 2) }, false, XLGPU_MOVE_NONE,
      XLGPU_ONLY_RESTART, "xen" },
    { "Xen is older, a restart is not possible", { GUEST, .kept = 0 },
      { TARGET, XEN(3, 99, { 0xff, 0xf }, 2) }, true, XLGPU_MOVE_NONE,
      XLGPU_POOL_MISMATCH, "xen" },
    { "Xen is newer", { GUEST }, { TARGET, XEN(5, 0, { 0xff, 0xf }, 2) },
      true, XLGPU_MOVE_LIVE, XLGPU_OK, NULL },
    { "a CPU feature lacks", { GUEST },
      { TARGET, XEN(4, 17, { 0xff, 0x7 }, 2) }, true, XLGPU_MOVE_RESTART,
      XLGPU_OK, "cpu" },
    { "a word of features lacks", { GUEST }, { TARGET, XEN(4, 17, { 0xff }, 1) },
      true, XLGPU_MOVE_RESTART, XLGPU_OK, "cpu" },
    { "the CPU has more", { GUEST },
      { TARGET, XEN(4, 17, { 0xff, 0x1f, 1 }, 3) }, true, XLGPU_MOVE_LIVE,
      XLGPU_OK, NULL },
    { "the features are not known", { GUEST }, { TARGET, XEN(4, 17, { 0 }, 0) },
      true, XLGPU_MOVE_LIVE, XLGPU_OK, "cpu" },

    /* What else the guest allows. */
    { "the state can't follow", { GUEST, NO_STATE }, { TARGET }, true,
      XLGPU_MOVE_HOTPLUG, XLGPU_OK, "device_state" },
    { "declared, not announced", { GUEST, .announced = 0 }, { TARGET }, true,
      XLGPU_MOVE_HOTPLUG, XLGPU_OK, "device_state" },
    { "the state needs 60 s at 512 MiB/s",
      { GUEST, .shape = { .memory = 30 * GIB } }, { TARGET }, true,
      XLGPU_MOVE_LIVE, XLGPU_OK, NULL },
    { "the state needs more",
      { GUEST, .shape = { .memory = 30 * GIB + GIB / 64 } }, { TARGET }, true,
      XLGPU_MOVE_HOTPLUG, XLGPU_OK, "device_state" },
    { "another device goes along", { GUEST, DEVICE }, { TARGET }, true,
      XLGPU_MOVE_LIVE, XLGPU_OK, NULL },
    { "another device can't stay while the GPU goes",
      { GUEST, DEVICE, ASKED(HOTPLUG) }, { TARGET }, true, XLGPU_MOVE_NONE,
      XLGPU_FAILED, "other_devices" },
    { "nor can the GPU go", { GUEST, NO_BETTER }, { TARGET }, true,
      XLGPU_MOVE_RESTART, XLGPU_OK, "device_state" },
    { "nor is a restart allowed here", { GUEST, NO_BETTER }, { TARGET },
      false, XLGPU_MOVE_NONE, XLGPU_ONLY_RESTART, "device_state" },
    { "nor by the owner", { GUEST, NO_BETTER, .restart = 0 }, { TARGET },
      true, XLGPU_MOVE_NONE, XLGPU_ONLY_RESTART, "device_state" },
    { "nor is it possible", { GUEST, NO_BETTER, .poweroff_destroys = 0 },
      { TARGET }, true, XLGPU_MOVE_NONE, XLGPU_FAILED, "device_state" },
    { "a PV guest", { GUEST, .type = XLGPU_GUEST_PV }, { TARGET }, true,
      XLGPU_MOVE_RESTART, XLGPU_OK, "guest_type" },
    { "live and no other, and hotplug is possible",
      { GUEST, NO_STATE, ASKED(LIVE) }, { TARGET }, true, XLGPU_MOVE_NONE,
      XLGPU_FAILED, "device_state" },
    { "live and no other, and only a restart is possible",
      { GUEST, NO_BETTER, ASKED(LIVE) }, { TARGET }, true, XLGPU_MOVE_NONE,
      XLGPU_ONLY_RESTART, "device_state" },
};

static const char *first_not_passed(const struct xlgpu_verdict *v)
{
    size_t i;

    for (i = 0; i < v->checks.n; i++)
        if (v->checks.check[i].result != XLGPU_CHECK_PASS)
            return v->checks.check[i].check;
    return NULL;
}

static void a_guest_moves_as_well_as_both_sides_let_it(void **state)
{
    struct xlgpu_verdict v;
    const char *check;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        xlgpu_verdict(&cases[i].m, &cases[i].o,
                      ADMIN(cases[i].may_restart), &v);
        check = first_not_passed(&v);
        if (v.move != cases[i].move || v.status != cases[i].status)
            fail_msg("%s: %s, status %d", cases[i].what,
                     xlgpu_move_string(v.move), v.status);
        if (!check != !cases[i].check ||
            (check && strcmp(check, cases[i].check)))
            fail_msg("%s: check %s", cases[i].what, check ? check : "none");
        xlgpu_verdict_dispose(&v);
    }
}

/* What does not move says which check failed; what does has failed none. */
static void a_failed_check_and_only_that_stops_a_guest(void **state)
{
    struct xlgpu_verdict v;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        xlgpu_verdict(&cases[i].m, &cases[i].o,
                      ADMIN(cases[i].may_restart), &v);
        assert_int_equal(v.move == XLGPU_MOVE_NONE,
                         xlgpu_verdict_reason(&v) != NULL);
        assert_int_equal(v.move == XLGPU_MOVE_NONE, v.status != XLGPU_OK);
        assert_int_equal(v.move == XLGPU_MOVE_NONE, v.estimate.basis == NULL);
        xlgpu_verdict_dispose(&v);
    }
}

static void the_hypervisor_s_log_is_the_better_tracker(void **state)
{
    struct xlgpu_moving m = { GUEST };
    const struct xlgpu_offer o = { TARGET };
    struct xlgpu_verdict content, iommu, distrusted;

    (void)state;
    xlgpu_verdict(&m, &o, ADMIN(false), &content);
    m.dma_log = XLGPU_DMA_LOG_ALL;
    xlgpu_verdict(&m, &o, ADMIN(false), &iommu);
    assert_int_equal(content.tracker, XLGPU_TRACKER_CONTENT);
    assert_int_equal(iommu.tracker, XLGPU_TRACKER_IOMMU);
    xlgpu_verdict(&m, &o, (struct xlgpu_admin){ .by_content = true },
                  &distrusted);
    assert_int_equal(distrusted.tracker, XLGPU_TRACKER_CONTENT);
    xlgpu_verdict_dispose(&distrusted);
    assert_true(content.device_state && iommu.device_state);
    assert_true(iommu.estimate.downtime_ms < content.estimate.downtime_ms);
    xlgpu_verdict_dispose(&content);
    xlgpu_verdict_dispose(&iommu);
}

/* Of a GiB and a quarter of the device's. */
static void live_is_away_for_less_than_freeze(void **state)
{
    struct xlgpu_moving m = { GUEST };
    const struct xlgpu_offer o = { TARGET };
    struct xlgpu_verdict live, freeze;

    (void)state;
    xlgpu_verdict(&m, &o, ADMIN(false), &live);
    m.mode = XLGPU_MODE_FREEZE;
    xlgpu_verdict(&m, &o, ADMIN(false), &freeze);
    assert_true(live.estimate.downtime_ms < freeze.estimate.downtime_ms);
    assert_true(live.estimate.bytes == GIB + GIB / 4);
    assert_true(freeze.estimate.bytes == GIB);
    xlgpu_verdict_dispose(&live);
    xlgpu_verdict_dispose(&freeze);
}

/* The names in that section, as " a b c ". */
static void read_manual(char described[1024])
{
    char line[1024], name[64];
    bool here = false;
    FILE *f = open_manual();

    assert_non_null(f);
    strcpy(described, " ");
    while (fgets(line, sizeof(line), f)) {
        if (!strncmp(line, ".S", 2))
            here = !strcmp(line, ".SH CHECKS OF A MIGRATION\n");
        if (!here || sscanf(line, ".B %63s", name) != 1) continue;
        strcat(strcat(described, name), " ");
    }
    fclose(f);
}

static void the_manual_describes_every_check(void **state)
{
    char described[1024], name[66];
    struct xlgpu_verdict v;
    size_t i, j;

    (void)state;
    read_manual(described);
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        xlgpu_verdict(&cases[i].m, &cases[i].o,
                      ADMIN(cases[i].may_restart), &v);
        for (j = 0; j < v.checks.n; j++) {
            snprintf(name, sizeof(name), " %s ", v.checks.check[j].check);
            if (!strstr(described, name)) fail_msg("not described:%s", name);
        }
        xlgpu_verdict_dispose(&v);
    }
}

UNIT_TESTS(the_manual_describes_every_check,
           a_guest_moves_as_well_as_both_sides_let_it,
           a_failed_check_and_only_that_stops_a_guest,
           the_hypervisor_s_log_is_the_better_tracker,
           live_is_away_for_less_than_freeze)
