/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a user writes in one string: an entry of gpu = [ … ], a resource on a
 * command line, a model's profile, cpus=. Each parser gets every input. */
#include "fuzz.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "inventory/resources.h"
#include "policy/numa.h"
#include "policy/spec.h"

/* ---- gpu = [ "…" ] ---- */

static bool spec_equal(const struct xlgpu_spec *a, const struct xlgpu_spec *b)
{
    return a->type == b->type && !strcmp(a->model, b->model) &&
           !strcmp(a->group, b->group) && a->memory == b->memory &&
           a->any_gpu == b->any_gpu && xlgpu_bdf_equal(a->gpu, b->gpu) &&
           a->vslot == b->vslot;
}

/* ",KEY=VALUE" behind text, which it frees, where there is a value. */
static char *with(char *text, bool there, const char *key, const char *value)
{
    char *more;

    if (!there) return text;
    more = xlgpu_asprintf("%s,%s=%s", text, key, value);
    free(text);
    return more;
}

static char *spec_print(const struct xlgpu_spec *s)
{
    bool whole = s->type == XLGPU_SPEC_PASSTHROUGH;
    char *text = xlgpu_strdup(whole ? "passthrough" : "partition");
    char *memory = xlgpu_asprintf("%" PRIu64, s->memory >> 20);
    char *vslot = xlgpu_asprintf("%x", s->vslot);
    char bdf[XLGPU_BDF_LEN];

    text = with(text, *s->model, "model", s->model);
    text = with(text, *s->group, "group", s->group);
    text = with(text, s->memory, "memory", memory);
    text = with(text, !s->any_gpu, whole ? "bdf" : "gpu",
                xlgpu_bdf_format(s->gpu, bdf));
    text = with(text, s->vslot, "vslot", vslot);
    free(memory);
    free(vslot);
    return text;
}

static void check_spec(const char *text)
{
    struct xlgpu_spec spec, again;
    char *printed;

    if (fuzz_refused(xlgpu_spec_parse(text, &spec))) return;

    FUZZ_CHECK_STRING(spec.model);
    FUZZ_CHECK_STRING(spec.group);
    FUZZ_CHECK(spec.vslot <= 0x1f);
    FUZZ_CHECK(spec.memory <= (uint64_t)UINT32_MAX << 20);
    if (spec.type == XLGPU_SPEC_PASSTHROUGH) {
        FUZZ_CHECK(!spec.any_gpu);
        FUZZ_CHECK(!*spec.model && !*spec.group && !spec.memory);
    } else {
        FUZZ_CHECK(spec.type == XLGPU_SPEC_PARTITION);
    }

    printed = spec_print(&spec);
    FUZZ_CHECK(!fuzz_refused(xlgpu_spec_parse(printed, &again)));
    FUZZ_CHECK(spec_equal(&spec, &again));
    free(printed);
}

/* ---- xl gpu-partition … KEY=VALUE ---- */

static void check_request(const char *text)
{
    const struct xlgpu_resources before = { 1, 2, 3, 4, 5, 6 };
    struct xlgpu_resources r = before;
    unsigned int changed;

    if (fuzz_refused(xlgpu_resources_request(&r, text))) {
        FUZZ_CHECK(xlgpu_resources_equal(&r, &before));
        return;
    }
    changed = (r.memory != before.memory) +
              (r.exec_quantum_ms != before.exec_quantum_ms) +
              (r.preempt_timeout_us != before.preempt_timeout_us);
    FUZZ_CHECK(changed <= 1); /* 0: it was that */
    FUZZ_CHECK(r.ggtt == before.ggtt && r.contexts == before.contexts &&
               r.doorbells == before.doorbells);
    FUZZ_CHECK(r.memory && r.exec_quantum_ms && r.preempt_timeout_us);
    FUZZ_CHECK(r.memory == 1 || !(r.memory & 0xfffff));
}

/* ---- Profiles ---- */

static char *size_with(char *text, const char *key, uint64_t value)
{
    char *number = xlgpu_asprintf("%" PRIu64, value);

    text = with(text, value, key, number);
    free(number);
    return text;
}

static void check_profile(const char *text)
{
    struct xlgpu_profile p, again;
    char *printed;

    if (fuzz_refused(xlgpu_profile_parse(text, &p))) return;

    FUZZ_CHECK(p.count >= 1 && p.count <= 0xffff);
    FUZZ_CHECK(p.each.memory <= INT64_MAX && p.each.ggtt <= INT64_MAX &&
               p.memory_ecc <= INT64_MAX);
    FUZZ_CHECK(p.each.contexts <= UINT32_MAX &&
               p.each.doorbells <= UINT32_MAX);

    printed = xlgpu_asprintf("%u", p.count);
    printed = size_with(printed, "memory", p.each.memory);
    printed = size_with(printed, "memory_ecc", p.memory_ecc);
    printed = size_with(printed, "ggtt", p.each.ggtt);
    printed = size_with(printed, "contexts", p.each.contexts);
    printed = size_with(printed, "doorbells", p.each.doorbells);
    printed = size_with(printed, "exec_quantum_ms", p.each.exec_quantum_ms);
    printed = size_with(printed, "preempt_timeout_us",
                        p.each.preempt_timeout_us);
    FUZZ_CHECK(!fuzz_refused(xlgpu_profile_parse(printed, &again)));
    FUZZ_CHECK(again.count == p.count && again.memory_ecc == p.memory_ecc &&
               xlgpu_resources_equal(&again.each, &p.each));
    free(printed);
}

/* ---- cpus= ---- */

static void check_cpus(const char *text)
{
    static const int one_node[] = { 0, 0, 0, 0 };
    static const int two_nodes[] = { 0, 0, 1, 1, 0, 0, 1, 1, -1 };
    long node;

    FUZZ_CHECK(xlgpu_numa_of_list(text, one_node, 0) == -1);
    node = xlgpu_numa_of_list(text, one_node, 4);
    FUZZ_CHECK(node == -1 || node == 0);
    node = xlgpu_numa_of_list(text, two_nodes, 9);
    FUZZ_CHECK(node >= -1 && node <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    check_spec(text);
    check_request(text);
    check_profile(text);
    check_cpus(text);
    free(text);
    return 0;
}
