/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gather.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxl_utils.h>

#include "alloc.h"
#include "domain/hypervisor.h"
#include "domain/partition.h"
#include "driver/driver.h"
#include "inventory/shape.h"
#include "inventory/sysfs.h"
#include "migrate/frame.h"
#include "policy/homogeneous.h"
#include "policy/place.h"
#include "xenstore/stale.h"

#define HOST_NAME_MAX_LEN 256

/* ---- Partitions that are like the guest's ---- */

/* Rule 5: hosts between which guests move have GPUs of one kind. */
static char *kind_differs(const struct xlgpu_gpu *gpu,
                          const struct xlgpu_moving *m)
{
    const struct xlgpu_traits here = {
        .vendor = gpu->vendor, .device = gpu->device,
        .subvendor = gpu->subvendor, .subdevice = gpu->subdevice,
        .memory = gpu->memory, .count = gpu->count,
        .driver = "", .driver_version = "", .firmware = "",
    };
    const struct xlgpu_traits source = {
        .vendor = m->gpu_vendor, .device = m->gpu_device,
        .subvendor = m->gpu_subvendor, .subdevice = m->gpu_subdevice,
        .memory = m->gpu_memory, .count = m->gpu_count,
        .driver = "", .driver_version = "", .firmware = "",
    };
    char *a, *b, *text = NULL;
    enum xlgpu_trait t;

    for (t = 0; !text && t < XLGPU_TRAITS; t++) {
        if (xlgpu_trait_differs(&here, &source, t) != XLGPU_UNLIKE) continue;
        a = xlgpu_trait_text(&here, t);
        b = xlgpu_trait_text(&source, t);
        text = xlgpu_asprintf("the %s of its GPU is %s there, %s here",
                              xlgpu_trait_name(t), a, b);
        free(a);
        free(b);
    }
    return text;
}

/* All partitions of a GPU are alike. NULL: they are like the guest's; else
 * how they differ, which the caller frees. */
static char *gpu_differs(const struct xlgpu_gpu *gpu,
                         const struct xlgpu_moving *m)
{
    struct xlgpu_shape shape;
    char *differs;
    int r;

    r = xlgpu_shape_read(gpu->partition[0].bdf, xlgpu_partition_memory(gpu),
                         &shape);
    if (r) return xlgpu_asprintf("they can't be read: %s", strerror(r));
    differs = xlgpu_shape_differs(&m->shape, &shape);
    return differs ? differs : kind_differs(gpu, m);
}

/*
 * What the guest's entry of gpu= still asks for here: gpu= names a GPU of the
 * host that it was written for, model and memory are in the shape.
 */
static void read_spec(const struct xlgpu_moving *m, struct xlgpu_spec *spec)
{
    struct xlgpu_spec asked;
    char *why;

    *spec = (struct xlgpu_spec){ .any_gpu = true };
    if (!*m->spec) return;
    /* What its source took, a target of another version may not. */
    why = xlgpu_spec_parse(m->spec, &asked);
    if (!why) strcpy(spec->group, asked.group);
    free(why);
}

/* Leaves the GPUs that are like the guest's; how the last other differs. */
static void keep_alike(const struct xlgpu_host *host,
                       const struct xlgpu_moving *m, struct xlgpu_rooms *rooms,
                       char **differs_r)
{
    const struct xlgpu_gpu *gpu;
    size_t i, n = 0;
    char *differs;

    for (i = 0; i < rooms->n; i++) {
        gpu = xlgpu_inventory_find(&host->inventory, rooms->room[i].gpu);
        differs = gpu && gpu->count ? gpu_differs(gpu, m)
                                    : xlgpu_strdup("its GPU is gone");
        if (differs) {
            free(*differs_r);
            *differs_r = differs;
            free(rooms->room[i].state);
        } else {
            rooms->room[n++] = rooms->room[i];
        }
    }
    rooms->n = n;
}

