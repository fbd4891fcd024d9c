/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define VSLOT_MAX 0x1f

static char *trim(char *s)
{
    char *end;

    while (isspace((unsigned char)*s)) s++;
    end = s + strlen(s);
    while (end > s && isspace((unsigned char)end[-1])) *--end = '\0';
    return s;
}

static bool parse_number(const char *s, int base, unsigned long max,
                         unsigned long *value_r)
{
    char *end;

    if (!isxdigit((unsigned char)*s)) return false;
    errno = 0;
    *value_r = strtoul(s, &end, base);
    return !errno && !*end && *value_r && *value_r <= max;
}

static char *set_model(struct xlgpu_spec *spec, const char *value)
{
    if (!*value || strlen(value) >= sizeof(spec->model))
        return xlgpu_asprintf("model=%s names no model", value);
    strcpy(spec->model, value);
    return NULL;
}

static char *set_group(struct xlgpu_spec *spec, const char *value)
{
    if (!*value || strlen(value) >= sizeof(spec->group))
        return xlgpu_asprintf("group=%s names no group", value);
    strcpy(spec->group, value);
    return NULL;
}

static char *set_memory(struct xlgpu_spec *spec, const char *value)
{
    unsigned long mib;

    if (!parse_number(value, 10, UINT32_MAX, &mib))
        return xlgpu_asprintf("memory=%s is not a number of MiB", value);
    spec->memory = (uint64_t)mib << 20;
    return NULL;
}

bool xlgpu_spec_has_memory(const struct xlgpu_spec *spec, uint64_t memory)
{
    return !spec->memory || spec->memory >> 20 == memory >> 20;
}

static char *set_gpu(struct xlgpu_spec *spec, const char *value)
{
    if (!xlgpu_bdf_parse(value, &spec->gpu))
        return xlgpu_asprintf("%s is not a PCI address like 0000:41:00.0",
                              value);
    spec->any_gpu = false;
    return NULL;
}

static char *set_vslot(struct xlgpu_spec *spec, const char *value)
{
    unsigned long slot;

    if (!parse_number(value, 16, VSLOT_MAX, &slot))
        return xlgpu_asprintf("vslot=%s is not a slot from 1 to 1f", value);
    spec->vslot = slot;
    return NULL;
}

static const struct key {
    const char *name;
    enum xlgpu_spec_type type;
    char *(*set)(struct xlgpu_spec *spec, const char *value);
} keys[] = {
    { "model", XLGPU_SPEC_PARTITION, set_model },
    { "group", XLGPU_SPEC_PARTITION, set_group },
    { "memory", XLGPU_SPEC_PARTITION, set_memory },
    { "gpu", XLGPU_SPEC_PARTITION, set_gpu },
    { "vslot", XLGPU_SPEC_PARTITION, set_vslot },
    { "bdf", XLGPU_SPEC_PASSTHROUGH, set_gpu },
    { "vslot", XLGPU_SPEC_PASSTHROUGH, set_vslot },
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static char *set_key(struct xlgpu_spec *spec, char *item, unsigned int *seen)
{
    char *value = strchr(item, '=');
    size_t i;

    if (!value) return xlgpu_asprintf("\"%s\" is not key=value", item);
    *value++ = '\0';
    item = trim(item);

    for (i = 0; i < N_KEYS; i++) {
        if (keys[i].type != spec->type || strcmp(item, keys[i].name)) continue;
        if (*seen & 1u << i)
            return xlgpu_asprintf("%s is given twice", item);
        *seen |= 1u << i;
        return keys[i].set(spec, trim(value));
    }
    return xlgpu_asprintf("unknown key \"%s\"", item);
}

char *xlgpu_spec_parse(const char *text, struct xlgpu_spec *spec)
{
    char *copy, *rest, *type, *item, *why = NULL;
    unsigned int seen = 0;

    *spec = (struct xlgpu_spec){ .any_gpu = true };
    rest = copy = xlgpu_strdup(text);
    type = trim(strsep(&rest, ","));

    if (!strcmp(type, "partition"))
        spec->type = XLGPU_SPEC_PARTITION;
    else if (!strcmp(type, "passthrough"))
        spec->type = XLGPU_SPEC_PASSTHROUGH;
    else
        why = xlgpu_asprintf(
            "\"%s\" is neither \"partition\" nor \"passthrough\"", type);

    while (!why && (item = strsep(&rest, ",")))
        why = set_key(spec, trim(item), &seen);

    if (!why && spec->type == XLGPU_SPEC_PASSTHROUGH && spec->any_gpu)
        why = xlgpu_strdup("passthrough needs bdf=");

    free(copy);
    return why;
}
