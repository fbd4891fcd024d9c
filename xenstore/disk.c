/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "status.h"
#include "step.h"

static int disk_error(const char *path)
{
    return xlgpu_fail(XLGPU_FAILED, path, NULL, "%s", strerror(errno));
}

int xlgpu_disk_read(const char *path, char **text_r)
{
    size_t used = 0, size = 4096;
    char *text = NULL;
    ssize_t n = 0;
    int fd;

    *text_r = NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? XLGPU_OK : disk_error(path);

    do {
        used += n;
        if (!text || used + 1 == size)
            text = xlgpu_realloc(text, size *= 2, 1);
        n = read(fd, text + used, size - used - 1);
    } while (n > 0);
    close(fd);
    if (n < 0) {
        free(text);
        return disk_error(path);
    }

    text[used] = '\0';
    *text_r = text;
    return XLGPU_OK;
}

static int write_all(int fd, const char *text, size_t len)
{
    ssize_t n;

    for (; len; text += n, len -= n) {
        n = write(fd, text, len);
        if (n < 0) return -1;
    }
    return fsync(fd);
}

static int sync_dir(const char *path)
{
    char *copy = xlgpu_strdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = fd < 0 ? -1 : fsync(fd);

    if (fd >= 0) close(fd);
    free(copy);
    return r;
}

/* Its lock says that its writer lives. One that was swept before it had its
 * lock is made anew. Below 0 and errno: it can't be made. */
static int make_locked(const char *path, char **tmp_r)
{
    struct stat st = { 0 };
    int fd;

    for (;;) {
        *tmp_r = xlgpu_asprintf("%s.XXXXXX", path);
        fd = mkostemp(*tmp_r, O_CLOEXEC);
        if (fd < 0) return fd;
        if (flock(fd, LOCK_EX) || fstat(fd, &st)) break;
        if (st.st_nlink) return fd;
        close(fd);
        free(*tmp_r);
    }
    unlink(*tmp_r);
    close(fd);
    return -1;
}

void xlgpu_disk_sweep(const char *left_over)
{
    int fd = open(left_over, O_RDONLY | O_CLOEXEC);

    if (fd < 0) return;
    if (!flock(fd, LOCK_EX | LOCK_NB)) unlink(left_over);
    close(fd);
}

int xlgpu_disk_replace(const char *path, const void *text, size_t len)
{
    char *tmp;
    int fd, r, rc;

    fd = make_locked(path, &tmp);
    if (fd < 0) {
        rc = disk_error(path);
        goto out;
    }

    xlgpu_step("file made");
    r = write_all(fd, text, len);
    xlgpu_step("file written");
    if (!r) r = rename(tmp, path);
    close(fd);
    xlgpu_step("file renamed");
    if (!r) r = sync_dir(path);
    rc = r ? disk_error(path) : XLGPU_OK;
    if (r) unlink(tmp);
out:
    free(tmp);
    return rc;
}
