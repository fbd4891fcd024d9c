/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MOVING and OFFER: what one side writes, the other reads, and nothing
 * else. */
#include "unit.h"

#include <stdio.h>

#include "alloc.h"
#include "migrate/moving.h"
#include "migrate/offer.h"

#define UUID "11111111-2222-3333-4444-555555555555"

/* ---- Guests and targets with all that they can have ---- */

static struct xlgpu_moving_device devices[] = {
    { { 0, 5, 0, 0 }, 7, "8086:10fb" }, { { 1, 6, 0x1f, 7 }, 0, "" },
};
static char *disks[] = { (char *)"/dev/vg/a", (char *)"/srv/b \"$(x)\".img" };
static char *bridges[] = { (char *)"xenbr0" };

static const struct xlgpu_moving full = {
    .uuid = UUID, .name = (char *)"a guest", .domid = 3,
    .type = XLGPU_GUEST_PV, .memory = 1 << 29, .memory_max = 1ull << 40,
    .xen = { 4, 17, { 1, 0xffffffff, 3 }, 3 },
    .partition = { 0, 1, 0x10, 2 }, .vslot = 6,
    .shape = { 0x8086, 0x56c0, 0x8086, 0x4905, 0x030000,
               { { 0x10, 0x40 }, { 0x11, 0x80 }, { 0x0e, 0x100 } }, 3, 8,
               { { 1 << 24, XLGPU_BAR_MEM }, { 0, 0 },
                 { 1ull << 32, XLGPU_BAR_MEM | XLGPU_BAR_64 } },
               4ull << 30 },
    .gpu_vendor = 1, .gpu_device = 2, .gpu_subvendor = 3,
    .gpu_subdevice = 4, .gpu_memory = 5, .gpu_count = 6, .model = "flex170",
    .spec = (char *)"partition,memory=4096",
    .live = true, .restart = true, .announced = true,
    .poweroff_destroys = true,
    .device = devices, .n_devices = 2, .disk = disks, .n_disks = 2,
    .bridge = bridges, .n_bridges = 1,
    .records_dirty = XLGPU_YES, .dma_log = XLGPU_DMA_LOG_SOME,
    .mode = XLGPU_MODE_FREEZE,
};

static struct xlgpu_absent absent[] = {
    { XLGPU_ABSENT_DEVICE, (char *)"0000:05:00.0", (char *)"no such device" },
    { XLGPU_ABSENT_BRIDGE, (char *)"xenbr0", (char *)"no such bridge" },
};
static const struct xlgpu_offer offer = {
    .protocol = 1, .host = (char *)"h.example", .xen = { 4, 20, { 7 }, 1 },
    .iommu = true, .memory_free = 1ull << 33, .uuid_free = true,
    .room = { XLGPU_ROOM_OTHER_SHAPE, 0, (char *)"its class is 0 there" },
    .absent = absent, .n_absent = 2,
};

/* Written, read and written again it is the same text. */
static void both_are_read_as_they_were_written(void **state)
{
    char *text, *again, *why;
    struct xlgpu_moving m;
    struct xlgpu_offer o;

    (void)state;
    text = xlgpu_moving_json(&full);
    why = xlgpu_moving_parse(text, &m);
    if (why) fail_msg("%s", why);
    again = xlgpu_moving_json(&m);
    assert_string_equal(text, again);
    assert_null(xlgpu_shape_differs(&full.shape, &m.shape));
    assert_string_equal(m.disk[1], disks[1]);
    assert_int_equal(m.mode, XLGPU_MODE_FREEZE);
    assert_string_equal(m.device[0].id, "8086:10fb");
    /* As an older version has it. */
    assert_null(strstr(strstr(text, "0001:06:1f.7"), "\"id\""));
    assert_string_equal(m.device[1].id, "");
    free(text);
    free(again);
    xlgpu_moving_dispose(&m);

    text = xlgpu_offer_json(&offer);
    why = xlgpu_offer_parse(text, &o);
    if (why) fail_msg("%s", why);
    again = xlgpu_offer_json(&o);
    assert_string_equal(text, again);
    assert_string_equal(o.absent[1].why, "no such bridge");
    free(text);
    free(again);
    xlgpu_offer_dispose(&o);
}

/* ---- What is refused ---- */

/* The text with the first such part replaced, which the caller frees. */
static char *with(const char *text, const char *part, const char *instead)
{
    const char *at = strstr(text, part);

    assert_non_null(at);
    return xlgpu_asprintf("%.*s%s%s", (int)(at - text), text, instead,
                          at + strlen(part));
}

