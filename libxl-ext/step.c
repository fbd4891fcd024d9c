/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "step.h"

#ifdef XLGPU_FAULTS

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void xlgpu_step(const char *what)
{
    const char *at = getenv("XLGPU_KILL_AT"), *steps = getenv("XLGPU_STEPS");
    static int n;
    FILE *f;

    n++;
    f = steps && *steps ? fopen(steps, "ae") : NULL;
    if (f) {
        fprintf(f, "%d %s\n", n, what);
        fclose(f);
    }
    if (at && (atoi(at) == n || !strcmp(at, what))) raise(SIGKILL);
}

unsigned int xlgpu_bound(const char *variable, unsigned int seconds)
{
    const char *text = getenv(variable);

    return text ? strtoul(text, NULL, 10) : seconds;
}

#endif
