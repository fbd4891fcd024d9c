/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "sysfs.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "step.h"

const char *xlgpu_sysfs_root(void)
{
    const char *root = getenv("XLGPU_SYSFS");

    return root && *root ? root : "/sys";
}

static int device_path(struct xlgpu_bdf dev, const char *name,
                       char path[PATH_MAX])
{
    char bdf[XLGPU_BDF_LEN];
    int r;

    if (*name == '/')
        r = snprintf(path, PATH_MAX, "%s%s", xlgpu_sysfs_root(), name);
    else
        r = snprintf(path, PATH_MAX, "%s/bus/pci/devices/%s/%s",
                     xlgpu_sysfs_root(), xlgpu_bdf_format(dev, bdf), name);
    return r < PATH_MAX ? 0 : ENAMETOOLONG;
}

int xlgpu_sysfs_read(struct xlgpu_bdf dev, const char *attr, char *buf,
                     size_t size)
{
    char path[PATH_MAX];
    ssize_t n;
    int fd, rc;

    rc = device_path(dev, attr, path);
    if (rc) return rc;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;

    n = read(fd, buf, size - 1);
    rc = n < 0 ? errno : 0;
    close(fd);
    if (rc) return rc;

    buf[n] = '\0';
    buf[strcspn(buf, "\n")] = '\0';
    return 0;
}

int xlgpu_sysfs_read_all(struct xlgpu_bdf dev, const char *attr, void *buf,
                         size_t size, size_t *n_r)
{
    char path[PATH_MAX];
    ssize_t n;
    int fd, rc;

    *n_r = 0;
    rc = device_path(dev, attr, path);
    if (rc) return rc;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;

    do {
        n = read(fd, (char *)buf + *n_r, size - *n_r);
        if (n > 0) *n_r += n;
    } while (n > 0 && *n_r < size);
    rc = n < 0 ? errno : 0;
    close(fd);
    return rc;
}

int xlgpu_sysfs_read_long(struct xlgpu_bdf dev, const char *attr,
                          long *value_r)
{
    char text[32], *end;
    int rc;

    rc = xlgpu_sysfs_read(dev, attr, text, sizeof(text));
    if (rc) return rc;

    errno = 0;
    *value_r = strtol(text, &end, 0);
    return errno ? errno : end == text || *end ? EINVAL : 0;
}

int xlgpu_sysfs_id(struct xlgpu_bdf dev, char id[XLGPU_ID_LEN])
{
    long vendor, device;
    int rc;

    *id = '\0';
    rc = xlgpu_sysfs_read_long(dev, "vendor", &vendor);
    if (!rc) rc = xlgpu_sysfs_read_long(dev, "device", &device);
    if (!rc)
        snprintf(id, XLGPU_ID_LEN, "%04lx:%04lx", vendor & 0xffff,
                 device & 0xffff);
    return rc;
}

/* 0 or errno. */
static int write_path(const char *path, const char *value)
{
    ssize_t n;
    int fd, rc;

    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;

    n = write(fd, value, strlen(value));
    rc = n < 0 ? errno : (size_t)n != strlen(value) ? EIO : 0;
    if (close(fd) && !rc) rc = errno;
    return rc;
}

int xlgpu_sysfs_write(struct xlgpu_bdf dev, const char *attr,
                      const char *value)
{
    char path[PATH_MAX];
    int rc;

    rc = device_path(dev, attr, path);
    if (rc) return rc;

    rc = write_path(path, value);
    xlgpu_step(attr);
    return rc;
}

/*
 * The child may stay in the kernel for ever. It must keep nothing of what its
 * parent has open: a lock would be held, and a pipe be waited on, as long.
 */
static void write_in_child(const char *path, const char *value, int result)
{
    int null, rc;

    result = fcntl(result, F_DUPFD, STDERR_FILENO + 1);
    null = open("/dev/null", O_RDWR);
    setsid();
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    result = dup2(result, STDERR_FILENO + 1);
    close_range(STDERR_FILENO + 2, ~0u, 0);

    rc = write_path(path, value);
    if (write(result, &rc, sizeof(rc)) < 0) _exit(1);
    _exit(0);
}

