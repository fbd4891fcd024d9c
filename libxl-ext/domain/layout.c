/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#include "domain/partition.h"
#include "domain/promised.h"
#include "domain/whole.h"
#include "policy/place.h"

/* ---- Whether it may be changed ---- */

static int in_use(const struct xlgpu_gpu *gpu, unsigned int index,
                  const struct xlgpu_guest *guest, const char *uuid,
                  enum xlgpu_partition_state state)
{
    char bdf[XLGPU_BDF_LEN];

    return xlgpu_fail(XLGPU_IN_USE, xlgpu_bdf_format(gpu->bdf, bdf),
                      "end its guests first, see xl gpu-list -l",
                      "partition %u is %s by %s", index,
                      xlgpu_partition_state_string(state),
                      guest ? guest->name : uuid);
}

/* By the records, also of partitions that are not there any more. */
static int check_records(const struct xlgpu_host *host,
                         const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_record *r;

    for (r = host->records.record;
         r < host->records.record + host->records.n; r++)
        if (xlgpu_bdf_equal(r->gpu, gpu->bdf) && *r->uuid &&
            r->index != XLGPU_WHOLE)
            return in_use(gpu, r->index,
                          xlgpu_guests_find_uuid(&host->guests, r->uuid),
                          r->uuid, r->state);
    return XLGPU_OK;
}

static int check_partition(const struct xlgpu_host *host,
                           const struct xlgpu_gpu *gpu, unsigned int i)
{
    const struct xlgpu_guest *guest =
        xlgpu_guests_find_device(&host->guests, gpu->partition[i].bdf);
    char bdf[XLGPU_BDF_LEN];

    if (guest) return in_use(gpu, i, guest, guest->uuid, XLGPU_HELD);
    if (!xlgpu_partition_is_idle(&gpu->partition[i]))
        return xlgpu_fail(XLGPU_IN_USE, xlgpu_bdf_format(gpu->bdf, bdf),
                          "take it from that driver first",
                          "partition %u is in use by dom0's driver %s", i,
                          gpu->partition[i].driver);
    return XLGPU_OK;
}

/* Rules 3 and 4: nothing changes while any of it is held or reserved. */
static int check_unused(const struct xlgpu_host *host,
                        const struct xlgpu_gpu *gpu)
{
    char bdf[XLGPU_BDF_LEN];
    unsigned int i;
    int rc;

    if (gpu->unreadable)
        return xlgpu_fail(XLGPU_FAILED, xlgpu_bdf_format(gpu->bdf, bdf),
                          "see the kernel's log, and try again",
                          "some of its partitions can't be read");
    rc = check_records(host, gpu);
    for (i = 0; !rc && i < gpu->count; i++)
        rc = check_partition(host, gpu, i);
    return rc;
}

/* The GPU, and where its count is its module's, the module's other ones. */
static int check_all_unused(const struct xlgpu_host *host,
                            const struct xlgpu_gpu *gpu, unsigned int count)
{
    const struct xlgpu_driver *driver = xlgpu_driver_of(gpu);
    bool all = driver->of_module && count != gpu->count;
    int rc = check_unused(host, gpu);
    const struct xlgpu_gpu *other;
    size_t i;

    for (i = 0; !rc && all && i < host->inventory.n; i++) {
        other = &host->inventory.gpu[i];
        if (xlgpu_driver_of(other) != driver) continue;
        rc = check_unused(host, other);
        if (!rc) rc = xlgpu_promised_check(other, count);
    }
    return rc;
}

static int check_whole(const struct xlgpu_host *host,
                       const struct xlgpu_gpu *gpu)
{
    const char *holder = xlgpu_whole_holder(host, gpu->bdf);
    char bdf[XLGPU_BDF_LEN];

    if (!holder) return XLGPU_OK;
    return xlgpu_fail(XLGPU_IN_USE, xlgpu_bdf_format(gpu->bdf, bdf),
                      "end that guest first",
                      "it is assigned as a whole to %s", holder);
}

static int check_count(const struct xlgpu_gpu *gpu, unsigned int count)
{
    char bdf[XLGPU_BDF_LEN], *why, *remedy;
    int rc;

    rc = xlgpu_count_check(gpu, count, &why, &remedy);
    if (rc)
        xlgpu_fail(rc, xlgpu_bdf_format(gpu->bdf, bdf), remedy, "%s", why);
    free(why);
    free(remedy);
    return rc;
}

/* What the GPU has now, as far as is known. */
struct present {
    struct xlgpu_want want;
    bool unknown; /* what its partitions were given */
};

bool xlgpu_layout_was_cut_off(const struct xlgpu_host *host,
                              struct xlgpu_bdf gpu)
{
    struct xlgpu_change *change = NULL;
    bool found = false;
    size_t i, n = 0;

