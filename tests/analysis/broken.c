/* SPDX-License-Identifier: GPL-2.0-or-later */
/* broken address|undefined|leak|child|none: has that error; child, a leak in a
 * child that ends by _exit(), of a process with a second thread. The tests see
 * that it is found. */
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void leak(void)
{
    char *volatile lost = malloc(30);

    if (!lost) abort();
    lost = NULL;
}

static void *second(void *started)
{
    pthread_barrier_wait(started);
    pause();
    return NULL;
}

/* libxenstore has a thread while we fork. */
static void fork_beside_a_thread(bool leaks)
{
    pthread_barrier_t started;
    pthread_t thread;

    if (pthread_barrier_init(&started, NULL, 2)) abort();
    if (pthread_create(&thread, NULL, second, &started)) abort();
    pthread_barrier_wait(&started);
    if (fork()) return;
    if (leaks) leak();
    _exit(0);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    char *volatile block = malloc(argc);
    int number = INT_MAX;

    if (!block) abort();
    block[0] = '\0';
    if (!strcmp(what, "address")) printf("%d\n", block[argc]);
    if (!strcmp(what, "undefined")) printf("%d\n", number + argc);
    if (!strcmp(what, "leak")) leak();
    if (!strcmp(what, "child")) fork_beside_a_thread(true);
    if (!strcmp(what, "none")) fork_beside_a_thread(false);
    while (wait(NULL) > 0) continue;
    free(block);
    return 0;
}
