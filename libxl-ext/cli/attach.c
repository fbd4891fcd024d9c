/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-attach and xl gpu-detach. The JSON document is described in
 * xl-gpu(8). */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "domain/assign.h"
#include "domain/config.h"
#include "domain/lock.h"
#include "domain/settle.h"
#include "emit.h"
#include "policy/slot.h"
#include "xenstore/journal.h"

/* What became of the guest's device; NULL: it has none. */
static int print(const struct xlgpu_guest *guest, const struct xlgpu_bdf *bdf,
                 unsigned int vslot, bool changed)
{
    struct xlgpu_emit *e = xlgpu_emit_open(true);
    char text[XLGPU_BDF_LEN];

    xlgpu_emit_string(e, "name", XLGPU_JSON_ONLY, guest->name);
    xlgpu_emit_string(e, "uuid", XLGPU_JSON_ONLY, guest->uuid);
    xlgpu_emit_string(e, "bdf", XLGPU_JSON_ONLY,
                      bdf ? xlgpu_bdf_format(*bdf, text) : NULL);
    if (bdf)
        xlgpu_emit_number(e, "slot", XLGPU_JSON_ONLY, vslot);
    else
        xlgpu_emit_null(e, "slot", XLGPU_JSON_ONLY);
    xlgpu_emit_bool(e, "changed", changed);
    return xlgpu_emit_close(e);
}

static int find_guest(const struct xlgpu_host *host, const char *name,
                      const struct xlgpu_guest **guest_r)
{
    *guest_r = xlgpu_guests_find(&host->guests, name);
    if (!*guest_r)
        return xlgpu_fail(XLGPU_NOT_FOUND, name,
                          "xl list shows those that run", "no such domain");
    if (xlgpu_journal_names((*guest_r)->uuid))
        return xlgpu_fail(XLGPU_IN_USE, name, "wait for its end; after a "
                          "crash xl gpu-recover settles it",
                          "a migration of it is not settled");
    return XLGPU_OK;
}

static int parse_spec(const char *text, struct xlgpu_spec *spec)
{
    char *why = xlgpu_spec_parse(text, spec);
    int rc = XLGPU_OK;

    if (why)
        rc = xlgpu_fail(XLGPU_USAGE, text, "see xl-gpu.cfg(5)", "%s", why);
    free(why);
    return rc;
}

/* Rule 1, for guests of a plain pci= too. */
static int check_none_yet(const struct xlgpu_host *host,
                          const struct xlgpu_guest *guest)
{
    unsigned int index;
    size_t i;

    for (i = 0; i < guest->n_devices; i++)
        if (xlgpu_inventory_find_partition(&host->inventory, guest->device[i],
                                           &index))
            return xlgpu_fail(XLGPU_IN_USE, guest->name,
                              "a guest can have only one, see xl gpu-list -l",
                              "it has a partition already");
    return XLGPU_OK;
}

static int choose_slot(const struct xlgpu_guest *guest, uint32_t slots,
                       struct xlgpu_request *request)
{
    unsigned int wanted = request->spec->vslot;

    request->vslot = wanted ? wanted : xlgpu_slot_choose(slots);
    if (!request->vslot)
        return xlgpu_fail(XLGPU_IN_USE, guest->name, "detach a device first",
                          "no slot of its PCI bus is left");
    if (slots & 1u << request->vslot)
        return xlgpu_fail(XLGPU_IN_USE, guest->name, "choose another vslot=",
                          "slot %x of its PCI bus is taken", wanted);
    return XLGPU_OK;
}

/* The reservation, once the guest has the device. */
static int confirm(struct xlgpu_host *host, const struct xlgpu_record *record)
{
    struct xlgpu_record held = *record;
    int rc;

    held.state = XLGPU_HELD;
    held.owner = (struct xlgpu_owner){ 0 };
    rc = xlgpu_store_replace(host->store, record, &held);
    /* Then another command has seen the device there, and said the same. */
    return rc == XLGPU_IN_USE ? XLGPU_OK : rc;
}

