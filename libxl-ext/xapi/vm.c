/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reserve, release: a partition for a VM, which gets it from xapi by the
 * address in its other-config:pci. It is promised to it (xenstore/promise.h)
 * until it is released, whether the VM runs or not.
 */
#include "functions.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cli/emit.h"
#include "domain/assign.h"
#include "domain/settle.h"
#include "driver/driver.h"
#include "xenstore/promise.h"

static const char *const keys[] = { "model", "memory", "gpu", "group" };

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* ---- What is asked for ---- */

static bool read_vm(const struct xlgpu_rpc_call *call,
                    char uuid[XLGPU_UUID_LEN], struct xlgpu_xapi_error *e)
{
    const char *text = xlgpu_rpc_arg(call, "vm");

    if (xlgpu_uuid_parse(text, uuid)) return true;
    xlgpu_xapi_error(e, "UUID_INVALID", "VM", text);
    return false;
}

/* As an entry of gpu= would say it: "partition,KEY=VALUE". */
static char *add_key(const char *spec, const char *key, const char *value,
                     struct xlgpu_xapi_error *e)
{
    char *text = xlgpu_asprintf("%s,%s=%s", spec, key, value), *why = NULL;
    struct xlgpu_spec parsed;

    if (strchr(value, ','))
        why = xlgpu_strdup("there is a comma in it");
    else
        why = xlgpu_spec_parse(text, &parsed);
    if (why) xlgpu_xapi_not_supported(e, key, value, why);
    free(why);
    return text;
}

static bool read_spec(const struct xlgpu_rpc_call *call,
                      struct xlgpu_spec *spec, struct xlgpu_xapi_error *e)
{
    char *text = xlgpu_strdup("partition"), *longer;
    const char *value;
    size_t i;

    for (i = 0; i < N_KEYS && !e->n; i++) {
        value = xlgpu_rpc_arg(call, keys[i]);
        if (!value) continue;
        longer = add_key(text, keys[i], value, e);
        free(text);
        text = longer;
    }
    if (!e->n) free(xlgpu_spec_parse(text, spec));
    free(text);
    return !e->n;
}

/* What its VM asks for is what it has. */
static bool fits(const struct xlgpu_host *host, const struct xlgpu_record *r,
                 const struct xlgpu_spec *spec)
{
    const struct xlgpu_gpu *gpu =
        xlgpu_inventory_find(&host->inventory, r->gpu);

    return gpu && (spec->any_gpu || xlgpu_bdf_equal(spec->gpu, r->gpu)) &&
           (!*spec->model || !strcmp(spec->model, gpu->model)) &&
           xlgpu_spec_has_memory(spec, xlgpu_partition_memory(gpu)) &&
           (!*spec->group ||
            xlgpu_conf_in_group(&host->conf, r->gpu, spec->group));
}

/* ---- The answer ---- */

/* r is NULL where there is, or was, none. */
static char *document(const char *uuid, bool changed,
                      const struct xlgpu_record *r)
{
    struct xlgpu_emit *emit = xlgpu_emit_open(true);
    char bdf[XLGPU_BDF_LEN], gpu[XLGPU_BDF_LEN], *pci = NULL;

    if (r) pci = xlgpu_asprintf("0/%s", xlgpu_bdf_format(r->bdf, bdf));
    xlgpu_emit_string(emit, "vm", XLGPU_JSON_ONLY, uuid);
    xlgpu_emit_string(emit, "bdf", XLGPU_JSON_ONLY, r ? bdf : NULL);
    /* As other-config:pci takes it: an order, and the address. */
    xlgpu_emit_string(emit, "pci", XLGPU_JSON_ONLY, pci);
    xlgpu_emit_string(emit, "gpu", XLGPU_JSON_ONLY,
                      r ? xlgpu_bdf_format(r->gpu, gpu) : NULL);
    xlgpu_emit_bool(emit, "changed", changed);
    free(pci);
    return xlgpu_emit_close_json(emit);
}

/* ---- reserve ---- */

static int promise(struct xlgpu_host *host, const struct xlgpu_record *r)
{
    const struct xlgpu_gpu *gpu =
        xlgpu_inventory_find(&host->inventory, r->gpu);
    struct xlgpu_promise p = { .gpu = r->gpu,
                               .index = r->index,
                               .bdf = r->bdf,
                               .count = gpu ? gpu->count : 0 };

    strcpy(p.uuid, r->uuid);
    return xlgpu_promise_write(&p);
}

