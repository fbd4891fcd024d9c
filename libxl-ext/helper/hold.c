/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "hold.h"

#ifdef XLGPU_FAULTS

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOLD_S 120
#define POLL_US 20000

bool xlgpu_test_is_blind(uint64_t frame)
{
    const char *at = getenv("XLGPU_TEST_BLIND_GFNS");
    unsigned long long first, last;
    int n;

    /* Numbers in base 10, or with 0x. */
    while (at && sscanf(at, "%lli-%lli%n", (long long *)&first,
                        (long long *)&last, &n) == 2) {
        if (frame >= first && frame <= last) return true;
        at += n;
        if (*at == ',') at++;
    }
    return false;
}

bool xlgpu_test_not_quiet(void)
{
    return getenv("XLGPU_TEST_NOT_QUIET") != NULL;
}

static bool is_held(const char *name)
{
    const char *at = getenv("XLGPU_TEST_HOLD");
    size_t len = strlen(name);

    for (; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (!strncmp(at, name, len) && (!at[len] || at[len] == ','))
            return true;
    }
    return false;
}

void xlgpu_test_hold(const char *name)
{
    const char *dir = getenv("XLGPU_TEST_HOLD_DIR");
    char here[PATH_MAX], go[PATH_MAX];
    int i, fd;

    if (!dir || !is_held(name)) return;
    snprintf(here, sizeof(here), "%s/%s.here", dir, name);
    snprintf(go, sizeof(go), "%s/%s.go", dir, name);

    fd = open(here, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
    for (i = 0; i < HOLD_S * 1000000 / POLL_US && access(go, F_OK); i++)
        usleep(POLL_US);
}

#endif
