/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in xl.cfg's syntax: a model file, and gpu.conf. Each reader gets
 * every input. libxlutil is not compiled here: what it does wrong by itself
 * is not ours to find.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "inventory/model.h"

static void check_model(const struct xlgpu_models *models,
                        const struct xlgpu_model *m)
{
    const struct xlgpu_model_match *first = m->match;
    size_t i;

    FUZZ_CHECK_STRING(m->name);
    FUZZ_CHECK(*m->name && !strpbrk(m->name, ", \t=\"'"));
    FUZZ_CHECK(m->memory <= (uint64_t)INT32_MAX << 20);
    FUZZ_CHECK(m->pf.exec_quantum_ms <= INT32_MAX &&
               m->pf.preempt_timeout_us <= INT32_MAX);

    for (i = 0; i < m->n_counts; i++) {
        FUZZ_CHECK(m->counts[i] >= 1 && m->counts[i] <= 0xffff);
        FUZZ_CHECK(!i || m->counts[i - 1] <= m->counts[i]);
    }
    for (i = 0; i < m->n_profiles; i++)
        FUZZ_CHECK(m->profile[i].count >= 1 && m->profile[i].count <= 0xffff);

    if (m->n_matches)
        FUZZ_CHECK(xlgpu_model_find(models, first->vendor, first->device,
                                    first->subvendor,
                                    first->subdevice) == m);
}

static void check_models(void)
{
    struct xlgpu_models models;

    xlgpu_models_read(&models);
    FUZZ_CHECK(models.n <= 1);
    if (models.n) check_model(&models, models.model);
    xlgpu_models_dispose(&models);
    FUZZ_CHECK(!models.n && !models.model);
}

static void check_conf(void)
{
    struct xlgpu_conf conf;
    size_t i;

    if (!xlgpu_conf_read(&conf)) {
        FUZZ_CHECK(conf.reset_timeout >= 1 && conf.reset_timeout <= 600);
        FUZZ_CHECK(conf.pool_timeout >= 1 && conf.pool_timeout <= 600);
        FUZZ_CHECK(conf.placement == XLGPU_DEPTH_FIRST ||
                   conf.placement == XLGPU_BREADTH_FIRST);
    }
    for (i = 0; i < conf.n_pool; i++) FUZZ_CHECK(*conf.pool[i]);
    for (i = 0; i < conf.n_groups; i++) {
        FUZZ_CHECK_STRING(conf.group[i].name);
        FUZZ_CHECK(*conf.group[i].name);
        FUZZ_CHECK(xlgpu_conf_in_group(&conf, conf.group[i].gpu,
                                       conf.group[i].name));
    }
    xlgpu_conf_dispose(&conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    fuzz_env("XLGPU_MODELS", "");
    fuzz_env("XLGPU_CONF", "input.conf");
    fuzz_file("input.conf", text);
    free(text);
    check_models();
    check_conf();
    return 0;
}
