/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utilization.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define SAFE                     \
    "abcdefghijklmnopqrstuvwxyz" \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
    "0123456789_.-"

/* model "" and memory 0: not part of it. The caller frees it. */
static char *make_name(const char *model, uint64_t memory)
{
    const char *between = *model ? ".model." : "";
    char *name, *c;

    name = memory ? xlgpu_asprintf("xl-gpu%s%s.memory.%llu", between, model,
                                   (unsigned long long)(memory >> 20))
                  : xlgpu_asprintf("xl-gpu%s%s", between, model);
    for (c = name; *(c += strspn(c, SAFE));) *c = '_';
    return name;
}

const struct xlgpu_attribute *xlgpu_attributes_find(
    const struct xlgpu_attributes *list, const char *name)
{
    size_t i;

    for (i = 0; i < list->n; i++)
        if (!strcmp(list->attribute[i].name, name)) return &list->attribute[i];
    return NULL;
}

/* Takes the name. */
static struct xlgpu_attribute *add(struct xlgpu_attributes *list, char *name)
{
    struct xlgpu_attribute new = { .name = name };
    size_t i;

    for (i = 0; i < list->n; i++)
        if (!strcmp(list->attribute[i].name, new.name)) {
            free(new.name);
            return &list->attribute[i];
        }
    list->attribute = xlgpu_realloc(list->attribute, list->n + 1, sizeof(new));
    list->attribute[list->n] = new;
    return &list->attribute[list->n++];
}

/* All kinds that a partition, or a wish for one, is of. */
static void add_kinds(struct xlgpu_attributes *list, const char *model,
                      uint64_t memory)
{
    add(list, make_name("", 0));
    add(list, make_name(model, 0));
    add(list, make_name("", memory));
    add(list, make_name(model, memory))->exact = true;
}

void xlgpu_utilization_need(const struct xlgpu_spec *spec,
                            struct xlgpu_attributes *need)
{
    *need = (struct xlgpu_attributes){ 0 };
    if (spec->type == XLGPU_SPEC_PARTITION)
        add_kinds(need, spec->model, spec->memory);
}

void xlgpu_utilization_parse(const char *names, struct xlgpu_attributes *need)
{
    size_t n;

    *need = (struct xlgpu_attributes){ 0 };
    if (!strcmp(names, "-")) return;
    for (; *names; names += n + (names[n] == ',')) {
        n = strcspn(names, ",");
        if (n) add(need, xlgpu_asprintf("%.*s", (int)n, names));
    }
}

static bool counts(enum xlgpu_partition_state state, enum xlgpu_held_by by,
                   bool asked_for)
{
    switch (state) {
    case XLGPU_FREE:
    case XLGPU_RESETTING:
        return true;
    case XLGPU_RESERVED:
        return by == XLGPU_BY_UNKNOWN || asked_for;
    case XLGPU_HELD:
        return asked_for;
    case XLGPU_QUARANTINED:
        break;
    }
    return false;
}

void xlgpu_utilization_add(struct xlgpu_attributes *have, const char *model,
                           uint64_t memory, enum xlgpu_partition_state state,
                           enum xlgpu_held_by by,
                           const struct xlgpu_attributes *need)
{
    struct xlgpu_attributes kinds = { 0 };
    struct xlgpu_attribute *a;
    size_t i, k;

    add_kinds(&kinds, model, memory);
    add_kinds(have, model, memory);
    for (k = 0; k < kinds.n; k++)
        for (i = 0; i < have->n; i++) {
            a = &have->attribute[i];
            if (strcmp(a->name, kinds.attribute[k].name)) continue;
            a->free += state == XLGPU_FREE;
            a->usable += counts(state, by,
                                need && xlgpu_attributes_find(need, a->name));
        }
    xlgpu_attributes_dispose(&kinds);
}

void xlgpu_attributes_dispose(struct xlgpu_attributes *list)
{
    size_t i;

    for (i = 0; i < list->n; i++) free(list->attribute[i].name);
    free(list->attribute);
    *list = (struct xlgpu_attributes){ 0 };
}