/* In the order in which placement would hand them out. */
static void take_all(const struct xlgpu_host *host,
                     const struct xlgpu_rooms *rooms,
                     const struct xlgpu_spec *spec, struct xlgpu_match **match,
                     size_t *n)
{
    struct xlgpu_wish wish = { .spec = spec,
                               .placement = host->conf.placement,
                               .numa_node = -1 };
    struct xlgpu_tried *tried = NULL;
    const struct xlgpu_gpu *gpu;
    struct xlgpu_place place;

    while (!xlgpu_place(rooms, &wish, &place)) {
        tried = xlgpu_realloc(tried, wish.n_tried + 1, sizeof(*tried));
        tried[wish.n_tried++] = (struct xlgpu_tried){ place.gpu,
                                                      place.index };
        wish.tried = tried;
        gpu = xlgpu_inventory_find(&host->inventory, place.gpu);
        if (place.index >= gpu->count) continue;
        *match = xlgpu_realloc(*match, *n + 1, sizeof(**match));
        (*match)[(*n)++] = (struct xlgpu_match){
            place.gpu, gpu->partition[place.index].bdf, place.index
        };
    }
    free(tried);
}

static bool any_free(const struct xlgpu_rooms *rooms)
{
    const struct xlgpu_room *r;
    unsigned int i;

    for (r = rooms->room; r < rooms->room + rooms->n; r++)
        for (i = 0; i < r->count && !r->taken; i++)
            if (r->state[i] == XLGPU_FREE) return true;
    return false;
}

static int find(struct xlgpu_host *host, const struct xlgpu_moving *m,
                struct xlgpu_offer_room *room, struct xlgpu_match **match,
                size_t *n)
{
    struct xlgpu_rooms rooms;
    struct xlgpu_spec spec;
    bool partitioned;
    int rc;

    *match = NULL;
    *n = 0;
    read_spec(m, &spec);
    rc = xlgpu_host_rooms(host, spec.group, &rooms);
    if (rc) return rc;
    partitioned = rooms.n;
    keep_alike(host, m, &rooms, &room->differs);
    take_all(host, &rooms, &spec, match, n);
    room->free = *n;
    room->state = *n                ? XLGPU_ROOM_FREE
                  : !partitioned    ? XLGPU_ROOM_NO_GPU
                  : !rooms.n        ? XLGPU_ROOM_OTHER_SHAPE
                  : any_free(&rooms) ? XLGPU_ROOM_OTHER_SPEC
                                    : XLGPU_ROOM_ALL_HELD;
    if (room->state != XLGPU_ROOM_OTHER_SHAPE) {
        free(room->differs);
        room->differs = NULL;
    }
    xlgpu_rooms_dispose(&rooms);
    return XLGPU_OK;
}

int xlgpu_gather_matches(struct xlgpu_host *host,
                         const struct xlgpu_moving *moving,
                         struct xlgpu_match **match_r, size_t *n_r)
{
    struct xlgpu_offer_room room = { 0 };
    int rc = find(host, moving, &room, match_r, n_r);

    free(room.differs);
    return rc;
}

/* ---- What else it has ---- */

static void add_absent(struct xlgpu_offer *o, enum xlgpu_absent_kind kind,
                       const char *name, const char *why)
{
    o->absent = xlgpu_realloc(o->absent, o->n_absent + 1, sizeof(*o->absent));
    o->absent[o->n_absent++] = (struct xlgpu_absent){
        kind, xlgpu_strdup(name), xlgpu_strdup(why)
    };
}

static bool is_ours(const struct xlgpu_host *host, struct xlgpu_bdf bdf)
{
    const struct xlgpu_record *r;

    for (r = host->records.record;
         r < host->records.record + host->records.n; r++)
        if (xlgpu_bdf_equal(r->bdf, bdf)) return true;
    return false;
}

/* As libxl says "assignable": pciback has it, and no domain. */
static const char *why_no_device(const struct xlgpu_host *host,
                                 struct xlgpu_bdf bdf)
{
    char driver[XLGPU_DRIVER_NAME_MAX];

    if (xlgpu_sysfs_driver(bdf, driver, sizeof(driver)))
        return "there is no such device";
    if (is_ours(host, bdf)) return "it is given away by gpu= there";
    if (strcmp(driver, XLGPU_PCIBACK)) return "it is not assignable";
    if (xlgpu_libxl_note(bdf) != XLGPU_NOTE_NONE)
        return "another guest has it";
    return NULL;
}

/* NULL: it is what the guest has; else text, which the caller frees. A source
 * of an older version does not say. */
static char *differs(const struct xlgpu_moving_device *d)
{
    char id[XLGPU_ID_LEN];

    if (!*d->id) return NULL;
    if (xlgpu_sysfs_id(d->bdf, id))
        return xlgpu_strdup("what it is can't be read");
    return strcmp(id, d->id)
               ? xlgpu_asprintf("it is %s there, %s here", id, d->id) : NULL;
}

