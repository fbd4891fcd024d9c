/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "policy/homogeneous.h"

#define MIB(n) ((uint64_t)(n) << 20)
#define FLEX .vendor = 0x8086, .device = 0x56c0, .subvendor = 0x8086, \
             .subdevice = 0x4905, .memory = MIB(16384), .count = 4,   \
             .driver = "i915", .driver_version = "1.25", .firmware = "70"

/* A later initialiser is meant to win. */
#pragma GCC diagnostic ignored "-Woverride-init"

static const struct {
    const char *what;
    struct xlgpu_traits other;
    enum xlgpu_homogeneity homogeneity;
    const char *differs;
} cases[] = {
    { "the same", { FLEX }, XLGPU_ALIKE, NULL },
    { "another vendor", { FLEX, .vendor = 0x1002 }, XLGPU_UNLIKE,
      "device 8086:56c0 and 1002:56c0" },
    { "another device", { FLEX, .device = 0x56c1 }, XLGPU_UNLIKE,
      "device 8086:56c0 and 8086:56c1" },
    { "another subvendor", { FLEX, .subvendor = 0x1028 }, XLGPU_UNLIKE,
      "subsystem 8086:4905 and 1028:4905" },
    { "another subdevice", { FLEX, .subdevice = 1 }, XLGPU_UNLIKE,
      "subsystem 8086:4905 and 8086:0001" },
    { "less memory", { FLEX, .memory = MIB(8192) }, XLGPU_UNLIKE,
      "memory 16384 MiB and 8192 MiB" },
    { "another count", { FLEX, .count = 2 }, XLGPU_UNLIKE,
      "partition count 4 and 2" },
    { "another driver", { FLEX, .driver = "xe" }, XLGPU_NEARLY_ALIKE,
      "driver i915 and xe" },
    { "another driver version", { FLEX, .driver_version = "1.26" },
      XLGPU_NEARLY_ALIKE, "driver version 1.25 and 1.26" },
    { "other firmware", { FLEX, .firmware = "69" }, XLGPU_NEARLY_ALIKE,
      "firmware 70 and 69" },
    { "memory is not known there", { FLEX, .memory = 0 }, XLGPU_NEARLY_ALIKE,
      "memory 16384 MiB and not known" },
    { "firmware is not known there", { FLEX, .firmware = "" },
      XLGPU_NEARLY_ALIKE, "firmware 70 and not known" },
    { "an error counts more than a warning",
      { FLEX, .count = 2, .firmware = "69" }, XLGPU_UNLIKE,
      "partition count 4 and 2, firmware 70 and 69" },
};

static void rule_5_gpus_of_a_pool_are_alike(void **state)
{
    const struct xlgpu_traits one = { FLEX };
    enum xlgpu_homogeneity h;
    char *differs;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        h = xlgpu_homogeneous(&one, &cases[i].other, &differs);
        if (h != cases[i].homogeneity ||
            strcmp(differs ? differs : "-",
                   cases[i].differs ? cases[i].differs : "-"))
            fail_msg("%s: %d, \"%s\"", cases[i].what, h, differs);
        free(differs);
    }
}

UNIT_TESTS(rule_5_gpus_of_a_pool_are_alike)
