/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void fuzz_broken(const char *property, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
    abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    size_t len = strnlen((const char *)data, size);
    char *text = xlgpu_zalloc(len + 1, 1);

    if (len) memcpy(text, data, len);
    return text;
}

bool fuzz_terminated(const char *s, size_t size)
{
    return memchr(s, '\0', size);
}

bool fuzz_refused(char *why)
{
    bool refused = why;

    FUZZ_CHECK(!why || *why);
    free(why);
    return refused;
}

const char *fuzz_dir(void)
{
    const char *tmp = getenv("TMPDIR");
    static char *dir;

    if (dir) return dir;
    dir = xlgpu_asprintf("%s/xl-gpu-fuzz.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) abort();
    return dir;
}

void fuzz_file(const char *name, const char *text)
{
    char *path = xlgpu_asprintf("%s/%s", fuzz_dir(), name);
    FILE *f = fopen(path, "we");

    if (!f || fputs(text, f) == EOF || fclose(f)) abort();
    free(path);
}

void fuzz_env(const char *variable, const char *file)
{
    const char *now = getenv(variable);
    char *path;

    /* A caller's own would be overwritten. */
    if (now && !strncmp(now, fuzz_dir(), strlen(fuzz_dir()))) return;
    path = xlgpu_asprintf("%s/%s", fuzz_dir(), file);
    setenv(variable, path, 1);
    free(path);
}
