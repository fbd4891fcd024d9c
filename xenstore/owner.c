/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "records.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* 0 when there is no such process. */
static unsigned long long start_time(pid_t pid)
{
    unsigned long long start = 0;
    char path[64], line[1024], *p;
    FILE *f;
    int i;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f) return 0;

    /* The command's name, field 2, may hold blanks and parentheses. */
    p = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
    for (i = 2; p && i < 22; i++) p = strchr(p + 1, ' ');
    if (!p || sscanf(p, " %llu", &start) != 1) start = 0;

    fclose(f);
    return start;
}

static void boot_id(char id[XLGPU_UUID_LEN])
{
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

    id[0] = '\0';
    if (!f) return;
    if (!fgets(id, XLGPU_UUID_LEN, f)) id[0] = '\0';
    fclose(f);
}

struct xlgpu_owner xlgpu_owner_of(pid_t pid)
{
    struct xlgpu_owner owner = { .pid = pid, .start = start_time(pid) };

    boot_id(owner.boot);
    return owner;
}

struct xlgpu_owner xlgpu_owner_self(void)
{
    return xlgpu_owner_of(getpid());
}

bool xlgpu_owner_parse(const char *text, struct xlgpu_owner *owner_r)
{
    int pid;

    *owner_r = (struct xlgpu_owner){ 0 };
    if (sscanf(text, "%d %llu %36s", &pid, &owner_r->start, owner_r->boot) !=
            3 ||
        pid <= 0)
        return false;
    owner_r->pid = pid;
    return true;
}

bool xlgpu_owner_alive(const struct xlgpu_owner *owner)
{
    char boot[XLGPU_UUID_LEN];

    if (owner->pid <= 0) return false;
    boot_id(boot);
    return !strcmp(boot, owner->boot) &&
           start_time(owner->pid) == owner->start;
}
