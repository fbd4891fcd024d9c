/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "status.h"

#define POLL_US 10000

int xlgpu_pipe(int fd[2])
{
    if (!pipe2(fd, O_CLOEXEC)) return XLGPU_OK;
    fd[0] = fd[1] = -1;
    return xlgpu_fail(XLGPU_FAILED, "pipe", NULL, "%s", strerror(errno));
}

void xlgpu_close(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* dup2() of a descriptor onto itself would leave its CLOEXEC. */
static int give(int fd, int as, int flags)
{
    if (fd < 0) fd = open("/dev/null", flags | O_CLOEXEC);
    if (fd == as) return fcntl(fd, F_SETFD, 0);
    return dup2(fd, as);
}

static void run(const struct xlgpu_child_how *how)
{
    const char *const *s;
    sigset_t none;

    /* What it says goes to its stderr. */
    xlgpu_fail_divert(NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (how->own_group) setpgid(0, 0);
    for (s = how->setenv; s && *s; s++) putenv((char *)*s);
    if (give(how->in, 0, O_RDONLY) < 0 || give(how->out, 1, O_WRONLY) < 0 ||
        (how->err >= 0 && give(how->err, 2, O_WRONLY) < 0))
        _exit(127);
    execvp(how->argv[0], (char *const *)how->argv);
    xlgpu_fail(XLGPU_FAILED, how->argv[0], "see whether it is installed",
               "can't execute it: %s", strerror(errno));
    _exit(127);
}

int xlgpu_child_start(struct xlgpu_child *child,
                      const struct xlgpu_child_how *how)
{
    pid_t pid = fork();

    *child = (struct xlgpu_child){ 0 };
    if (!pid) run(how);
    if (pid < 0)
        return xlgpu_fail(XLGPU_FAILED, how->argv[0], NULL, "can't fork: %s",
                          strerror(errno));
    child->pid = pid;
    return XLGPU_OK;
}

bool xlgpu_child_ended(struct xlgpu_child *child)
{
    pid_t pid;

    if (!child->pid) return true;
    pid = waitpid(child->pid, &child->status, WNOHANG);
    if (!pid) return false;
    /* Whoever took its status has it. */
    if (pid < 0) child->status = -1;
    child->pid = 0;
    return true;
}

bool xlgpu_child_wait(struct xlgpu_child *child, unsigned int seconds)
{
    unsigned int n;

    for (n = seconds * (1000000 / POLL_US); n; n--) {
        if (xlgpu_child_ended(child)) return true;
        usleep(POLL_US);
    }
    return xlgpu_child_ended(child);
}

void xlgpu_child_end(struct xlgpu_child *child, unsigned int seconds)
{
    if (xlgpu_child_ended(child)) return;
    kill(child->pid, SIGTERM);
    if (xlgpu_child_wait(child, seconds)) return;
    kill(child->pid, SIGKILL);
    waitpid(child->pid, &child->status, 0);
    child->pid = 0;
}

bool xlgpu_child_succeeded(const struct xlgpu_child *child)
{
    return !child->pid && WIFEXITED(child->status) &&
           !WEXITSTATUS(child->status);
}

char **xlgpu_words(const char *text, size_t *n_r)
{
    char *copy = xlgpu_strdup(text + strspn(text, " \t")), *rest = copy;
    char **list = xlgpu_zalloc(1, sizeof(*list)), *word;

    *n_r = 0;
    while ((word = strsep(&rest, " \t"))) {
        if (!*word) continue;
        list = xlgpu_realloc(list, *n_r + 2, sizeof(*list));
        list[(*n_r)++] = word;
        list[*n_r] = NULL;
    }
    if (!*n_r) free(copy);
    return list;
}
