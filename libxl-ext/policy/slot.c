/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "slot.h"

/* Below are the chipset, the Xen platform device, VGA and emulated NICs. */
#define LOWEST_SLOT 6
/*
 * The last slot, 31, stays free: while it has a device, QEMU 10.0.13, of
 * Debian 13, hot-plugs none without a slot (hw/pci/pci.c,
 * do_pci_register_device(): devfn -1, for any slot, is looked up as slot 31).
 */
#define HIGHEST_SLOT 30

unsigned int xlgpu_slot_choose(uint32_t taken)
{
    unsigned int slot;

    for (slot = HIGHEST_SLOT; slot >= LOWEST_SLOT; slot--)
        if (!(taken & 1u << slot)) return slot;
    return 0;
}