static void find_device(const struct xlgpu_host *host,
                        const struct xlgpu_moving_device *d,
                        struct xlgpu_offer *o)
{
    const char *why = why_no_device(host, d->bdf);
    char bdf[XLGPU_BDF_LEN], *other = why ? NULL : differs(d);

    if (other) why = other;
    if (why)
        add_absent(o, XLGPU_ABSENT_DEVICE, xlgpu_bdf_format(d->bdf, bdf), why);
    free(other);
}

static const char *why_no_disk(const char *path)
{
    struct stat st;

    if (*path != '/' || stat(path, &st)) return "there is no such file";
    return S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)
               ? NULL : "it is neither a file nor a block device";
}

static const char *why_no_bridge(const char *name)
{
    static const struct xlgpu_bdf no_device;
    char *path;
    bool there;

    if (!*name || strchr(name, '/') || !strcmp(name, ".."))
        return "it is no name of a bridge";
    path = xlgpu_asprintf("/class/net/%s/bridge", name);
    there = xlgpu_sysfs_exists(no_device, path);
    free(path);
    return there ? NULL : "there is no such bridge";
}

static void find_absent(const struct xlgpu_host *host,
                        const struct xlgpu_moving *m, struct xlgpu_offer *o)
{
    const char *why;
    size_t i;

    for (i = 0; i < m->n_devices; i++) find_device(host, &m->device[i], o);
    for (i = 0; i < m->n_disks; i++) {
        why = why_no_disk(m->disk[i]);
        if (why) add_absent(o, XLGPU_ABSENT_DISK, m->disk[i], why);
    }
    for (i = 0; i < m->n_bridges; i++) {
        why = why_no_bridge(m->bridge[i]);
        if (why) add_absent(o, XLGPU_ABSENT_BRIDGE, m->bridge[i], why);
    }
}

/* ---- The host ---- */

static int read_host(struct xlgpu_host *host, struct xlgpu_offer *o)
{
    const libxl_version_info *version = libxl_get_version_info(host->xen);
    char name[HOST_NAME_MAX_LEN] = "";
    libxl_physinfo info;
    bool ok;

    libxl_physinfo_init(&info);
    ok = version && !libxl_get_physinfo(host->xen, &info);
    if (ok) {
        o->xen.major = version->xen_version_major;
        o->xen.minor = version->xen_version_minor;
        o->iommu = info.cap_hvm_directio;
        o->memory_free = (info.free_pages + info.scrub_pages) *
                         (uint64_t)version->pagesize;
        o->dom0_shrinks = !version->commandline ||
                          !strstr(version->commandline, "dom0_mem=");
    }
    libxl_physinfo_dispose(&info);
    if (!ok)
        return xlgpu_fail(XLGPU_FAILED, "libxl", NULL,
                          "can't ask for what the host has");
    o->xen.n_features = xlgpu_hypervisor_features(o->xen.feature,
                                                  XLGPU_FEATURES_MAX);
    if (gethostname(name, sizeof(name) - 1)) *name = '\0';
    o->host = xlgpu_strdup(name);
    return XLGPU_OK;
}

/* A guest of that UUID, or what one left. */
static void read_identity(struct xlgpu_host *host,
                          const struct xlgpu_moving *m, struct xlgpu_offer *o)
{
    uint32_t domid;

    o->name_free = libxl_name_to_domid(host->xen, m->name, &domid);
    o->uuid_free = !xlgpu_guests_find_uuid(&host->guests, m->uuid) &&
                   !xlgpu_records_find_uuid(&host->records, m->uuid);
}

int xlgpu_gather_offer(struct xlgpu_host *host,
                       const struct xlgpu_moving *moving,
                       struct xlgpu_offer *offer)
{
    struct xlgpu_match *match = NULL;
    size_t n;
    int rc;

    *offer = (struct xlgpu_offer){ .protocol = XLGPU_PROTOCOL };
    rc = read_host(host, offer);
    if (!rc) rc = find(host, moving, &offer->room, &match, &n);
    free(match);
    if (rc) return rc;
    if (!offer->room.differs) offer->room.differs = xlgpu_strdup("");
    read_identity(host, moving, offer);
    find_absent(host, moving, offer);
    return XLGPU_OK;
}
