/* SPDX-License-Identifier: GPL-2.0-or-later */
/* broken address|undefined|leak|child: has that error; the last, a leak in a
 * child that ends by _exit(). The tests see that it is found. */
#include <limits.h>
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
    if (!strcmp(what, "child") && !fork()) {
        leak();
        _exit(0);
    }
    while (wait(NULL) > 0) continue;
    free(block);
    return 0;
}
