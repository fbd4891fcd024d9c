/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "xl-gpu cluster": what the resource agents for Pacemaker (scripts/ocf) ask.
 * Lines of words, as a shell reads them; what comes from a name is last.
 *
 * UUID is - where the config has none.
 *
 *   need CONFIG               the guest's name, its UUID, what it needs
 *   state NAME UUID           "WORD DOMID", WORD as in migrate/managed.h
 *   abandon [-o] NAME UUID    what migrations left; -o: of former boots
 *   left CONFIG               "UUID HOST" where it has left this host
 *   room [NAME UUID NEEDS CONFIG]...
 *                       this node, and the cluster's guests; NEEDS, with
 *                       commas, is what Pacemaker takes off for one, or -:
 *                       "utilization ATTRIBUTE N"
 *                       "free ATTRIBUTE N of N"
 *                       "no-room I WHY"  the I-th has no partition, nor room
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/config.h"
#include "domain/xen.h"
#include "migrate/managed.h"
#include "policy/place.h"
#include "policy/utilization.h"
#include "xenstore/kept.h"
#include "xenstore/tombstone.h"

/* ---- Configs ---- */

/* Of a guest that this tool can start. Says what is wrong with it. */
static int read_config(const char *file, struct xlgpu_config *config)
{
    int rc = xlgpu_config_read(file, "", config);

    if (rc) return rc;
    if (!config->has_gpu)
        return xlgpu_fail(XLGPU_USAGE, file,
                          "see xl create -n of it; guests without a GPU are "
                          "for ocf:heartbeat:Xen",
                          "it has no gpu=, or xl can't read it");
    if (strpbrk(config->name, "\n\r"))
        return xlgpu_fail(XLGPU_USAGE, file, "rename it",
                          "its name has more than one line");
    if (!config->name[strspn(config->name, "0123456789")])
        return xlgpu_fail(XLGPU_USAGE, file, "rename it",
                          "xl takes the name %s for a domid", config->name);
    return XLGPU_OK;
}

static const struct xlgpu_spec *partition_of(const struct xlgpu_config *config)
{
    size_t i;

    for (i = 0; i < config->n_specs; i++)
        if (config->spec[i].type == XLGPU_SPEC_PARTITION)
            return &config->spec[i];
    return NULL;
}

static int need(const char *file)
{
    struct xlgpu_attributes list = { 0 };
    struct xlgpu_config config = { 0 };
    int rc = read_config(file, &config);
    size_t i;

    if (rc) goto out;
    if (partition_of(&config))
        xlgpu_utilization_need(partition_of(&config), &list);
    printf("%s\n%s\n", config.name, *config.uuid ? config.uuid : "-");
    for (i = 0; i < list.n; i++) printf("%s\n", list.attribute[i].name);
out:
    xlgpu_attributes_dispose(&list);
    xlgpu_config_dispose(&config);
    return rc;
}

static int left(const char *file)
{
    struct xlgpu_tombstone t = { 0 };
    struct xlgpu_config config = { 0 };
    char *path = realpath(file, NULL);
    int rc = read_config(file, &config);

    if (!rc)
        rc = xlgpu_tombstone_find(config.uuid, path ? path : "", config.name,
                                  &t);
    if (!rc) printf("%s %s\n", t.uuid, t.target);
    xlgpu_tombstone_dispose(&t);
    xlgpu_config_dispose(&config);
    free(path);
    return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
}

/* ---- One guest ---- */

static struct xlgpu_managed managed(char **argv)
{
    return (struct xlgpu_managed){ .name = argv[0],
                                   .uuid = strcmp(argv[1], "-") ? argv[1]
                                                                : "" };
}

static int state(struct xlgpu_managed who)
{
    enum xlgpu_presence presence;
    libxl_ctx *xen = NULL;
    uint32_t domid;
    int rc;

    rc = xlgpu_xen_open(&xen, false);
    if (!rc) rc = xlgpu_presence(xen, &who, &presence, &domid);
    if (!rc) printf("%s ", xlgpu_presence_string(presence));
    if (!rc && domid) printf("%u\n", domid);
    if (!rc && !domid) printf("-\n");
    xlgpu_xen_close(xen);
    return rc;
}

static int abandon(struct xlgpu_managed who, bool of_former_boots)
{
    libxl_ctx *xen = NULL;
    int rc = xlgpu_xen_open(&xen, false);

    if (!rc) rc = xlgpu_abandon(xen, &who, of_former_boots);
    xlgpu_xen_close(xen);
    return rc;
}

/* ---- The node ---- */

/* What its config says now is of its next start: it is known by what it was
 * started with. */
struct guest {
    struct xlgpu_managed who;
    struct xlgpu_attributes need;
    const char *config;
    bool has_one;
};

struct node {
    struct xlgpu_host host;
    struct xlgpu_rooms rooms;
    struct guest *guest;
    int n;
};

static struct guest *find_guest(const struct node *node, const char *name,
                                const char *uuid)
{
    struct guest *g;

    for (g = node->guest; g < node->guest + node->n; g++)
        if (xlgpu_managed_is(&g->who, name, uuid)) return g;
    return NULL;
}