    if (xlgpu_store_changes(host->store, &change, &n)) n = 0;
    for (i = 0; i < n; i++)
        if (xlgpu_bdf_equal(change[i].gpu, gpu)) found = true;
    free(change);
    return found;
}

/* The driver rounds a size up, by less than this. */
#define MEMORY_GRANULE (8ull << 20)

static bool has_memory(const struct xlgpu_gpu *gpu, uint64_t memory)
{
    uint64_t now = xlgpu_partition_memory(gpu);

    return !memory || (now >= memory && now - memory < MEMORY_GRANULE);
}

struct xlgpu_want xlgpu_layout_now(const struct xlgpu_gpu *gpu,
                                   const struct xlgpu_desired *desired)
{
    struct xlgpu_want now = { .count = gpu->count };

    if (desired && desired->count == gpu->count) now.each = desired->each;
    return now;
}

static struct present present(const struct xlgpu_host *host,
                              const struct xlgpu_gpu *gpu,
                              const struct xlgpu_desired *desired)
{
    struct present now = { .want = xlgpu_layout_now(gpu, desired) };

    if (desired && desired->count == gpu->count)
        now.unknown = !has_memory(gpu, desired->each.memory);
    /* gim gives its partitions nothing that could be unknown. */
    if (!xlgpu_driver_of(gpu)->of_module &&
        xlgpu_layout_was_cut_off(host, gpu->bdf))
        now.unknown = true;
    return now;
}

static bool differs(const struct xlgpu_want *want, const struct present *now)
{
    return want->count != now->want.count || (want->count && now->unknown) ||
           !xlgpu_resources_equal(&want->each, &now->want.each);
}

static bool is_running(const struct xlgpu_host *host,
                       const struct xlgpu_gpu *gpu, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < gpu->count; i++)
        if (strcmp(gpu->partition[i].driver, XLGPU_PCIBACK)) return false;
    return !gpu->unreadable && count == gpu->count &&
           xlgpu_records_match(&host->records, gpu);
}

bool xlgpu_layout_is(const struct xlgpu_host *host,
                     const struct xlgpu_gpu *gpu,
                     const struct xlgpu_desired *desired)
{
    return is_running(host, gpu, desired ? desired->count : 0) &&
           (!desired || has_memory(gpu, desired->each.memory)) &&
           !xlgpu_layout_was_cut_off(host, gpu->bdf);
}

bool xlgpu_layout_is_of(const struct xlgpu_desired *desired,
                        const struct xlgpu_gpu *gpu)
{
    return !desired->vendor || (desired->vendor == gpu->vendor &&
                                desired->device == gpu->device);
}

static bool is_done(const struct xlgpu_host *host, const struct xlgpu_gpu *gpu,
                    const struct xlgpu_want *want, const struct present *now)
{
    return is_running(host, gpu, want->count) && !differs(want, now);
}

static int check(const struct xlgpu_host *host, const struct xlgpu_gpu *gpu,
                 const struct xlgpu_want *want, const struct present *now)
{
    int rc = check_whole(host, gpu);

    if (!rc && want->count) rc = check_count(gpu, want->count);
    if (!rc) rc = xlgpu_promised_check(gpu, want->count);
    if (rc || is_done(host, gpu, want, now)) return rc;
    rc = check_all_unused(host, gpu, want->count);
    return rc ? rc : xlgpu_pf_check(gpu, want);
}

static struct xlgpu_desired desire(const struct xlgpu_gpu *gpu,
                                   const struct xlgpu_want *want)
{
    return (struct xlgpu_desired){ .gpu = gpu->bdf,
                                   .vendor = gpu->vendor,
                                   .device = gpu->device,
                                   .count = want->count,
                                   .each = want->each };
}

static bool same_desire(const struct xlgpu_desired *old,
                        const struct xlgpu_desired *new)
{
    if (!old) return !new->count;
    return old->count == new->count && old->vendor == new->vendor &&
           old->device == new->device &&
           xlgpu_resources_equal(&old->each, &new->each);
}

int xlgpu_layout_check(const struct xlgpu_host *host,
                       const struct xlgpu_gpu *gpu,
                       const struct xlgpu_want *want,
                       enum xlgpu_need *need_r)
{
    struct xlgpu_desired new = desire(gpu, want);
    const struct xlgpu_desired *old;
    struct xlgpu_layout layout;
    struct present now;
    bool noted;
    int rc = xlgpu_desired_read(&layout);

    if (rc) return rc;
    old = xlgpu_desired_find(&layout, gpu->bdf);
    now = present(host, gpu, old);
    noted = same_desire(old, &new);
    xlgpu_layout_dispose(&layout);
    if (need_r)
        *need_r = !is_done(host, gpu, want, &now) ? XLGPU_NEED_CHANGE
                  : noted                         ? XLGPU_NEED_NOTHING
                                                  : XLGPU_NEED_NOTE;
    return check(host, gpu, want, &now);
}

/* ---- The change ---- */

