/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "slot.h"

/* Below are the chipset, the Xen platform device, VGA and emulated NICs. */
#define LOWEST_SLOT 6

unsigned int xlgpu_slot_choose(uint32_t taken)
{
    unsigned int slot;

    for (slot = 31; slot >= LOWEST_SLOT; slot--)
        if (!(taken & 1u << slot)) return slot;
    return 0;
}
