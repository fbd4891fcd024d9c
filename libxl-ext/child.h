/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that a migration runs: xl, and the transport. Never by a shell of
 * ours. */
#ifndef XLGPU_CHILD_H
#define XLGPU_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct xlgpu_child {
    pid_t pid;    /* 0: none, or it has ended and was waited for */
    int status;   /* of waitpid(2), once it has ended */
};

struct xlgpu_child_how {
    const char *const *argv;   /* argv[0] is looked up in PATH */
    const char *const *setenv; /* "NAME=VALUE", …, NULL; or NULL */
    int in, out, err;          /* its stdin, …; -1: /dev/null, for err ours */
    bool own_group;            /* a Ctrl-C at the terminal does not reach it */
};

/* What has no CLOEXEC is inherited. Says what failed. */
int xlgpu_child_start(struct xlgpu_child *child,
                      const struct xlgpu_child_how *how);

/* Whether it has ended. */
bool xlgpu_child_ended(struct xlgpu_child *child);

/* Waits at most that long; false if it still runs. */
bool xlgpu_child_wait(struct xlgpu_child *child, unsigned int seconds);

/* SIGTERM, and SIGKILL to what does not end by that in that many seconds. */
void xlgpu_child_end(struct xlgpu_child *child, unsigned int seconds);

/* It has ended with exit status 0. */
bool xlgpu_child_succeeded(const struct xlgpu_child *child);

/* A pipe with CLOEXEC at both ends; says what failed. */
int xlgpu_pipe(int fd[2]);

/* Closes *fd where it is one, and makes it -1. */
void xlgpu_close(int *fd);

/* Splits "ssh -o X" at blanks; an entry of NULL behind. Free the list and
 * its first entry. */
char **xlgpu_words(const char *text, size_t *n_r);

#endif
