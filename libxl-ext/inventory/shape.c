/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "inventory/sysfs.h"

/* PCI Local Bus 3.0, 6.7 and 6.8; PCI Express base 2.0, 7.9. */
#define STATUS 0x06
#define STATUS_CAP_LIST 0x10
#define FIRST_CAP 0x34
#define HEADER_SIZE 0x40
#define CAP_MSIX 0x11
#define MSIX_CONTROL 2
#define MSIX_SIZE 0x7ff
#define SPACE 256
#define EXT_SPACE 4096

static uint16_t u16(const unsigned char *at)
{
    return at[0] | at[1] << 8;
}

static bool add_cap(struct xlgpu_shape *s, uint16_t id, uint16_t offset)
{
    unsigned int i;

    for (i = 0; i < s->n_caps; i++)
        if (s->cap[i].offset == offset) return false; /* a ring */
    if (s->n_caps == XLGPU_SHAPE_CAPS_MAX) return false;
    s->cap[s->n_caps++] = (struct xlgpu_shape_cap){ id, offset };
    return true;
}

static void read_caps(const unsigned char *space, struct xlgpu_shape *s)
{
    unsigned int at;

    if (!(space[STATUS] & STATUS_CAP_LIST)) return;
    for (at = space[FIRST_CAP] & ~3u; at >= HEADER_SIZE;
         at = space[at + 1] & ~3u) {
        if (!add_cap(s, space[at], at)) return;
        if (space[at] == CAP_MSIX)
            s->msix = (u16(space + at + MSIX_CONTROL) & MSIX_SIZE) + 1;
    }
}

/* A header is an ID, then a version of 4 bits and the next one's offset. */
static void read_ext_caps(const unsigned char *space, struct xlgpu_shape *s)
{
    unsigned int at = SPACE;

    for (; at >= SPACE; at = u16(space + at + 2) >> 4 & ~3u)
        if (!u16(space + at) || u16(space + at) == 0xffff ||
            !add_cap(s, u16(space + at), at))
            return;
}

static int read_config(struct xlgpu_bdf vf, struct xlgpu_shape *s)
{
    unsigned char space[EXT_SPACE] = { 0 };
    size_t n;
    int r;

    r = xlgpu_sysfs_read_all(vf, "config", space, sizeof(space), &n);
    if (r) return r;
    /* Who is not root gets the header alone. */
    if (n < SPACE) return EACCES;
    read_caps(space, s);
    if (n == EXT_SPACE) read_ext_caps(space, s);
    return 0;
}

/* A line for each BAR: first and last address, flags. */
static int read_bars(struct xlgpu_bdf vf, struct xlgpu_shape *s)
{
    uint64_t first, last, flags;
    char text[4096], *line;
    unsigned int i;
    size_t n;
    int r;

    r = xlgpu_sysfs_read_all(vf, "resource", text, sizeof(text) - 1, &n);
    if (r) return r;
    text[n] = '\0';
    for (i = 0, line = text; i < XLGPU_SHAPE_BARS; i++) {
        if (sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64, &first, &last,
                   &flags) != 3)
            return EINVAL;
        if (flags & XLGPU_BAR_TYPE && last > first)
            s->bar[i] = (struct xlgpu_shape_bar){ last - first + 1,
                                                  flags & XLGPU_BAR_TYPE };
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return 0;
}

/* They read as ones in a VF's own config space; the kernel knows. */
static int read_ids(struct xlgpu_bdf vf, struct xlgpu_shape *s)
{
    long vendor, device, subvendor, subdevice, class;
    int r;

    r = xlgpu_sysfs_read_long(vf, "vendor", &vendor);
    if (!r) r = xlgpu_sysfs_read_long(vf, "device", &device);
    if (!r) r = xlgpu_sysfs_read_long(vf, "subsystem_vendor", &subvendor);
    if (!r) r = xlgpu_sysfs_read_long(vf, "subsystem_device", &subdevice);
    if (!r) r = xlgpu_sysfs_read_long(vf, "class", &class);
    if (r) return r;
    s->vendor = vendor;
    s->device = device;
    s->subvendor = subvendor;
    s->subdevice = subdevice;
    s->class = class;
    return 0;
}

int xlgpu_shape_read(struct xlgpu_bdf vf, uint64_t memory,
                     struct xlgpu_shape *shape)
{
    int r;

    *shape = (struct xlgpu_shape){ .memory = memory };
    r = read_ids(vf, shape);
    if (!r) r = read_config(vf, shape);
    if (!r) r = read_bars(vf, shape);
    return r;
}
