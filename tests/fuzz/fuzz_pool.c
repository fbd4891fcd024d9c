/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The INVENTORY and LAYOUT frames, which come from another host. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "policy/pool.h"
#include "pool/layout.h"

static void check_gpu(const struct xlgpu_pool_gpu *gpu)
{
    FUZZ_CHECK(gpu->bdf.dev <= 0x1f && gpu->bdf.fn <= 7);
    FUZZ_CHECK(gpu->free + gpu->held + gpu->reserved <= gpu->count);
    FUZZ_CHECK_STRING(gpu->model);
    FUZZ_CHECK_STRING(gpu->driver);
    FUZZ_CHECK_STRING(gpu->driver_version);
    FUZZ_CHECK_STRING(gpu->firmware);
    FUZZ_CHECK(gpu->n_guests <= XLGPU_POOL_GUESTS_MAX);
}

/* A host that says the same twice is like itself. */
static void check_judgement(const struct xlgpu_pool_facts *facts)
{
    struct xlgpu_pool_host host[] = { { .name = "a", .facts = facts },
                                      { .name = "b", .facts = facts } };
    enum xlgpu_pool_verdict worst = xlgpu_pool_judge(host, 2, true);

    FUZZ_CHECK(host[0].verdict == host[1].verdict);
    FUZZ_CHECK(host[0].verdict == worst);
    FUZZ_CHECK(facts->n || worst == XLGPU_POOL_ERROR);
    FUZZ_CHECK(facts->n != 1 || worst == XLGPU_POOL_ALIKE);
    xlgpu_checks_dispose(&host[0].checks);
    xlgpu_checks_dispose(&host[1].checks);
}

static void check_rooms(const struct xlgpu_pool_facts *facts)
{
    struct xlgpu_pool_room *room;
    size_t i, n, gpus = 0;

    room = xlgpu_pool_rooms(facts, &n);
    for (i = 0; i < n; i++) gpus += room[i].gpus;
    FUZZ_CHECK(n <= facts->n && gpus == facts->n);
    free(room);
}

static void try_facts(const char *text)
{
    struct xlgpu_pool_facts facts, read;
    char *json, *again;
    size_t i;

    if (!fuzz_refused(xlgpu_pool_facts_parse(text, &facts))) {
        FUZZ_CHECK(facts.n <= XLGPU_POOL_GPUS_MAX && *facts.identity);
        for (i = 0; i < facts.n; i++) check_gpu(&facts.gpu[i]);
        check_judgement(&facts);
        check_rooms(&facts);
        json = xlgpu_pool_facts_json(&facts);
        FUZZ_CHECK(json);
        FUZZ_CHECK(!fuzz_refused(xlgpu_pool_facts_parse(json, &read)));
        again = xlgpu_pool_facts_json(&read);
        FUZZ_CHECK(!strcmp(json, again));
        free(again);
        free(json);
        xlgpu_pool_facts_dispose(&read);
    }
    xlgpu_pool_facts_dispose(&facts);
}

static void try_order(const char *text)
{
    struct xlgpu_pool_order order, read;
    char *json;

    if (fuzz_refused(xlgpu_pool_order_parse(text, &order))) return;
    FUZZ_CHECK(order.step <= XLGPU_POOL_UNDO);
    json = xlgpu_pool_order_json(&order);
    FUZZ_CHECK(!fuzz_refused(xlgpu_pool_order_parse(json, &read)));
    FUZZ_CHECK(order.step == read.step &&
               order.want.count == read.want.count &&
               order.dry_run == read.dry_run &&
               xlgpu_resources_equal(&order.want.each, &read.want.each));
    free(json);
}

static void try_changes(const char *text)
{
    struct xlgpu_pool_changes changes, read;
    char *json;

    if (!fuzz_refused(xlgpu_pool_changes_parse(text, &changes))) {
        json = xlgpu_pool_changes_json(&changes);
        FUZZ_CHECK(!fuzz_refused(xlgpu_pool_changes_parse(json, &read)));
        FUZZ_CHECK(changes.n == read.n);
        free(json);
        xlgpu_pool_changes_dispose(&read);
    }
    xlgpu_pool_changes_dispose(&changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    try_facts(text);
    try_order(text);
    try_changes(text);
    free(text);
    return 0;
}
