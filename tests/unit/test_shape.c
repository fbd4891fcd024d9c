/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inventory/shape.h"

#define MIB (1ull << 20)

static struct xlgpu_shape shape(void)
{
    return (struct xlgpu_shape){
        .vendor = 0x8086, .device = 0x56c0, .subvendor = 0x8086,
        .subdevice = 0x4905, .class = 0x030000,
        .cap = { { 0x10, 0x40 }, { 0x11, 0x80 }, { 0x0e, 0x100 } },
        .n_caps = 3, .msix = 8, .memory = 4096 * MIB,
        .bar = { { 16 * MIB, XLGPU_BAR_MEM | XLGPU_BAR_64 },
                 { 0, 0 },
                 { 256 * MIB, XLGPU_BAR_MEM | XLGPU_BAR_64 } },
    };
}

/* A shape that differs in one thing is refused for that. */
#define DIFFERS(statement, expected)                              \
    do {                                                          \
        struct xlgpu_shape here = shape(), there = shape();       \
        char *why;                                                \
                                                                  \
        there.statement;                                          \
        why = xlgpu_shape_differs(&here, &there);                 \
        assert_non_null(why);                                     \
        assert_string_equal(why, expected);                       \
        free(why);                                                \
    } while (0)

static void a_driver_that_keeps_its_mappings_finds_the_same(void **state)
{
    struct xlgpu_shape a = shape(), b = shape();

    (void)state;
    assert_null(xlgpu_shape_differs(&a, &b));
    DIFFERS(vendor = 0x1002, "it is device 1002:56c0 there, 8086:56c0 here");
    DIFFERS(device = 1, "it is device 8086:0001 there, 8086:56c0 here");
    DIFFERS(subvendor = 1, "its subsystem is 0001:4905 there, 8086:4905 here");
    DIFFERS(subdevice = 1, "its subsystem is 8086:0001 there, 8086:4905 here");
    DIFFERS(class = 0x120000, "its class is 120000 there, 030000 here");
    DIFFERS(cap[1].offset = 0x90,
            "capability 1 is 11 at 90 there, 11 at 80 here");
    DIFFERS(cap[2].id = 0x0f,
            "capability 2 is f at 100 there, e at 100 here");
    DIFFERS(n_caps = 2, "it has 2 capabilities there, 3 here");
    DIFFERS(msix = 16, "it has 16 MSI-X vectors there, 8 here");
    DIFFERS(bar[0].size = MIB, "BAR 0 has 1048576 bytes there, 16777216 here");
    DIFFERS(bar[6].size = MIB, "BAR 6 has 1048576 bytes there, 0 here");
    DIFFERS(bar[2].type |= XLGPU_BAR_PREFETCH,
            "BAR 2 is of type 102200 there, 100200 here");
    DIFFERS(memory = 2048 * MIB,
            "it has 2048 MiB of memory there, 4096 here");
    DIFFERS(memory = 0, "its memory is not known there");
}

/* ---- A device in a directory ---- */

static const struct xlgpu_bdf vf = { 0, 1, 0x10, 2 };
static char root[] = "/tmp/test_shape.XXXXXX";
static char dir[256];

static void attr(const char *name, const void *data, size_t len)
{
    char path[320];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    close(fd);
}

static void text(const char *name, const char *data)
{
    attr(name, data, strlen(data));
}

static void make_device(const unsigned char *space, size_t len)
{
    static const char *const below[] = { "bus", "bus/pci", "bus/pci/devices",
                                         "bus/pci/devices/0000:01:10.2" };
    size_t i;

    assert_non_null(mkdtemp(root));
    setenv("XLGPU_SYSFS", root, 1);
    for (i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
        snprintf(dir, sizeof(dir), "%s/%s", root, below[i]);
        assert_int_equal(mkdir(dir, 0700), 0);
    }
    text("vendor", "0x8086\n");
    text("device", "0x56c0\n");
    text("subsystem_vendor", "0x8086\n");
    text("subsystem_device", "0x4905\n");
    text("class", "0x030000\n");
    text("resource",
         "0x0000380000000000 0x0000380000ffffff 0x000000000014220c\n"
         "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
         "0x0000380040000000 0x000038004fffffff 0x0000000000140204\n"
         "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
         "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
         "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
         "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
         "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
    attr("config", space, len);
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_device(void)
{
    assert_int_equal(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    memcpy(strrchr(root, '.'), ".XXXXXX", 7);
}

/* PCI Express at 0x40, MSI-X with 8 vectors at 0x80; two extended ones. */
static void fill(unsigned char space[4096])
{
    static const unsigned char express[] = { 0x10, 0x80, 2, 0 },
                               msix[] = { 0x11, 0, 7, 0x80 },
                               ari[] = { 0x0e, 0, 1, 0x20 },
                               pasid[] = { 0x1b, 0, 1, 0 };

    memset(space, 0, 4096);
    memset(space, 0xff, 4); /* a VF's IDs read as ones */
    space[6] = 0x10;
    space[0x34] = 0x40;
    memcpy(space + 0x40, express, 4);
    memcpy(space + 0x80, msix, 4);
    memcpy(space + 0x100, ari, 4);
    memcpy(space + 0x200, pasid, 4);
}

static void it_is_read_from_config_space_and_resources(void **state)
{
    struct xlgpu_shape expected = shape(), s;
    unsigned char space[4096];
    char *why;

    (void)state;
    fill(space);
    make_device(space, sizeof(space));
    expected.cap[3] = (struct xlgpu_shape_cap){ 0x1b, 0x200 };
    expected.n_caps = 4;
    expected.bar[0].type |= XLGPU_BAR_PREFETCH;
    assert_int_equal(xlgpu_shape_read(vf, 4096 * MIB, &s), 0);
    why = xlgpu_shape_differs(&expected, &s);
    if (why) fail_msg("%s", why);
    remove_device();
}

static void a_ring_of_capabilities_ends(void **state)
{
    unsigned char space[4096];
    struct xlgpu_shape s;

    (void)state;
    fill(space);
    space[0x81] = 0x40;
    space[0x203] = 0x10;
    make_device(space, sizeof(space));
    assert_int_equal(xlgpu_shape_read(vf, 0, &s), 0);
    assert_int_equal(s.n_caps, 4);
    remove_device();
}

static void what_can_t_be_read_has_no_shape(void **state)
{
    unsigned char space[4096];
    struct xlgpu_shape s;

    (void)state;
    fill(space);
    make_device(space, 64);
    assert_int_equal(xlgpu_shape_read(vf, 0, &s), EACCES);
    attr("config", space, sizeof(space));
    text("resource", "nothing\n");
    assert_int_equal(xlgpu_shape_read(vf, 0, &s), EINVAL);
    remove_device();
    assert_int_equal(xlgpu_shape_read(vf, 0, &s), ENOENT);
}

UNIT_TESTS(a_driver_that_keeps_its_mappings_finds_the_same,
           it_is_read_from_config_space_and_resources,
           a_ring_of_capabilities_ends,
           what_can_t_be_read_has_no_shape)
