/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TARGET FILE…: runs each input once, in a process of its own. Names those
 * that break a property, crash or hang. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define INPUT_MAX 65536
#define HANG_S 60

static void run(const char *path)
{
    uint8_t *data = malloc(INPUT_MAX);
    FILE *f = fopen(path, "re");
    size_t size;

    if (!f || !data) abort();
    size = fread(data, 1, INPUT_MAX, f);
    fclose(f);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    int i, status, failed = 0;
    pid_t child;

    for (i = 1; i < argc; i++) {
        child = fork();
        if (child < 0) abort();
        if (!child) {
            /* What is refused is said here. */
            if (!getenv("FUZZ_VERBOSE") && !freopen("/dev/null", "w", stderr))
                abort();
            alarm(HANG_S);
            run(argv[i]);
            _exit(0);
        }
        if (waitpid(child, &status, 0) == child && !status) continue;
        printf("FAILED: %s: %s\n", argv[i],
               WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit");
        failed = 1;
    }
    return failed;
}
