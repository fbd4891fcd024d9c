/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The OFFER frame, which comes from another host. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "migrate/offer.h"
#include "policy/verdict.h"

static void check_offer(const struct xlgpu_offer *o)
{
    size_t i;

    FUZZ_CHECK(o->xen.n_features <= XLGPU_FEATURES_MAX);
    FUZZ_CHECK((o->room.state == XLGPU_ROOM_FREE) == (o->room.free > 0));
    FUZZ_CHECK(o->host && o->room.differs);
    for (i = 0; i < o->n_absent; i++)
        FUZZ_CHECK(o->absent[i].kind <= XLGPU_ABSENT_BRIDGE &&
                   strlen(o->absent[i].why) <= XLGPU_MOVING_TEXT_MAX);
}

/* A guest that could move in every way goes nowhere without a place. */
static void check_verdict(const struct xlgpu_offer *o)
{
    const struct xlgpu_moving m = {
        .name = (char *)"g", .spec = (char *)"", .live = true,
        .hotplug = true, .restart = true, .state_guest = true,
        .announced = true, .kept = true, .poweroff_destroys = true,
    };
    struct xlgpu_verdict v;

    xlgpu_verdict(&m, o, (struct xlgpu_admin){ .may_restart = true },
                  &v);
    FUZZ_CHECK((v.move == XLGPU_MOVE_NONE) == (v.status != XLGPU_OK));
    if (!o->room.free || !o->iommu || !o->uuid_free || o->n_absent)
        FUZZ_CHECK(v.move == XLGPU_MOVE_NONE);
    xlgpu_verdict_dispose(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *json, *again;
    struct xlgpu_offer o, read;

    if (!fuzz_refused(xlgpu_offer_parse(text, &o))) {
        check_offer(&o);
        check_verdict(&o);
        json = xlgpu_offer_json(&o);
        FUZZ_CHECK(json);
        FUZZ_CHECK(!fuzz_refused(xlgpu_offer_parse(json, &read)));
        again = xlgpu_offer_json(&read);
        FUZZ_CHECK(!strcmp(json, again));
        free(again);
        free(json);
        xlgpu_offer_dispose(&read);
    }
    xlgpu_offer_dispose(&o);
    free(text);
    return 0;
}