static int attach(struct xlgpu_host *host, const struct xlgpu_guest *guest,
                  struct xlgpu_request *request, bool json)
{
    char bdf[XLGPU_BDF_LEN];
    struct xlgpu_record record;
    uint32_t slots;
    int rc;

    if (request->spec->type == XLGPU_SPEC_PARTITION) {
        rc = check_none_yet(host, guest);
        if (rc) return rc;
    }
    rc = xlgpu_config_check_running(host->xen, guest->domid, guest->name,
                                    &slots);
    if (rc) return rc;
    rc = choose_slot(guest, slots, request);
    if (rc) return rc;
    rc = xlgpu_assign(host, request, &record);
    if (rc) return rc;

    xlgpu_bdf_format(record.bdf, bdf);
    if (!host->dry_run) {
        if (xlgpu_xen_attach(host->xen, guest->domid, record.bdf,
                             record.vslot)) {
            xlgpu_release(host, &record);
            return xlgpu_fail(XLGPU_FAILED, guest->name,
                              "xl -v gpu-attach says more",
                              "libxl could not attach %s", bdf);
        }
        rc = confirm(host, &record);
        if (rc) return rc;
    }
    if (json) return print(guest, &record.bdf, record.vslot, true);
    printf("%s: %s%s in slot %x\n", guest->name,
           host->dry_run ? "would get " : "", bdf, record.vslot);
    return XLGPU_OK;
}

int main_attach(int argc, char **argv, struct xlgpu_globals globals)
{
    struct xlgpu_spec spec;
    struct xlgpu_request request = { .spec = &spec };
    const struct xlgpu_guest *found;
    struct xlgpu_guest guest;
    struct xlgpu_host host;
    bool json = false;
    int opt, rc;

    while ((opt = xlgpu_getopt(argc, argv, "nj")) != -1) {
        if (opt == 'n') globals.dry_run = true;
        if (opt == 'j') json = true;
    }
    argc -= optind;
    if (argc < 1 || argc > 2) return xlgpu_usage(argv[0]);
    rc = parse_spec(argc == 2 ? argv[optind + 1] : "partition", &spec);
    if (rc) return rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout =
                                        !globals.dry_run &&
                                        spec.type == XLGPU_SPEC_PASSTHROUGH,
                                    .dry_run = globals.dry_run,
                                    .verbose = globals.verbose });
    if (!rc) rc = find_guest(&host, argv[optind], &found);
    if (!rc) {
        /* The host may be read anew before the guest has its partition. */
        guest = *found;
        guest.name = xlgpu_strdup(found->name);
        request.what = guest.name;
        strcpy(request.uuid, guest.uuid);
        request.numa_node = xlgpu_xen_node_of_domain(host.xen, guest.domid);
        /* One that was created with gpu= has its lock all its life. */
        request.hot_plugged = !xlgpu_guest_locked(guest.uuid);
        rc = attach(&host, &guest, &request, json);
        free(guest.name);
    }
    xlgpu_host_close(&host);
    return rc;
}

/* While xl builds the domain it has no devices yet, and will get them. */
static int check_settled(const struct xlgpu_host *host,
                         const struct xlgpu_guest *guest,
                         const struct xlgpu_record *held)
{
    uint32_t slots;

    if (held->state == XLGPU_RESERVED)
        return xlgpu_fail(XLGPU_IN_USE, guest->name, "try again",
                          "it is just being given its partition");
    if (xlgpu_guest_has_device(guest, held->bdf)) return XLGPU_OK;
    return xlgpu_config_check_running(host->xen, guest->domid, guest->name,
                                      &slots);
}

