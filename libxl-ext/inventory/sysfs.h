/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All access to sysfs. Attributes of PCI devices are described in Linux'
 * Documentation/ABI/testing/sysfs-bus-pci.
 *
 * The root is /sys, or what XLGPU_SYSFS names (simulated hardware).
 * attr is a path below the device's directory; one that begins with '/' is
 * below the root, as "/kernel/debug/dri/0000:41:00.0/gt0/…".
 * Functions return 0 or the errno of what failed.
 */
#ifndef XLGPU_SYSFS_H
#define XLGPU_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bdf.h"

const char *xlgpu_sysfs_root(void);

/* The attribute's text without its newline. */
int xlgpu_sysfs_read(struct xlgpu_bdf dev, const char *attr, char *buf,
                     size_t size);
/* All of it as it is, binary or of several lines, up to size bytes. */
int xlgpu_sysfs_read_all(struct xlgpu_bdf dev, const char *attr, void *buf,
                         size_t size, size_t *n_r);
/* A number in base 10, or in C's notation. */
int xlgpu_sysfs_read_long(struct xlgpu_bdf dev, const char *attr,
                          long *value_r);
int xlgpu_sysfs_write(struct xlgpu_bdf dev, const char *attr,
                      const char *value);
/* For writes that the kernel may never end, as a reset: ETIMEDOUT after that
 * many seconds. The write itself can't be called back. */
int xlgpu_sysfs_write_bounded(struct xlgpu_bdf dev, const char *attr,
                              const char *value, unsigned int seconds);

/* Configuration space: size is 1, 2 or 4 bytes. EIO where it has no such
 * place. */
int xlgpu_sysfs_config_read(struct xlgpu_bdf dev, unsigned int at,
                            unsigned int size, uint32_t *value_r);
int xlgpu_sysfs_config_write(struct xlgpu_bdf dev, unsigned int at,
                             unsigned int size, uint32_t value);

bool xlgpu_sysfs_exists(struct xlgpu_bdf dev, const char *attr);
/* The first entry of a directory whose name begins with prefix. */
int xlgpu_sysfs_find(struct xlgpu_bdf dev, const char *dir,
                     const char *prefix, char *buf, size_t size);

/* The name of the bound driver; "" if none is. */
int xlgpu_sysfs_driver(struct xlgpu_bdf dev, char *buf, size_t size);
bool xlgpu_sysfs_driver_loaded(const char *driver);

/* Vendor and device, as in "8086:10fb"; "" where they can't be read. */
int xlgpu_sysfs_id(struct xlgpu_bdf dev, char id[XLGPU_ID_LEN]);

/* The device that a link such as "physfn" or "virtfn0" names. */
int xlgpu_sysfs_link(struct xlgpu_bdf dev, const char *link,
                     struct xlgpu_bdf *bdf_r);

#endif
