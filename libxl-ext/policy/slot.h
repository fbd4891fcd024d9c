/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's PCI slot of a partition. Pure. */
#ifndef XLGPU_SLOT_H
#define XLGPU_SLOT_H

#include <stdint.h>

/*
 * The slot for a partition when the config names none: the highest but the
 * last that no bit of taken says is used. QEMU numbers its own devices from
 * the bottom, so the guest finds its GPU at the same place whatever else it is
 * given. Returns 0 when there is none.
 */
unsigned int xlgpu_slot_choose(uint32_t taken);

#endif
