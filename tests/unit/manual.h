/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manual, which tests hold against what is printed. */
#ifndef XLGPU_MANUAL_H
#define XLGPU_MANUAL_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* docs/man/xl-gpu.8 of the tree that the test was built in; NULL: not found. */
static inline FILE *open_manual(void)
{
    static const char name[] = "/docs/man/xl-gpu.8";
    char path[4096], *end;
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
    FILE *f = NULL;

    path[n < 0 ? 0 : n] = '\0';
    while (!f && (end = strrchr(path, '/'))) {
        strcpy(end, name);
        f = fopen(path, "re");
        *end = '\0';
    }
    return f;
}

#endif
