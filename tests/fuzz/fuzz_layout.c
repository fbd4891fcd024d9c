/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layout.json, the desired layout, and a file of promised/. */
#include "fuzz.h"

#include <stdlib.h>

#include "xenstore/desired.h"
#include "xenstore/promise.h"

static bool desired_equal(const struct xlgpu_desired *a,
                          const struct xlgpu_desired *b)
{
    return xlgpu_bdf_equal(a->gpu, b->gpu) && a->vendor == b->vendor &&
           (!a->vendor || a->device == b->device) && a->count == b->count &&
           xlgpu_resources_equal(&a->each, &b->each);
}

static void check_entries(const struct xlgpu_layout *l)
{
    const struct xlgpu_desired *d;

    for (d = l->gpu; d < l->gpu + l->n; d++) {
        FUZZ_CHECK(xlgpu_desired_find(l, d->gpu) == d);
        FUZZ_CHECK(d->gpu.dev <= 0x1f && d->gpu.fn <= 7);
        FUZZ_CHECK(d->count <= 0xffff);
        FUZZ_CHECK(d->each.memory <= INT64_MAX);
        FUZZ_CHECK(d->each.exec_quantum_ms <= UINT32_MAX &&
                   d->each.preempt_timeout_us <= UINT32_MAX);
    }
}

/* One GPU's entry is replaced or added; those of the others stay. */
static void check_set(const char *text, const struct xlgpu_layout *l,
                      struct xlgpu_bdf gpu)
{
    const struct xlgpu_desired mine = { .gpu = gpu,
                                        .vendor = 0x8086,
                                        .device = 0x56c0,
                                        .count = 4 };
    const struct xlgpu_desired *d, *found;
    struct xlgpu_layout again;

    fuzz_env("XLGPU_STATE_DIR", "");
    fuzz_file("layout.json", text);
    FUZZ_CHECK(!xlgpu_desired_set(&mine));
    FUZZ_CHECK(!xlgpu_desired_read(&again));

    check_entries(&again);
    found = xlgpu_desired_find(&again, gpu);
    FUZZ_CHECK(found && desired_equal(found, &mine));
    for (d = l->gpu; d < l->gpu + l->n; d++) {
        if (xlgpu_bdf_equal(d->gpu, gpu)) continue;
        found = xlgpu_desired_find(&again, d->gpu);
        FUZZ_CHECK(d->count ? found && desired_equal(d, found) : !found);
    }
    xlgpu_layout_dispose(&again);
}

static void check_promise(const char *text)
{
    struct xlgpu_promise p = { .count = 0 };

    if (fuzz_refused(xlgpu_promise_parse(text, &p))) return;
    FUZZ_CHECK(p.index < p.count && p.count <= 0xffff);
    FUZZ_CHECK(p.gpu.dev <= 0x1f && p.gpu.fn <= 7);
    FUZZ_CHECK(p.bdf.dev <= 0x1f && p.bdf.fn <= 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct xlgpu_bdf gpu = { 0 };
    struct xlgpu_layout layout;

    if (xlgpu_desired_parse(text, &layout)) {
        check_entries(&layout);
        if (layout.n) check_set(text, &layout, layout.gpu[0].gpu);
        while (xlgpu_desired_find(&layout, gpu)) gpu.bus++;
        check_set(text, &layout, gpu);
    } else {
        FUZZ_CHECK(!layout.gpu && !layout.n);
    }
    xlgpu_layout_dispose(&layout);
    check_promise(text);
    free(text);
    return 0;
}
