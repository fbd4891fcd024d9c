/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blind.h"

#ifdef XLGPU_FAULTS

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"

#define HOLD_S 120
#define POLL_US 20000

bool xlgpu_is_blind_to(uint64_t pfn)
{
    const char *p = getenv("XLGPU_TEST_BLIND_GFNS");
    long long first, last;
    int n;

    for (; p && *p; p += n + (p[n] == ',')) {
        n = 0;
        if (sscanf(p, "%lli-%lli%n", &first, &last, &n) != 2 || !n) break;
        if ((int64_t)pfn >= first && (int64_t)pfn <= last) return true;
    }
    return false;
}

bool xlgpu_is_quiet_left_out(void)
{
    return getenv("XLGPU_TEST_NOT_QUIET") != NULL;
}

static bool is_held(const char *point)
{
    const char *p = getenv("XLGPU_TEST_HOLD");
    size_t len = strlen(point);

    for (; p; p = strchr(p, ',')) {
        if (*p == ',') p++;
        if (!strncmp(p, point, len) && (!p[len] || p[len] == ',')) return true;
    }
    return false;
}

void xlgpu_hold(const char *point)
{
    const char *dir = getenv("XLGPU_TEST_HOLD_DIR");
    char *here, *go;
    int fd, n;

    if (!dir || !is_held(point)) return;
    here = xlgpu_asprintf("%s/%s.here", dir, point);
    go = xlgpu_asprintf("%s/%s.go", dir, point);
    fd = open(here, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
    for (n = 0; access(go, F_OK) && n < HOLD_S * (1000000 / POLL_US); n++)
        usleep(POLL_US);
    free(here);
    free(go);
}

#endif