/* Its partition; or what it has of the GPU that is named. */
static const struct xlgpu_record *find_held(const struct xlgpu_host *host,
                                            const struct xlgpu_guest *guest,
                                            const struct xlgpu_gpu *gpu)
{
    const struct xlgpu_record *partition =
        xlgpu_records_find_uuid(&host->records, guest->uuid);

    if (!gpu || (partition && xlgpu_bdf_equal(partition->gpu, gpu->bdf)))
        return partition;
    return xlgpu_records_find_whole(&host->records, guest->uuid, &gpu->bdf);
}

/* It has not what is to be taken from it. */
static int nothing_held(const struct xlgpu_host *host,
                        const struct xlgpu_guest *guest,
                        const struct xlgpu_gpu *gpu, bool json)
{
    if (!gpu && xlgpu_records_find_whole(&host->records, guest->uuid, NULL))
        return xlgpu_fail(XLGPU_NOT_FOUND, guest->name,
                          "name the GPU, xl gpu-list -l shows who has one",
                          "it has no partition");
    if (json) return print(guest, NULL, 0, false);
    printf("%s: it has %s, as before\n", guest->name,
           gpu ? "nothing of that GPU" : "no partition");
    return XLGPU_OK;
}

static int detach(struct xlgpu_host *host, const struct xlgpu_guest *guest,
                  const struct xlgpu_gpu *gpu, bool json)
{
    const struct xlgpu_record *held = find_held(host, guest, gpu);
    struct xlgpu_record leaving;
    char bdf[XLGPU_BDF_LEN];
    int rc;

    if (!held) return nothing_held(host, guest, gpu, json);
    xlgpu_bdf_format(held->bdf, bdf);
    rc = check_settled(host, guest, held);
    if (rc) return rc;
    leaving = *held;
    if (host->dry_run) {
        if (json) return print(guest, &leaving.bdf, leaving.vslot, true);
        printf("%s: would lose %s\n", guest->name, bdf);
        return XLGPU_OK;
    }

    leaving.state = XLGPU_RESETTING;
    leaving.owner = xlgpu_owner_self();
    rc = xlgpu_store_replace(host->store, held, &leaving);
    if (rc == XLGPU_IN_USE)
        return xlgpu_fail(rc, guest->name, "try again",
                          "another command is changing its partition");
    if (rc) return rc;

    if (xlgpu_guest_has_device(guest, held->bdf) &&
        xlgpu_xen_detach(host->xen, guest->domid, held->bdf)) {
        xlgpu_store_replace(host->store, &leaving, held);
        return xlgpu_fail(XLGPU_FAILED, guest->name,
                          "stop what uses the GPU in the guest, or shut the "
                          "guest down",
                          "it did not let go of %s and keeps it", bdf);
    }
    rc = xlgpu_release(host, &leaving);
    if (!rc && json) return print(guest, &leaving.bdf, leaving.vslot, true);
    if (!rc) printf("%s: %s detached\n", guest->name, bdf);
    return rc;
}

int main_detach(int argc, char **argv, struct xlgpu_globals globals)
{
    const struct xlgpu_guest *guest;
    struct xlgpu_gpu *gpu = NULL;
    struct xlgpu_host host;
    bool json = false;
    int opt, rc;

    while ((opt = xlgpu_getopt(argc, argv, "nj")) != -1) {
        if (opt == 'n') globals.dry_run = true;
        if (opt == 'j') json = true;
    }
    argc -= optind;
    if (argc < 1 || argc > 2) return xlgpu_usage(argv[0]);

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout = argc == 2 &&
                                                     !globals.dry_run,
                                    .dry_run = globals.dry_run,
                                    .verbose = globals.verbose });
    if (!rc) rc = find_guest(&host, argv[optind], &guest);
    if (!rc && argc == 2)
        rc = xlgpu_find_gpu(&host.inventory, argv[optind + 1], &gpu);
    if (!rc) rc = detach(&host, guest, gpu, json);
    xlgpu_host_close(&host);
    return rc;
}