int xlgpu_sysfs_write_bounded(struct xlgpu_bdf dev, const char *attr,
                              const char *value, unsigned int seconds)
{
    struct pollfd ended = { .fd = -1, .events = POLLIN };
    char path[PATH_MAX];
    int ends[2], rc, r;
    pid_t pid;

    rc = device_path(dev, attr, path);
    if (rc) return rc;
    if (pipe2(ends, O_CLOEXEC)) return errno;

    pid = fork();
    if (!pid) write_in_child(path, value, ends[1]);
    rc = pid < 0 ? errno : 0;
    close(ends[1]);
    ended.fd = ends[0];
    if (!rc) {
        do
            r = poll(&ended, 1, seconds * 1000);
        while (r < 0 && errno == EINTR);
        if (!r)
            kill(pid, SIGKILL);
        else if (read(ends[0], &rc, sizeof(rc)) != sizeof(rc))
            rc = EIO;
        waitpid(pid, NULL, r ? 0 : WNOHANG);
        if (!r) rc = ETIMEDOUT;
    }
    close(ends[0]);
    xlgpu_step(attr);
    return rc;
}

static int config_open(struct xlgpu_bdf dev, int flags, int *fd_r)
{
    char path[PATH_MAX];
    int rc;

    rc = device_path(dev, "config", path);
    if (rc) return rc;

    *fd_r = open(path, flags | O_CLOEXEC);
    return *fd_r < 0 ? errno : 0;
}

int xlgpu_sysfs_config_read(struct xlgpu_bdf dev, unsigned int at,
                            unsigned int size, uint32_t *value_r)
{
    uint32_t value = 0;
    int fd, rc;
    ssize_t n;

    rc = config_open(dev, O_RDONLY, &fd);
    if (rc) return rc;

    n = pread(fd, &value, size, at);
    rc = n < 0 ? errno : n != (ssize_t)size ? EIO : 0;
    close(fd);
    *value_r = le32toh(value);
    return rc;
}

int xlgpu_sysfs_config_write(struct xlgpu_bdf dev, unsigned int at,
                             unsigned int size, uint32_t value)
{
    int fd, rc;
    ssize_t n;

    rc = config_open(dev, O_WRONLY, &fd);
    if (rc) return rc;

    value = htole32(value);
    n = pwrite(fd, &value, size, at);
    rc = n < 0 ? errno : n != (ssize_t)size ? EIO : 0;
    if (close(fd) && !rc) rc = errno;
    xlgpu_step("config");
    return rc;
}

bool xlgpu_sysfs_exists(struct xlgpu_bdf dev, const char *attr)
{
    char path[PATH_MAX];

    return !device_path(dev, attr, path) && !access(path, F_OK);
}

int xlgpu_sysfs_find(struct xlgpu_bdf dev, const char *dir,
                     const char *prefix, char *buf, size_t size)
{
    struct dirent **entry = NULL;
    char path[PATH_MAX];
    int i, n, rc;

    rc = device_path(dev, dir, path);
    if (rc) return rc;
    n = scandir(path, &entry, NULL, alphasort);
    if (n < 0) return errno;

    rc = ENOENT;
    for (i = 0; i < n; i++) {
        if (rc && !strncmp(entry[i]->d_name, prefix, strlen(prefix))) {
            snprintf(buf, size, "%s", entry[i]->d_name);
            rc = 0;
        }
        free(entry[i]);
    }
    free(entry);
    return rc;
}

/* The last component of what a link of the device points to. */
static int link_target(struct xlgpu_bdf dev, const char *link,
                       char target[PATH_MAX])
{
    char path[PATH_MAX];
    ssize_t n;
    int rc;

    rc = device_path(dev, link, path);
    if (rc) return rc;

    n = readlink(path, target, PATH_MAX - 1);
    if (n < 0) return errno;

    target[n] = '\0';
    memmove(target, basename(target), strlen(basename(target)) + 1);
    return 0;
}

int xlgpu_sysfs_driver(struct xlgpu_bdf dev, char *buf, size_t size)
{
    char target[PATH_MAX], path[PATH_MAX];
    int rc;

    buf[0] = '\0';
    rc = link_target(dev, "driver", target);
    if (rc == ENOENT) {
        rc = device_path(dev, "", path);
        return rc ? rc : access(path, F_OK) ? errno : 0;
    }
    if (rc) return rc;

    snprintf(buf, size, "%s", target);
    return 0;
}

bool xlgpu_sysfs_driver_loaded(const char *driver)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/bus/pci/drivers/%s", xlgpu_sysfs_root(),
             driver);
    return !access(path, F_OK);
}

int xlgpu_sysfs_link(struct xlgpu_bdf dev, const char *link,
                     struct xlgpu_bdf *bdf_r)
{
    char target[PATH_MAX];
    int rc;

    rc = link_target(dev, link, target);
    if (rc) return rc;

    return xlgpu_bdf_parse(target, bdf_r) ? 0 : EINVAL;
}
