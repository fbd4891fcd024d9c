/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offer.h"

#include <stdlib.h>

#include "alloc.h"
#include "json.h"
#include "migrate/xen_facts.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* All disks, bridges and devices that a guest can have. */
#define ABSENT_MAX ((size_t)3 * XLGPU_MOVING_LIST_MAX)
#define HOST_MAX 256

static const char *const room_word[] = {
    [XLGPU_ROOM_FREE] = "free",
    [XLGPU_ROOM_NO_GPU] = "no gpu",
    [XLGPU_ROOM_OTHER_SHAPE] = "other shape",
    [XLGPU_ROOM_OTHER_SPEC] = "other spec",
    [XLGPU_ROOM_ALL_HELD] = "all held",
};
static const char *const absent_word[] = {
    [XLGPU_ABSENT_DEVICE] = "device",
    [XLGPU_ABSENT_DISK] = "disk",
    [XLGPU_ABSENT_BRIDGE] = "bridge",
};

char *xlgpu_offer_json(const struct xlgpu_offer *offer)
{
    yajl_gen g = xlgpu_gen_open();
    const struct xlgpu_absent *a;
    char *text;
    bool ok;

    xlgpu_gen_number(g, "protocol", offer->protocol);
    ok = xlgpu_gen_string(g, "host", offer->host);
    xlgpu_gen_xen(g, &offer->xen);
    xlgpu_gen_bool(g, "iommu", offer->iommu);
    xlgpu_gen_number(g, "memory_free", offer->memory_free);
    xlgpu_gen_bool(g, "dom0_shrinks", offer->dom0_shrinks);
    xlgpu_gen_bool(g, "name_free", offer->name_free);
    xlgpu_gen_bool(g, "uuid_free", offer->uuid_free);
    xlgpu_gen_object(g, "room");
    xlgpu_gen_string(g, "state", room_word[offer->room.state]);
    xlgpu_gen_number(g, "free", offer->room.free);
    ok &= xlgpu_gen_string(g, "differs", offer->room.differs);
    yajl_gen_map_close(g);
    xlgpu_gen_list(g, "absent");
    for (a = offer->absent; a < offer->absent + offer->n_absent; a++) {
        xlgpu_gen_object(g, NULL);
        xlgpu_gen_string(g, "kind", absent_word[a->kind]);
        ok &= xlgpu_gen_string(g, "name", a->name);
        ok &= xlgpu_gen_string(g, "why", a->why);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
    text = xlgpu_gen_close(g);
    if (ok) return text;
    free(text);
    return NULL;
}

static void read_room(struct xlgpu_json *j, struct xlgpu_offer_room *room)
{
    yajl_val o = xlgpu_json_object(j, j->root, "room");

    room->state = xlgpu_json_word(j, o, "state", room_word, N(room_word));
    room->free = xlgpu_json_number(j, o, "free", UINT32_MAX);
    room->differs = xlgpu_strdup(xlgpu_json_string(j, o, "differs",
                                                   XLGPU_MOVING_TEXT_MAX));
    if ((room->state == XLGPU_ROOM_FREE) != (room->free > 0))
        xlgpu_json_wrong(j, "room", "contradicts itself");
}

static void read_absent(struct xlgpu_json *j, struct xlgpu_offer *offer)
{
    yajl_val *entry, o;
    size_t i, n;

    entry = xlgpu_json_array(j, j->root, "absent", ABSENT_MAX, &n);
    offer->absent = xlgpu_zalloc(n, sizeof(*offer->absent));
    for (i = 0; i < n; i++) {
        o = xlgpu_json_entry(j, entry[i], "absent");
        offer->absent[offer->n_absent++] = (struct xlgpu_absent){
            .kind = xlgpu_json_word(j, o, "kind", absent_word,
                                    N(absent_word)),
            .name = xlgpu_strdup(xlgpu_json_string(j, o, "name",
                                                   XLGPU_MOVING_TEXT_MAX)),
            .why = xlgpu_strdup(xlgpu_json_string(j, o, "why",
                                                  XLGPU_MOVING_TEXT_MAX)),
        };
    }
}

static void read_all(struct xlgpu_json *j, struct xlgpu_offer *offer)
{
    offer->protocol = xlgpu_json_number(j, j->root, "protocol", 255);
    offer->host = xlgpu_strdup(xlgpu_json_string(j, j->root, "host",
                                                 HOST_MAX));
    xlgpu_json_xen(j, &offer->xen);
    offer->iommu = xlgpu_json_bool(j, j->root, "iommu");
    offer->memory_free = xlgpu_json_number(j, j->root, "memory_free",
                                           INT64_MAX);
    offer->dom0_shrinks = xlgpu_json_bool(j, j->root, "dom0_shrinks");
    offer->name_free = xlgpu_json_bool(j, j->root, "name_free");
    offer->uuid_free = xlgpu_json_bool(j, j->root, "uuid_free");
    read_room(j, &offer->room);
    read_absent(j, offer);
}

char *xlgpu_offer_parse(const char *text, struct xlgpu_offer *offer)
{
    struct xlgpu_json j;

    *offer = (struct xlgpu_offer){ 0 };
    xlgpu_json_parse(&j, text);
    if (!j.why) read_all(&j, offer);
    return xlgpu_json_end(&j);
}

void xlgpu_offer_dispose(struct xlgpu_offer *offer)
{
    size_t i;

    for (i = 0; i < offer->n_absent; i++) {
        free(offer->absent[i].name);
        free(offer->absent[i].why);
    }
    free(offer->absent);
    free(offer->room.differs);
    free(offer->host);
    *offer = (struct xlgpu_offer){ 0 };
}
