/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "quiet.h"

#include <errno.h>
#include <unistd.h>

#include "clock.h"
#include "hold.h"
#include "inventory/sysfs.h"
#include "step.h"

/* PCI Local Bus Specification 3.0, 6.2; PCI Express Base, 7.5.3.5. */
#define COMMAND 0x04
#define COMMAND_MASTER 0x4u
#define STATUS 0x06
#define STATUS_CAPS 0x10u
#define CAPS 0x34
#define CAP_EXPRESS 0x10
#define DEVICE_STATUS 0x0a /* in that capability */
#define DEVICE_STATUS_PENDING 0x20u
#define MAX_CAPS 48
#define POLL_US 1000

int xlgpu_quiet_read(struct xlgpu_quiet *dev)
{
    uint32_t command;
    int rc;

    rc = xlgpu_sysfs_config_read(dev->bdf, COMMAND, 2, &command);
    if (rc) return rc;
    if (command == 0xffff) return ENODEV;
    dev->command = command;
    return 0;
}

/* 0: a device without, of which nothing can be asked. */
static int find_express(struct xlgpu_bdf bdf, unsigned int *cap_r)
{
    uint32_t value, at;
    int i, rc;

    *cap_r = 0;
    rc = xlgpu_sysfs_config_read(bdf, STATUS, 2, &value);
    if (rc || !(value & STATUS_CAPS)) return rc;
    rc = xlgpu_sysfs_config_read(bdf, CAPS, 1, &at);

    for (i = 0; !rc && at >= 0x40 && i < MAX_CAPS; i++) {
        rc = xlgpu_sysfs_config_read(bdf, at & ~3u, 2, &value);
        if (!rc && (value & 0xff) == CAP_EXPRESS) {
            *cap_r = at & ~3u;
            break;
        }
        at = value >> 8;
    }
    return rc;
}

static int await_transactions(struct xlgpu_bdf bdf, unsigned int seconds)
{
    uint64_t began = xlgpu_clock_us();
    unsigned int cap;
    uint32_t status;
    int rc;

    rc = find_express(bdf, &cap);
    if (rc || !cap) return rc;

    for (;;) {
        rc = xlgpu_sysfs_config_read(bdf, cap + DEVICE_STATUS, 2, &status);
        if (rc || !(status & DEVICE_STATUS_PENDING)) return rc;
        if (xlgpu_clock_us() - began >= seconds * UINT64_C(1000000))
            return ETIMEDOUT;
        usleep(POLL_US);
    }
}

static int set_master(struct xlgpu_bdf bdf, bool on)
{
    uint32_t command;
    int rc;

    rc = xlgpu_sysfs_config_read(bdf, COMMAND, 2, &command);
    if (rc) return rc;
    command = on ? command | COMMAND_MASTER : command & ~COMMAND_MASTER;
    rc = xlgpu_sysfs_config_write(bdf, COMMAND, 2, command);
    if (!rc) rc = xlgpu_sysfs_config_read(bdf, COMMAND, 2, &command);
    return rc ? rc : !(command & COMMAND_MASTER) == on ? EIO : 0;
}

int xlgpu_quiet_off(struct xlgpu_quiet *dev, unsigned int seconds)
{
    int rc;

    if (xlgpu_test_not_quiet()) return 0;

    dev->touched = true;
    rc = set_master(dev->bdf, false);
    return rc ? rc : await_transactions(dev->bdf, seconds);
}

int xlgpu_quiet_undo(struct xlgpu_quiet *dev)
{
    bool was_on = dev->command & COMMAND_MASTER;

    if (!dev->touched) return 0;
    dev->touched = false;
    return was_on ? set_master(dev->bdf, true) : 0;
}