static int unbind_all(struct xlgpu_host *host, const struct xlgpu_gpu *gpu)
{
    unsigned int i;
    int rc = XLGPU_OK;

    for (i = 0; !rc && i < gpu->count; i++)
        rc = xlgpu_partition_unbind(host->xen, gpu->partition[i].bdf,
                                    host->conf.reset_timeout);
    return rc;
}

/* Makes the bindings and the records follow what the GPU has now. */
static int take_over(struct xlgpu_host *host, struct xlgpu_gpu *gpu)
{
    unsigned int i;
    int rc;

    rc = xlgpu_gpu_read_partitions(gpu);
    for (i = 0; !rc && i < gpu->count; i++)
        rc = xlgpu_partition_bind(host->xen, gpu->partition[i].bdf);
    /* Whose they are by now. */
    if (!rc) rc = xlgpu_gpu_read_partitions(gpu);
    if (rc) return rc;
    return xlgpu_store_set_layout(host->store, gpu,
                                  xlgpu_partition_memory(gpu));
}

static int change(struct xlgpu_host *host, struct xlgpu_gpu *gpu,
                  const struct xlgpu_want *want, const struct present *now)
{
    int rc;

    if (differs(want, now)) {
        rc = unbind_all(host, gpu);
        if (!rc) rc = xlgpu_pf_set(gpu, want, &now->want);
        if (rc) return rc;
    }
    return take_over(host, gpu);
}

/* Back to what was desired, and to what the GPU has now. */
static void undo(struct xlgpu_host *host, struct xlgpu_gpu *gpu,
                 const struct xlgpu_desired *old, const struct xlgpu_want *now)
{
    struct xlgpu_desired none = desire(gpu, &(struct xlgpu_want){ 0 });
    struct xlgpu_want half = { 0 };

    xlgpu_desired_set(old ? old : &none);
    /* The driver has given back what was there, but for the last steps. */
    if (xlgpu_gpu_read_partitions(gpu)) return;
    half.count = gpu->count;
    if (half.count != now->count) {
        if (unbind_all(host, gpu)) return;
        if (xlgpu_pf_set(gpu, now, &half)) return;
    }
    take_over(host, gpu);
}

static int change_known(struct xlgpu_host *host, struct xlgpu_gpu *gpu,
                        const struct xlgpu_want *want,
                        const struct xlgpu_desired *old)
{
    struct present now = present(host, gpu, old);
    struct xlgpu_desired new = desire(gpu, want);
    int rc;

    rc = check(host, gpu, want, &now);
    if (rc) return rc;
    if (is_done(host, gpu, want, &now))
        return same_desire(old, &new) ? XLGPU_OK : xlgpu_desired_set(&new);

    rc = xlgpu_store_begin_change(host->store, gpu->bdf);
    if (rc) return rc;
    rc = same_desire(old, &new) ? XLGPU_OK : xlgpu_desired_set(&new);
    if (!rc) rc = change(host, gpu, want, &now);
    /* What hangs can't be undone, and is finished by gpu-recover. */
    if (rc == XLGPU_HANGS) return XLGPU_FAILED;
    if (rc) undo(host, gpu, old, &now.want);
    return rc;
}

int xlgpu_layout_change(struct xlgpu_host *host, struct xlgpu_gpu *gpu,
                        const struct xlgpu_want *want)
{
    struct xlgpu_layout layout;
    int rc = xlgpu_desired_read(&layout);

    if (rc) return rc;
    rc = change_known(host, gpu, want, xlgpu_desired_find(&layout, gpu->bdf));
    xlgpu_layout_dispose(&layout);
    if (!rc) rc = xlgpu_host_refresh(host);
    /* Before anybody else may take it. */
    return rc ? rc : xlgpu_promised_restore(host);
}

int xlgpu_layout_apply(struct xlgpu_host *host,
                       const struct xlgpu_desired *desired, bool *needed_r)
{
    struct xlgpu_gpu *gpu = xlgpu_inventory_find(&host->inventory,
                                                 desired->gpu);
    struct xlgpu_want want = { desired->count, desired->each };
    char bdf[XLGPU_BDF_LEN];

    if (needed_r) *needed_r = gpu && !xlgpu_layout_is(host, gpu, desired);
    xlgpu_bdf_format(desired->gpu, bdf);
    if (!gpu)
        return xlgpu_fail(XLGPU_NOT_FOUND, bdf,
                          "xl gpu-list shows those that there are",
                          "no such GPU on this host, %u partitions are "
                          "desired", desired->count);
    if (!xlgpu_layout_is_of(desired, gpu))
        return xlgpu_fail(XLGPU_FAILED, bdf,
                          "partition it, and that is desired from then on",
                          "it is another GPU than the desired %04x:%04x",
                          desired->vendor, desired->device);
    if (host->dry_run) return xlgpu_layout_check(host, gpu, &want, NULL);
    return xlgpu_layout_change(host, gpu, &want);
}