static void no_partition(int rc, const struct xlgpu_rpc_call *call,
                         const char *uuid, struct xlgpu_xapi_error *e)
{
    const char *gpu = xlgpu_rpc_arg(call, "gpu");
    const char *group = xlgpu_rpc_arg(call, "group");
    const char *model = xlgpu_rpc_arg(call, "model");

    if (!model) model = "";
    if (rc != XLGPU_NO_ROOM && rc != XLGPU_UNABLE)
        xlgpu_xapi_failed(e, call->method);
    else if (gpu)
        xlgpu_xapi_error(e, "PGPU_INSUFFICIENT_CAPACITY_FOR_VGPU", gpu, model,
                         xlgpu_xapi_said());
    else
        xlgpu_xapi_error(e, "VM_REQUIRES_VGPU", uuid, group ? group : "",
                         model, xlgpu_xapi_said());
}

/* It has one already: that, or none. */
static char *keep(const struct xlgpu_rpc_call *call, struct xlgpu_host *host,
                  const struct xlgpu_record *r, const struct xlgpu_spec *spec,
                  struct xlgpu_xapi_error *e)
{
    bool promised = xlgpu_promise_names(r);
    char bdf[XLGPU_BDF_LEN];

    if (!fits(host, r, spec)) {
        xlgpu_xapi_error(e, "DEVICE_ALREADY_EXISTS",
                         xlgpu_bdf_format(r->bdf, bdf),
                         "the VM has another partition; release it first");
        return NULL;
    }
    if (!promised && !host->dry_run && promise(host, r)) {
        xlgpu_xapi_failed(e, call->method);
        return NULL;
    }
    return document(r->uuid, !promised, r);
}

static char *take(const struct xlgpu_rpc_call *call, struct xlgpu_host *host,
                  const char *uuid, const struct xlgpu_spec *spec,
                  struct xlgpu_xapi_error *e)
{
    struct xlgpu_request request = { .what = uuid,
                                     .spec = spec,
                                     .numa_node = -1,
                                     /* No process has the VM's lock. */
                                     .hot_plugged = true };
    struct xlgpu_record r;
    int rc;

    strcpy(request.uuid, uuid);
    rc = xlgpu_assign(host, &request, &r);
    if (rc) {
        no_partition(rc, call, uuid, e);
        return NULL;
    }
    if (!host->dry_run && promise(host, &r)) {
        xlgpu_xapi_failed(e, call->method);
        xlgpu_release(host, &r);
        return NULL;
    }
    return document(uuid, true, &r);
}

char *xlgpu_xapi_reserve(const struct xlgpu_rpc_call *call,
                         struct xlgpu_xapi_error *e)
{
    char uuid[XLGPU_UUID_LEN], *value = NULL;
    const struct xlgpu_record *r;
    struct xlgpu_spec spec;
    struct xlgpu_host host;

    if (!read_vm(call, uuid, e) || !read_spec(call, &spec, e)) return NULL;
    if (!xlgpu_xapi_open(call, &host, false, e)) goto out;
    if (!spec.any_gpu && !xlgpu_xapi_gpu(call, &host, e)) goto out;
    r = xlgpu_records_find_uuid(&host.records, uuid);
    value = r ? keep(call, &host, r, &spec, e)
              : take(call, &host, uuid, &spec, e);
out:
    xlgpu_host_close(&host);
    return value;
}

/* ---- release ---- */

/* xapi's xenopsd would go on with a device that is another VM's by then. */
static bool is_in_use(const struct xlgpu_host *host, const char *uuid,
                      const struct xlgpu_record *r,
                      struct xlgpu_xapi_error *e)
{
    const struct xlgpu_guest *guest =
        xlgpu_guests_find_uuid(&host->guests, uuid);

    if (!r || !guest || !xlgpu_guest_has_device(guest, r->bdf)) return false;
    xlgpu_xapi_error(e, "VM_BAD_POWER_STATE", uuid, "halted", "running");
    return true;
}

static char *let_go(const struct xlgpu_rpc_call *call,
                    struct xlgpu_host *host, const char *uuid,
                    const struct xlgpu_record *r, struct xlgpu_xapi_error *e)
{
    struct xlgpu_promise old;
    bool changed = r || xlgpu_promise_read(uuid, &old) != XLGPU_NOT_FOUND;
    char *value = document(uuid, changed, r);

    if (host->dry_run) return value;
    /* First: what is cut off from here on is settled by the next call. */
    if (!xlgpu_promise_remove(uuid) && (!r || !xlgpu_release(host, r)))
        return value;
    xlgpu_xapi_failed(e, call->method);
    free(value);
    return NULL;
}

char *xlgpu_xapi_release(const struct xlgpu_rpc_call *call,
                         struct xlgpu_xapi_error *e)
{
    char uuid[XLGPU_UUID_LEN], *value = NULL;
    const struct xlgpu_record *r;
    struct xlgpu_host host;

    if (!read_vm(call, uuid, e)) return NULL;
    if (!xlgpu_xapi_open(call, &host, false, e)) goto out;
    r = xlgpu_records_find_uuid(&host.records, uuid);
    if (!is_in_use(&host, uuid, r, e)) value = let_go(call, &host, uuid, r, e);
out:
    xlgpu_host_close(&host);
    return value;
}
