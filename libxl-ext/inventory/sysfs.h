/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All access to sysfs. Attributes of PCI devices are described in Linux'
 * Documentation/ABI/testing/sysfs-bus-pci.
 *
 * The root is /sys, or what XLGPU_SYSFS names (simulated hardware).
 * Functions return 0 or the errno of what failed.
 */
#ifndef XLGPU_SYSFS_H
#define XLGPU_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

#include "bdf.h"

const char *xlgpu_sysfs_root(void);

/* The attribute's text without its newline. */
int xlgpu_sysfs_read(struct xlgpu_bdf dev, const char *attr, char *buf,
                     size_t size);
/* A number in base 10, or in C's notation. */
int xlgpu_sysfs_read_long(struct xlgpu_bdf dev, const char *attr,
                          long *value_r);
int xlgpu_sysfs_write(struct xlgpu_bdf dev, const char *attr,
                      const char *value);

/* The name of the bound driver; "" if none is. */
int xlgpu_sysfs_driver(struct xlgpu_bdf dev, char *buf, size_t size);
bool xlgpu_sysfs_driver_loaded(const char *driver);

/* The device that a link such as "physfn" or "virtfn0" names. */
int xlgpu_sysfs_link(struct xlgpu_bdf dev, const char *link,
                     struct xlgpu_bdf *bdf_r);

#endif