/* By what is kept of it, which outlives its reboots and comes before it. */
static enum xlgpu_held_by holder(const struct node *node,
                                 const struct xlgpu_record *r,
                                 struct guest **guest_r)
{
    const struct xlgpu_guest *guest;
    struct xlgpu_kept kept = { 0 };
    enum xlgpu_held_by by;
    const char *name = NULL;

    *guest_r = NULL;
    if (!*r->uuid) return XLGPU_BY_UNKNOWN;
    guest = xlgpu_guests_find_uuid(&node->host.guests, r->uuid);
    if (!xlgpu_kept_read(r->uuid, &kept))
        name = kept.name;
    else if (guest)
        name = guest->name;
    if (name) *guest_r = find_guest(node, name, r->uuid);
    by = *guest_r ? XLGPU_BY_CLUSTER
         : name   ? XLGPU_BY_OTHERS
                  : XLGPU_BY_UNKNOWN;
    xlgpu_kept_dispose(&kept);
    return by;
}

static void add_partition(struct node *node, const struct xlgpu_room *room,
                          unsigned int index, struct xlgpu_attributes *have)
{
    static const struct xlgpu_record nobody;
    const struct xlgpu_record *r =
        xlgpu_records_find(&node->host.records, room->gpu, index);
    enum xlgpu_held_by by;
    struct guest *guest;

    by = holder(node, r ? r : &nobody, &guest);
    if (guest) guest->has_one = true;
    xlgpu_utilization_add(have, room->model, room->memory, room->state[index],
                          by, guest ? &guest->need : NULL);
}

static void print_attributes(const struct xlgpu_attributes *have)
{
    const struct xlgpu_attribute *a;

    for (a = have->attribute; a < have->attribute + have->n; a++)
        printf("utilization %s %u\n", a->name, a->usable);
    for (a = have->attribute; a < have->attribute + have->n; a++)
        if (a->exact)
            printf("free %s %u of %u\n", a->name, a->free, a->usable);
}

/* A config that can't be read is of a guest that can't be started. */
static int print_no_room(struct node *node, int index)
{
    struct xlgpu_wish wish = { .numa_node = -1 };
    struct xlgpu_config config = { 0 };
    struct xlgpu_rooms rooms = { 0 };
    struct xlgpu_place place;
    int rc = XLGPU_OK;

    if (node->guest[index].has_one) return XLGPU_OK;
    if (!read_config(node->guest[index].config, &config))
        wish.spec = partition_of(&config);
    if (wish.spec) {
        rc = xlgpu_host_rooms(&node->host, wish.spec->group, &rooms);
        if (!rc && xlgpu_place(&rooms, &wish, &place))
            printf("no-room %d %s\n", index, place.why);
    }
    xlgpu_rooms_dispose(&rooms);
    xlgpu_config_dispose(&config);
    return rc;
}

static int print_node(struct node *node)
{
    struct xlgpu_attributes have = { 0 };
    const struct xlgpu_room *room;
    unsigned int i;
    int n, rc = XLGPU_OK;

    for (room = node->rooms.room; room < node->rooms.room + node->rooms.n;
         room++)
        for (i = 0; !room->taken && i < room->count; i++)
            add_partition(node, room, i, &have);
    print_attributes(&have);
    for (n = 0; !rc && n < node->n; n++) rc = print_no_room(node, n);
    xlgpu_attributes_dispose(&have);
    return rc;
}

static int room(int argc, char **argv)
{
    struct node node = { .n = argc / 4 };
    int rc, i;

    node.guest = xlgpu_zalloc(node.n, sizeof(*node.guest));
    for (i = 0; i < node.n; i++, argv += 4) {
        node.guest[i].who = managed(argv);
        xlgpu_utilization_parse(argv[2], &node.guest[i].need);
        node.guest[i].config = argv[3];
    }
    rc = xlgpu_host_open(&node.host, (struct xlgpu_host_open){ 0 });
    if (!rc) rc = xlgpu_host_rooms(&node.host, "", &node.rooms);
    if (!rc) rc = print_node(&node);
    for (i = 0; i < node.n; i++)
        xlgpu_attributes_dispose(&node.guest[i].need);
    free(node.guest);
    xlgpu_rooms_dispose(&node.rooms);
    xlgpu_host_close(&node.host);
    return rc;
}

int main_cluster(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (!strcmp(what, "room") && argc % 4 == 2)
        return room(argc - 2, argv + 2);
    if (argc == 5 && !strcmp(what, "abandon") && !strcmp(argv[2], "-o"))
        return abandon(managed(argv + 3), true);
    if (argc == 4 && !strcmp(what, "abandon"))
        return abandon(managed(argv + 2), false);
    if (argc == 4 && !strcmp(what, "state")) return state(managed(argv + 2));
    if (argc == 3 && !strcmp(what, "need")) return need(argv[2]);
    if (argc == 3 && !strcmp(what, "left")) return left(argv[2]);
    return xlgpu_fail(XLGPU_USAGE, "cluster", NULL,
                      "it is for the resource agents of Pacemaker");
}
