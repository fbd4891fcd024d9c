/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "numa.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

long xlgpu_numa_of_cpus(const bool *may, const int *node, int n)
{
    long one = -1;
    int c;

    for (c = 0; c < n; c++) {
        if (!may[c]) continue;
        if (node[c] < 0 || (one >= 0 && one != node[c])) return -1;
        one = node[c];
    }
    return one;
}

static bool skip(const char **s, const char *prefix)
{
    size_t len = strlen(prefix);

    if (strncmp(*s, prefix, len)) return false;
    *s += len;
    return true;
}

static bool add_item(const char *item, const int *node, int n, bool *may)
{
    bool without = skip(&item, "^"), all = !strcmp(item, "all");
    bool by_node = skip(&item, "nodes:") || skip(&item, "node:");
    unsigned long first = 0, last = n;
    char *end;
    int c;

    if (!all) {
        first = last = strtoul(item, &end, 10);
        if (end == item) return false;
        if (*end == '-') last = strtoul(item = end + 1, &end, 10);
        if (end == item || *end) return false;
    }
    for (c = 0; c < n; c++) {
        unsigned long value = by_node ? (unsigned long)node[c]
                                      : (unsigned long)c;

        if (value >= first && value <= last) may[c] = !without;
    }
    return true;
}

long xlgpu_numa_of_list(const char *cpus, const int *node, int n)
{
    char *copy = xlgpu_strdup(cpus), *rest = copy, *item;
    bool *may = xlgpu_zalloc(n, sizeof(*may)), ok = true;
    long one;

    while (ok && (item = strsep(&rest, ",")))
        ok = add_item(item + strspn(item, " \t"), node, n, may);
    one = ok ? xlgpu_numa_of_cpus(may, node, n) : -1;
    free(may);
    free(copy);
    return one;
}
