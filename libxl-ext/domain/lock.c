/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "status.h"
#include "step.h"

#define POLL_MS 100
#define LAYOUT_WAIT_S 60

static char *guest_path(const char *uuid)
{
    return xlgpu_asprintf("%s/held/%s", xlgpu_run_dir(), uuid);
}

/* The file may be forgotten, and made anew, while it is waited for. */
static bool is_current(int fd, const char *path)
{
    struct stat here, there;

    return !fstat(fd, &here) && !stat(path, &there) &&
           here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/* 0 or errno; EWOULDBLOCK when it is taken. */
static int try_lock(const char *path, int open_flags, int operation, int *fd_r)
{
    int fd, r;

    fd = open(path, O_RDWR | open_flags, 0600);
    /* xl puts its log on 0 to 2, whatever is there. */
    if (fd >= 0 && fd <= STDERR_FILENO) {
        r = fcntl(fd, open_flags & O_CLOEXEC ? F_DUPFD_CLOEXEC : F_DUPFD,
                  STDERR_FILENO + 1);
        close(fd);
        fd = r;
    }
    if (fd < 0) return errno;

    r = flock(fd, operation | LOCK_NB) ? errno : 0;
    if (!r && !is_current(fd, path)) r = EWOULDBLOCK;
    if (r) {
        close(fd);
        return r;
    }
    *fd_r = fd;
    xlgpu_step("lock");
    return 0;
}

static int wait_lock(const char *path, int open_flags, int operation,
                     unsigned int seconds, int *fd_r)
{
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    unsigned int tries = seconds * 1000 / POLL_MS;
    int r;

    for (;;) {
        r = try_lock(path, open_flags, operation, fd_r);
        if (r != EWOULDBLOCK || !tries--) return r;
        nanosleep(&pause, NULL);
    }
}

int xlgpu_guest_lock(const char *uuid, unsigned int seconds, int *fd_r)
{
    char *dir = xlgpu_asprintf("%s/held", xlgpu_run_dir());
    char *path = guest_path(uuid);
    int r, rc;

    rc = xlgpu_make_dir(dir);
    if (rc) goto out;

    r = wait_lock(path, O_CREAT, LOCK_EX, seconds, fd_r);
    if (r == EWOULDBLOCK)
        rc = XLGPU_IN_USE;
    else if (r)
        rc = xlgpu_fail(XLGPU_FAILED, path, NULL, "%s", strerror(r));
out:
    free(path);
    free(dir);
    return rc;
}

bool xlgpu_guest_locked(const char *uuid)
{
    char *path = guest_path(uuid);
    int fd = -1, r;

    r = try_lock(path, O_CLOEXEC, LOCK_SH, &fd);
    if (fd >= 0) close(fd);
    free(path);
    /* What can't be told counts as taken: a guest may live. */
    return r && r != ENOENT;
}

/* ---- Who has a lock ---- */

static bool has_name(const char *pid, const char *name)
{
    char path[64], comm[32] = "";
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
    f = fopen(path, "re");
    if (!f) return false;
    if (!fgets(comm, sizeof(comm), f)) *comm = '\0';
    fclose(f);
    comm[strcspn(comm, "\n")] = '\0';
    return !strcmp(comm, name);
}

/* The process's descriptor of the file; -1: none. */
static int find_fd(const char *pid, const struct stat *file)
{
    char dir[64], path[128];
    struct dirent *e;
    struct stat st;
    int fd = -1;
    DIR *d;

    snprintf(dir, sizeof(dir), "/proc/%.16s/fd", pid);
    d = opendir(dir);
    while (d && fd < 0 && (e = readdir(d))) {
        snprintf(path, sizeof(path), "%s/%.16s", dir, e->d_name);
        if (e->d_name[0] != '.' && !stat(path, &st) &&
            st.st_ino == file->st_ino && st.st_dev == file->st_dev)
            fd = atoi(e->d_name);
    }
    if (d) closedir(d);
    return fd;
}

/* pidfd_getfd(2): the same open file, and so the same lock. */
static int take_over(pid_t pid, int fd)
{
    int pidfd = syscall(SYS_pidfd_open, pid, 0), mine;

    if (pidfd < 0) return -1;
    mine = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    close(pidfd);
    return mine;
}

bool xlgpu_guest_lock_holder(const char *uuid, const char *name, int *fd_r)
{
    char *path = guest_path(uuid);
    bool found = false;
    struct dirent *e;
    struct stat file;
    DIR *proc;
    int fd;

    if (fd_r) *fd_r = -1;
    proc = stat(path, &file) ? NULL : opendir("/proc");
    free(path);
    while (proc && !found && (e = readdir(proc))) {
        if (atoi(e->d_name) <= 0 || atoi(e->d_name) == getpid() ||
            (name && !has_name(e->d_name, name)))
            continue;
        fd = find_fd(e->d_name, &file);
        found = fd >= 0;
        if (found && fd_r) *fd_r = take_over(atoi(e->d_name), fd);
    }
    if (proc) closedir(proc);
    return found;
}

void xlgpu_guest_lock_forget(const char *uuid)
{
    char *path = guest_path(uuid);
    int fd = -1;

    if (!try_lock(path, O_CLOEXEC, LOCK_EX, &fd)) unlink(path);
    if (fd >= 0) close(fd);
    free(path);
}

void xlgpu_guest_locks_sweep(void)
{
    char *dir = xlgpu_asprintf("%s/held", xlgpu_run_dir());
    struct dirent **entry = NULL;
    int i, n;

    n = scandir(dir, &entry, NULL, NULL);
    for (i = 0; i < n; i++) {
        if (entry[i]->d_name[0] != '.')
            xlgpu_guest_lock_forget(entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    free(dir);
}

int xlgpu_journal_lock(const char *uuid, int *fd_r)
{
    char *dir = xlgpu_asprintf("%s/moving", xlgpu_run_dir());
    char *path = xlgpu_asprintf("%s/%s", dir, uuid);
    int r, rc;

    rc = xlgpu_make_dir(dir);
    if (rc) goto out;
    r = try_lock(path, O_CREAT | O_CLOEXEC, LOCK_EX, fd_r);
    if (r == EWOULDBLOCK)
        rc = XLGPU_IN_USE;
    else if (r)
        rc = xlgpu_fail(XLGPU_FAILED, path, NULL, "%s", strerror(r));
out:
    free(path);
    free(dir);
    return rc;
}

bool xlgpu_journal_locked(const char *uuid)
{
    char *path = xlgpu_asprintf("%s/moving/%s", xlgpu_run_dir(), uuid);
    int fd = -1, r;

    r = try_lock(path, O_CLOEXEC, LOCK_SH, &fd);
    if (fd >= 0) close(fd);
    free(path);
    return r && r != ENOENT;
}

int xlgpu_layout_lock(bool exclusive, int *fd_r)
{
    char *path = xlgpu_asprintf("%s/layout", xlgpu_run_dir());
    int r, rc;

    rc = xlgpu_make_dir(xlgpu_run_dir());
    if (rc) goto out;

    r = wait_lock(path, O_CREAT | O_CLOEXEC, exclusive ? LOCK_EX : LOCK_SH,
                  LAYOUT_WAIT_S, fd_r);
    if (r == EWOULDBLOCK)
        rc = xlgpu_fail(XLGPU_IN_USE, "layout", "try again when it has ended",
                        "another command is changing or using it");
    else if (r)
        rc = xlgpu_fail(XLGPU_FAILED, path, NULL, "%s", strerror(r));
out:
    free(path);
    return rc;
}
