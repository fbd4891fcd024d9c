/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One device that is made quiet, and is as it was again. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/quiet.h"

#define OFF 0x0002 /* memory */
#define ON 0x0006  /* and bus mastering */

static char dir[] = "/tmp/xlgpu-quiet-XXXXXX", path[PATH_MAX];
static struct xlgpu_quiet dev;
static bool stuck; /* the device takes no writes */

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return stuck ? (ssize_t)size : syscall(SYS_pwrite64, fd, data, size, at);
}

static void put(unsigned int at, unsigned int value)
{
    const uint8_t byte[] = { value, value >> 8 };
    int fd = open(path, O_WRONLY);

    stuck = false;
    assert_int_equal(pwrite(fd, byte, 2, at), 2);
    close(fd);
}

static unsigned int command(void)
{
    uint8_t byte[2];
    int fd = open(path, O_RDONLY);

    assert_int_equal(pread(fd, byte, 2, 4), 2);
    close(fd);
    return byte[0] | byte[1] << 8;
}

/* With PCI Express at 0x60, the second capability. */
static void begin(unsigned int of_command)
{
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, 256), 0);
    put(4, of_command);
    put(6, 0x10);
    put(0x34, 0x40);
    put(0x40, 0x6005);
    put(0x60, 0x0010);
    dev = (struct xlgpu_quiet){ .bdf = { 0, 1, 0x10, 0 } };
    assert_int_equal(xlgpu_quiet_read(&dev), 0);
    assert_int_equal(dev.command, of_command);
}

static void it_is_on_again_only_if_it_was(void **state)
{
    (void)state;
    begin(ON);
    assert_int_equal(xlgpu_quiet_off(&dev, 0), 0);
    assert_int_equal(command(), OFF);
    assert_int_equal(xlgpu_quiet_undo(&dev), 0);
    assert_int_equal(command(), ON);

    begin(OFF);
    assert_int_equal(xlgpu_quiet_off(&dev, 0), 0);
    assert_int_equal(xlgpu_quiet_undo(&dev), 0);
    assert_int_equal(command(), OFF);
}

static void what_was_not_touched_is_not_undone(void **state)
{
    (void)state;
    begin(ON);
    put(4, OFF); /* by its guest */
    assert_int_equal(xlgpu_quiet_undo(&dev), 0);
    assert_int_equal(command(), OFF);
}

static void what_the_device_says_is_read_back(void **state)
{
    (void)state;
    begin(ON);
    stuck = true;
    assert_int_equal(xlgpu_quiet_off(&dev, 0), EIO);

    begin(ON);
    assert_int_equal(xlgpu_quiet_off(&dev, 0), 0);
    stuck = true;
    assert_int_equal(xlgpu_quiet_undo(&dev), EIO);
}

static void transactions_are_waited_for_where_they_can_be_seen(void **state)
{
    (void)state;
    begin(ON);
    put(0x6a, 0x20);
    assert_int_equal(xlgpu_quiet_off(&dev, 0), ETIMEDOUT);
    assert_int_equal(command(), OFF);

    begin(ON);
    put(0x6a, 0x20);
    put(0x60, 0x0009); /* it has no PCI Express */
    assert_int_equal(xlgpu_quiet_off(&dev, 0), 0);

    begin(ON);
    put(0x6a, 0x20);
    put(6, 0); /* nor any capability */
    assert_int_equal(xlgpu_quiet_off(&dev, 0), 0);
}

static void a_ring_of_capabilities_ends(void **state)
{
    (void)state;
    begin(ON);
    put(0x60, 0x4009);
    assert_int_equal(xlgpu_quiet_off(&dev, 0), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir) || setenv("XLGPU_SYSFS", dir, 1)) return 1;
    snprintf(path, sizeof(path),
             "mkdir -p %s/bus/pci/devices/0000:01:10.0", dir);
    if (system(path)) return 1;
    snprintf(path, sizeof(path), "%s/bus/pci/devices/0000:01:10.0/config",
             dir);
    return close(open(path, O_WRONLY | O_CREAT, 0600));
}

static int tear_down(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "rm -rf %s", dir);
    return system(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_5(it_is_on_again_only_if_it_was,
               what_was_not_touched_is_not_undone,
               what_the_device_says_is_read_back,
               transactions_are_waited_for_where_they_can_be_seen,
               a_ring_of_capabilities_ends),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
