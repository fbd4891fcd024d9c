/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "resources.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define COUNT_MAX 0xffff /* sriov_numvfs is a u16 */

bool xlgpu_resources_empty(const struct xlgpu_resources *r)
{
    static const struct xlgpu_resources none;

    return xlgpu_resources_equal(r, &none);
}

bool xlgpu_resources_equal(const struct xlgpu_resources *a,
                           const struct xlgpu_resources *b)
{
    return a->memory == b->memory && a->ggtt == b->ggtt &&
           a->contexts == b->contexts && a->doorbells == b->doorbells &&
           a->exec_quantum_ms == b->exec_quantum_ms &&
           a->preempt_timeout_us == b->preempt_timeout_us;
}

static bool parse_number(const char *s, uint64_t max, uint64_t *value_r)
{
    char *end;

    if (!isdigit((unsigned char)*s)) return false;
    errno = 0;
    *value_r = strtoull(s, &end, 10);
    return !errno && !*end && *value_r && *value_r <= max;
}

/* ---- The command line ---- */

bool xlgpu_count_parse(const char *text, unsigned int *count_r)
{
    uint64_t count;

    if (!parse_number(text, COUNT_MAX, &count)) return false;
    *count_r = count;
    return true;
}

char *xlgpu_resources_request(struct xlgpu_resources *r, const char *text)
{
    static const struct {
        const char *key;
        uint64_t max;
    } keys[] = {
        { "memory", UINT32_MAX },
        { "exec_quantum_ms", UINT32_MAX },
        { "preempt_timeout_us", UINT32_MAX },
    };
    const char *value = strchr(text, '=');
    size_t i, len = value ? value - text : 0;
    uint64_t n;

    for (i = 0; i < 3; i++)
        if (len == strlen(keys[i].key) && !strncmp(text, keys[i].key, len))
            break;
    if (i == 3)
        return xlgpu_asprintf("it is none of memory=, exec_quantum_ms= and "
                              "preempt_timeout_us=");
    if (!parse_number(value + 1, keys[i].max, &n))
        return xlgpu_asprintf("%s is not a number above 0", keys[i].key);

    if ((i == 0 && r->memory) || (i == 1 && r->exec_quantum_ms) ||
        (i == 2 && r->preempt_timeout_us))
        return xlgpu_asprintf("%s is given twice", keys[i].key);
    if (i == 0) r->memory = n << 20;
    if (i == 1) r->exec_quantum_ms = n;
    if (i == 2) r->preempt_timeout_us = n;
    return NULL;
}

/* ---- Profiles ---- */

static bool set_profile_key(struct xlgpu_profile *p, const char *key,
                            const char *value)
{
    const struct {
        const char *key;
        uint64_t *size;
        unsigned long *number;
    } keys[] = {
        { "memory", &p->each.memory, NULL },
        { "memory_ecc", &p->memory_ecc, NULL },
        { "ggtt", &p->each.ggtt, NULL },
        { "contexts", NULL, &p->each.contexts },
        { "doorbells", NULL, &p->each.doorbells },
        { "exec_quantum_ms", NULL, &p->each.exec_quantum_ms },
        { "preempt_timeout_us", NULL, &p->each.preempt_timeout_us },
    };
    uint64_t n;
    size_t i;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(keys[i].key, key)) continue;
        if (!parse_number(value, keys[i].size ? INT64_MAX : UINT32_MAX, &n))
            return false;
        if (keys[i].size)
            *keys[i].size = n;
        else
            *keys[i].number = n;
        return true;
    }
    return false;
}

char *xlgpu_profile_parse(const char *text, struct xlgpu_profile *profile)
{
    char *copy = xlgpu_strdup(text), *rest = copy, *item, *value, *why = NULL;

    *profile = (struct xlgpu_profile){ 0 };
    item = strsep(&rest, ",");
    if (!xlgpu_count_parse(item, &profile->count))
        why = xlgpu_asprintf("profile \"%s\" does not begin with a count",
                             text);

    while (!why && (item = strsep(&rest, ","))) {
        while (isspace((unsigned char)*item)) item++;
        value = strchr(item, '=');
        if (value) *value++ = '\0';
        if (!value || !set_profile_key(profile, item, value))
            why = xlgpu_asprintf("profile %u: \"%s\" is not understood",
                                 profile->count, item);
    }
    free(copy);
    return why;
}
