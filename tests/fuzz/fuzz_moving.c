/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MOVING frame, which comes from another host. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "migrate/moving.h"
#include "migrate/offer.h"
#include "policy/verdict.h"

static void check_strings(const struct xlgpu_moving *m)
{
    size_t i;

    FUZZ_CHECK_STRING(m->uuid);
    FUZZ_CHECK_STRING(m->model);
    FUZZ_CHECK(strlen(m->uuid) == XLGPU_UUID_LEN - 1);
    FUZZ_CHECK(!strpbrk(m->uuid, "/."));
    FUZZ_CHECK(*m->name && strlen(m->name) <= XLGPU_MOVING_NAME_MAX);
    FUZZ_CHECK(strlen(m->spec) <= XLGPU_MOVING_TEXT_MAX);
    FUZZ_CHECK(m->n_disks <= XLGPU_MOVING_LIST_MAX);
    for (i = 0; i < m->n_disks; i++)
        FUZZ_CHECK(strlen(m->disk[i]) <= XLGPU_MOVING_TEXT_MAX);
    for (i = 0; i < m->n_bridges; i++)
        FUZZ_CHECK(!strchr(m->bridge[i], '\n'));
}

static void check_numbers(const struct xlgpu_moving *m)
{
    size_t i;

    FUZZ_CHECK(m->vslot <= 0x1f && m->partition.dev <= 0x1f);
    FUZZ_CHECK(m->xen.n_features <= XLGPU_FEATURES_MAX);
    FUZZ_CHECK(m->shape.n_caps <= XLGPU_SHAPE_CAPS_MAX);
    FUZZ_CHECK(m->memory <= INT64_MAX && m->memory_max <= INT64_MAX);
    FUZZ_CHECK(m->mode <= XLGPU_MODE_RESTART);
    for (i = 0; i < m->n_devices; i++) {
        FUZZ_CHECK(m->device[i].bdf.fn <= 7 && m->device[i].vslot <= 0x1f);
        FUZZ_CHECK(!*m->device[i].id || xlgpu_id_is(m->device[i].id));
    }
}

/* Whoever says such things gets a verdict. */
static void check_verdict(const struct xlgpu_moving *m)
{
    const struct xlgpu_offer offer = {
        .host = (char *)"h", .iommu = true, .name_free = true,
        .uuid_free = true, .memory_free = INT64_MAX, .xen = m->xen,
        .room = { XLGPU_ROOM_FREE, 1, (char *)"" },
    };
    struct xlgpu_verdict v;

    xlgpu_verdict(m, &offer, (struct xlgpu_admin){ .may_restart = true },
                  &v);
    FUZZ_CHECK((v.move == XLGPU_MOVE_NONE) == (v.status != XLGPU_OK));
    FUZZ_CHECK((v.move == XLGPU_MOVE_NONE) == !v.estimate.basis);
    FUZZ_CHECK(v.move != XLGPU_MOVE_LIVE || (m->state_guest && m->announced));
    xlgpu_verdict_dispose(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *json, *again, *why;
    struct xlgpu_moving m, read;

    why = xlgpu_moving_parse(text, &m);
    if (!fuzz_refused(why)) {
        check_strings(&m);
        check_numbers(&m);
        check_verdict(&m);
        json = xlgpu_moving_json(&m);
        FUZZ_CHECK(json);
        FUZZ_CHECK(!fuzz_refused(xlgpu_moving_parse(json, &read)));
        again = xlgpu_moving_json(&read);
        FUZZ_CHECK(!strcmp(json, again));
        free(again);
        free(json);
        xlgpu_moving_dispose(&read);
    }
    xlgpu_moving_dispose(&m);
    free(text);
    return 0;
}
