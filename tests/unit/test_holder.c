/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "policy/holder.h"

#define KEEP XLGPU_HOLDER_KEEP
#define CONFIRM XLGPU_HOLDER_CONFIRM
#define RESERVE XLGPU_HOLDER_RESERVE
#define MISSED XLGPU_HOLDER_MISSED
#define RELEASE XLGPU_HOLDER_RELEASE
#define RESERVED .state = XLGPU_RESERVED, .absent = -1
#define HELD .state = XLGPU_HELD, .absent = -1
#define RESETTING .state = XLGPU_RESETTING, .absent = -1

static const struct {
    const char *what;
    struct xlgpu_holder_facts facts;
    enum xlgpu_holder_verdict verdict;
} cases[] = {
    { "free stays", { .state = XLGPU_FREE }, KEEP },
    { "quarantined stays", { .state = XLGPU_QUARANTINED }, KEEP },

    { "xl create prepares", { RESERVED, .locked = 1, .owner = 1 }, KEEP },
    { "xl create has made the domain, not yet its devices",
      { RESERVED, .locked = 1, .owner = 1, .domain = 1 }, KEEP },
    { "xl create -F has attached it",
      { RESERVED, .locked = 1, .owner = 1, .domain = 1, .device = 1 },
      CONFIRM },
    { "its monitor has taken over",
      { RESERVED, .locked = 1, .domain = 1 }, CONFIRM },
    { "xl create was killed before it ran", { RESERVED }, RELEASE },
    { "xl create was killed, a domain is left", { RESERVED, .domain = 1 },
      CONFIRM },
    { "hot-plug into a guest with the lock goes on",
      { RESERVED, .hot_plugged = 1, .locked = 1, .owner = 1, .domain = 1 },
      KEEP },
    { "hot-plug goes on",
      { RESERVED, .hot_plugged = 1, .owner = 1, .domain = 1 }, KEEP },
    { "hot-plug was killed before the device was there",
      { RESERVED, .hot_plugged = 1, .domain = 1 }, RELEASE },
    { "hot-plug was killed after the device was there",
      { RESERVED, .hot_plugged = 1, .domain = 1, .device = 1 }, CONFIRM },
    { "a promise to a guest elsewhere", { RESERVED, .owner = 1 }, KEEP },
    { "a promise that expired", { RESERVED, .owner = 1, .expired = 1 },
      RELEASE },

    { "the guest runs", { HELD, .locked = 1, .domain = 1, .device = 1 },
      KEEP },
    { "the guest reboots: no domain for a while", { HELD, .locked = 1 },
      KEEP },
    { "its monitor and QEMU are gone, the domain is not",
      { HELD, .domain = 1 }, KEEP },
    { "the guest is gone", { HELD }, RELEASE },
    { "hot-plugged, runs", { HELD, .hot_plugged = 1, .domain = 1 }, KEEP },
    { "hot-plugged, first missed", { HELD, .hot_plugged = 1 }, MISSED },
    { "hot-plugged, may still reboot",
      { .state = XLGPU_HELD, .hot_plugged = 1, .absent = 59 }, KEEP },
    { "hot-plugged, is back",
      { .state = XLGPU_HELD, .hot_plugged = 1, .absent = 5, .domain = 1 },
      CONFIRM },
    { "hot-plugged, does not come back",
      { .state = XLGPU_HELD, .hot_plugged = 1, .absent = 60 }, RELEASE },
    { "hot-plugged into a guest with the lock, reboots",
      { HELD, .hot_plugged = 1, .locked = 1 }, KEEP },

    { "the guest is suspended, and its migration open",
      { HELD, .journal = 1 }, KEEP },
    { "a migration has reserved it, and was killed",
      { RESERVED, .journal = 1, .expired = 1 }, KEEP },
    { "it came, paused", { RESERVED, .journal = 1, .domain = 1, .device = 1 },
      KEEP },

    { "promised to a VM that does not run",
      { RESERVED, .promised = 1, .hot_plugged = 1 }, KEEP },
    { "promised, the VM starts, without the device yet",
      { RESERVED, .promised = 1, .hot_plugged = 1, .domain = 1 }, KEEP },
    { "promised, the VM runs",
      { RESERVED, .promised = 1, .hot_plugged = 1, .domain = 1, .device = 1 },
      CONFIRM },
    { "promised, the VM runs on",
      { HELD, .promised = 1, .hot_plugged = 1, .domain = 1, .device = 1 },
      KEEP },
    { "promised, the VM has ended",
      { HELD, .promised = 1, .hot_plugged = 1 }, RESERVE },
    { "promised when its VM had been missed",
      { .state = XLGPU_HELD, .promised = 1, .hot_plugged = 1, .absent = 99 },
      RESERVE },

    { "a reset goes on", { RESETTING, .owner = 1 }, KEEP },
    { "a reset was killed", { RESETTING }, RELEASE },
    { "a detach was killed, the guest still has the device",
      { RESETTING, .domain = 1, .device = 1 }, CONFIRM },
    { "a detach was killed, the guest reboots with the device",
      { RESETTING, .locked = 1 }, KEEP },
    { "a detach was killed, the guest had let go",
      { RESETTING, .domain = 1 }, RELEASE },
};

static void a_holder_is_one_until_it_has_ended(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (xlgpu_holder_judge(&cases[i].facts) != cases[i].verdict)
            fail_msg("%s: verdict %d", cases[i].what,
                     xlgpu_holder_judge(&cases[i].facts));
}

static void states_have_names(void **state)
{
    enum xlgpu_partition_state s, again;

    (void)state;
    for (s = XLGPU_FREE; s <= XLGPU_QUARANTINED; s++) {
        assert_true(xlgpu_partition_state_parse(
            xlgpu_partition_state_string(s), &again));
        assert_int_equal(again, s);
    }
    assert_false(xlgpu_partition_state_parse("lost", &again));
}

UNIT_TESTS(a_holder_is_one_until_it_has_ended, states_have_names)
