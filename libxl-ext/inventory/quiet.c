/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "quiet.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pci/header.h>

#include "inventory/sysfs.h"
#include "status.h"
#include "step.h"

#define POLL_US 1000
#define CAPS_MAX 48 /* as many as fit below 256 bytes */

static int failed(struct xlgpu_bdf dev, int error, const char *doing)
{
    char bdf[XLGPU_BDF_LEN];

    return xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(dev, bdf),
                      "see the kernel's log", "%s: %s", doing,
                      strerror(error));
}

int xlgpu_quiet_command(struct xlgpu_bdf dev, uint16_t *command_r)
{
    int r = xlgpu_sysfs_config_read16(dev, PCI_COMMAND, command_r);

    return r ? failed(dev, r, "can't read its command register") : XLGPU_OK;
}

static int write_command(struct xlgpu_bdf dev, uint16_t command)
{
    uint16_t now = 0;
    char bdf[XLGPU_BDF_LEN];
    int r;

    r = xlgpu_sysfs_config_write16(dev, PCI_COMMAND, command);
    if (!r) r = xlgpu_sysfs_config_read16(dev, PCI_COMMAND, &now);
    if (r) return failed(dev, r, "can't write its command register");
    if ((now ^ command) & PCI_COMMAND_MASTER)
        return xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(dev, bdf),
                          "see the kernel's log",
                          "its bus mastering can't be turned %s",
                          command & PCI_COMMAND_MASTER ? "on" : "off");
    return XLGPU_OK;
}

/* Where its PCI Express capability is; 0: it has none. */
static unsigned int express_cap(struct xlgpu_bdf dev)
{
    uint16_t status, cap, at = 0;
    int n;

    if (xlgpu_sysfs_config_read16(dev, PCI_STATUS, &status) ||
        !(status & PCI_STATUS_CAP_LIST) ||
        xlgpu_sysfs_config_read16(dev, PCI_CAPABILITY_LIST, &at))
        return 0;
    for (n = 0, at &= 0xfc; at >= 0x40 && n < CAPS_MAX; n++) {
        if (xlgpu_sysfs_config_read16(dev, at, &cap)) return 0;
        if ((cap & 0xff) == PCI_CAP_ID_EXP) return at;
        at = cap >> 8 & 0xfc;
    }
    return 0;
}

static int wait_pending(struct xlgpu_bdf dev, unsigned int seconds)
{
    unsigned int cap = express_cap(dev), n = seconds * (1000000 / POLL_US);
    char bdf[XLGPU_BDF_LEN];
    uint16_t status;
    int r;

    if (!cap) return XLGPU_OK;
    for (;;) {
        r = xlgpu_sysfs_config_read16(dev, cap + PCI_EXP_DEVSTA, &status);
        if (r) return failed(dev, r, "can't read its status");
        if (!(status & PCI_EXP_DEVSTA_TRPND)) return XLGPU_OK;
        if (!n--) break;
        usleep(POLL_US);
    }
    return xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(dev, bdf),
                      "see the kernel's log",
                      "its transactions do not end within %u s", seconds);
}

int xlgpu_quiet_off(struct xlgpu_bdf dev, unsigned int seconds)
{
    uint16_t command;
    int rc = xlgpu_quiet_command(dev, &command);

    if (!rc) rc = write_command(dev, command & ~PCI_COMMAND_MASTER);
    xlgpu_step("bus mastering off");
    return rc ? rc : wait_pending(dev, seconds);
}

int xlgpu_quiet_undo(struct xlgpu_bdf dev, uint16_t command)
{
    int rc = write_command(dev, command);

    xlgpu_step("bus mastering back");
    return rc;
}