static const struct {
    const char *part, *instead, *why;
} moving_wrong[] = {
    { UUID, "../../../etc/passwd", "\"uuid\"" },
    { UUID, "11111111-2222-3333-4444-55555555555A", "\"uuid\"" },
    { "\"a guest\"", "\"\"", "\"name\"" },
    { "\"a guest\"", "\"a\\nb\"", "\"name\"" },
    { "\"a guest\"", "null", "\"name\"" },
    { "\"domid\":3", "\"domid\":-1", "\"domid\"" },
    { "\"domid\":3", "\"domid\":4294967296", "\"domid\"" },
    { "\"domid\":3", "\"domid\":3.0", "\"domid\"" },
    { "\"domid\":3", "\"domid\":\"3\"", "\"domid\"" },
    { "\"domid\":3,", "", "\"domid\"" },
    { "\"pv\"", "\"xen\"", "\"type\"" },
    { "0000:01:10.2", "0000:01:10.8", "\"partition\"" },
    { "\"vslot\":6", "\"vslot\":32", "\"vslot\"" },
    { "\"msix\":8", "\"msix\":99999", "\"msix\"" },
    { "\"offset\":128", "\"offset\":4096", "\"offset\"" },
    { "\"live\":true", "\"live\":1", "\"live\"" },
    { "\"bars\":[", "\"bars\":[{\"size\":0,\"type\":0},", "\"bars\"" },
    { "\"features\":[1", "\"features\":[-1", "\"features\"" },
    { "\"disks\":[", "\"disks\":[7,", "\"disks\"" },
    { "\"devices\":[", "\"devices\":[[],", "\"devices\"" },
    { "\"8086:10fb\"", "\"8086:10fbb\"", "\"id\"" },
    { "\"8086:10fb\"", "\"8086:10FB\"", "\"id\"" },
    { "\"8086:10fb\"", "\"8086-10fb\"", "\"id\"" },
    { "\"8086:10fb\"", "\"\"", "\"id\"" },
    { "\"8086:10fb\"", "17", "\"id\"" },
    { "\"freeze\"", "\"frozen\"", "\"mode\"" },
    { "\"some\"", "\"most\"", "\"dma_log\"" },
    { "{", "[{", "no JSON object" },
    { "}", "", "" },
    { "{", "/**/{", "no JSON object" },
};

static void refused(const char *text, const char *expected)
{
    struct xlgpu_moving m;
    char *why = xlgpu_moving_parse(text, &m);

    if (!why) fail_msg("taken: %s", text);
    if (!strstr(why, expected)) fail_msg("%s: not for %s", why, expected);
    free(why);
    xlgpu_moving_dispose(&m);
}

static void a_moving_that_is_wrong_is_refused_with_the_reason(void **state)
{
    char *text = xlgpu_moving_json(&full), *wrong;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(moving_wrong) / sizeof(moving_wrong[0]); i++) {
        wrong = with(text, moving_wrong[i].part, moving_wrong[i].instead);
        refused(wrong, moving_wrong[i].why);
        free(wrong);
    }
    refused("", "no JSON object");
    refused("null", "no JSON object");
    refused("{}", "\"uuid\"");
    free(text);
}

/* It would be freed by recursion. */
static void what_is_nested_deeply_is_refused(void **state)
{
    static const char head[] = "{\"a\":";
    size_t n = 2u << 20;
    char *text = xlgpu_zalloc(sizeof(head) + 2 * n + 1, 1);
    char *at = text + sizeof(head) - 1;

    (void)state;
    strcpy(text, head);
    memset(at, '[', n);
    memset(at + n, ']', n);
    at[2 * n] = '}';
    refused(text, "no JSON object");
    free(text);
}

static void a_list_has_a_bound(void **state)
{
    char *text = xlgpu_moving_json(&full), *list, *longer, *wrong;
    unsigned int i;

    (void)state;
    list = xlgpu_strdup("\"disks\":[");
    for (i = 0; i < XLGPU_MOVING_LIST_MAX; i++) {
        longer = xlgpu_asprintf("%s\"/x\",", list);
        free(list);
        list = longer;
    }
    wrong = with(text, "\"disks\":[", list);
    refused(wrong, "\"disks\"");
    free(wrong);
    free(list);
    free(text);
}

static void an_offer_that_is_wrong_is_refused(void **state)
{
    static const char *const wrong[][2] = {
        { "\"other shape\"", "\"free\"" }, { "\"bridge\"", "\"carpet\"" },
        { "\"free\":0", "\"free\":1" }, { "\"iommu\":true", "\"iommu\":0" },
        { "\"absent\":[", "\"absent\":[null," }, { "\"protocol\":1,", "" },
    };
    char *text = xlgpu_offer_json(&offer), *changed, *why;
    struct xlgpu_offer o;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        changed = with(text, wrong[i][0], wrong[i][1]);
        why = xlgpu_offer_parse(changed, &o);
        if (!why) fail_msg("taken: %s", changed);
        free(why);
        free(changed);
        xlgpu_offer_dispose(&o);
    }
    free(text);
}

static void a_name_that_is_no_text_is_not_written(void **state)
{
    struct xlgpu_moving m = full;

    (void)state;
    m.name = (char *)"\xff\xfe";
    assert_null(xlgpu_moving_json(&m));
    m.name = (char *)"a\nb";
    assert_null(xlgpu_moving_json(&m));
}

UNIT_TESTS(both_are_read_as_they_were_written,
           a_moving_that_is_wrong_is_refused_with_the_reason,
           what_is_nested_deeply_is_refused,
           a_list_has_a_bound,
           an_offer_that_is_wrong_is_refused,
           a_name_that_is_no_text_is_not_written)
