/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-pool-check. The checks and the JSON document are described in
 * xl-gpu(8). */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/pool_html.h"
#include "cli/verdict_print.h"
#include "emit.h"
#include "pool/judge.h"

#define ROOM_HEADING \
    "Host             Verdict   Model            Mem(MiB) GPUs Count Held Free"
#define CHECK_HEADING "Host             Level   Message; remedy"

static void emit_host(struct xlgpu_emit *e, const struct xlgpu_pool_host *h)
{
    xlgpu_emit_string(e, "host", -16, h->name);
    xlgpu_emit_string(e, "verdict", -9,
                      xlgpu_pool_verdict_string(h->verdict));
}

static void emit_room(struct xlgpu_emit *e, const struct xlgpu_pool_room *r)
{
    xlgpu_emit_string(e, "model", -16, r->model);
    xlgpu_emit_memory(e, "memory", 8, r->memory);
    xlgpu_emit_number(e, "gpus", 4, r->gpus);
    xlgpu_emit_number(e, "partition_count", 5, r->count);
    xlgpu_emit_number(e, "held", 4, r->held);
    xlgpu_emit_number(e, "reserved", XLGPU_JSON_ONLY, r->reserved);
    xlgpu_emit_number(e, "free", 4, r->free);
}

/* ---- Text: a line for each room, then one for each difference ---- */

static void print_rooms(struct xlgpu_emit *e, const struct xlgpu_pool_host *h)
{
    struct xlgpu_pool_room *room;
    size_t i = 0, n = 0;

    room = h->facts ? xlgpu_pool_rooms(h->facts, &n) : NULL;
    do {
        xlgpu_emit_row_begin(e);
        emit_host(e, h);
        if (n) emit_room(e, &room[i]);
        xlgpu_emit_row_end(e);
    } while (++i < n);
    free(room);
}

static void print_check(struct xlgpu_emit *e, const struct xlgpu_pool_host *h,
                        const struct xlgpu_check *c)
{
    char line[2048];

    snprintf(line, sizeof(line), "%s%s%s", c->message, c->remedy ? "; " : "",
             c->remedy ? c->remedy : "");
    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "", -16, h->name);
    xlgpu_emit_string(e, "", -7,
                      c->result == XLGPU_CHECK_FAIL ? "error" : "warning");
    xlgpu_emit_string(e, "", -1, line);
    xlgpu_emit_row_end(e);
}

static void print_text(struct xlgpu_emit *e,
                       const struct xlgpu_pool_host *host, size_t n)
{
    const struct xlgpu_checks *c;
    bool begun = false;
    size_t i, k;

    xlgpu_emit_list_begin(e, "", ROOM_HEADING);
    for (i = 0; i < n; i++) print_rooms(e, &host[i]);
    xlgpu_emit_list_end(e);
    for (i = 0; i < n; i++)
        for (c = &host[i].checks, k = 0; k < c->n; k++) {
            if (c->check[k].result == XLGPU_CHECK_PASS) continue;
            if (!begun) xlgpu_emit_list_begin(e, "", CHECK_HEADING);
            begun = true;
            print_check(e, &host[i], &c->check[k]);
        }
}

/* ---- JSON ---- */

static void emit_gpu(struct xlgpu_emit *e, const struct xlgpu_pool_gpu *gpu)
{
    char bdf[XLGPU_BDF_LEN];

    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "bdf", XLGPU_JSON_ONLY,
                      xlgpu_bdf_format(gpu->bdf, bdf));
    xlgpu_emit_pci_ids(e, gpu->vendor, gpu->device, gpu->subvendor,
                       gpu->subdevice);
    xlgpu_emit_string(e, "model", XLGPU_JSON_ONLY, gpu->model);
    xlgpu_emit_memory(e, "memory", XLGPU_JSON_ONLY, gpu->memory);
    xlgpu_emit_number(e, "partition_count", XLGPU_JSON_ONLY, gpu->count);
    xlgpu_emit_string(e, "driver", XLGPU_JSON_ONLY,
                      *gpu->driver ? gpu->driver : NULL);
    xlgpu_emit_string(e, "driver_version", XLGPU_JSON_ONLY,
                      *gpu->driver_version ? gpu->driver_version : NULL);
    xlgpu_emit_string(e, "firmware", XLGPU_JSON_ONLY,
                      *gpu->firmware ? gpu->firmware : NULL);
    xlgpu_emit_strings(e, "guests", gpu->guest, gpu->n_guests);
    xlgpu_emit_row_end(e);
}

static void emit_rooms(struct xlgpu_emit *e, const struct xlgpu_pool_host *h)
{
    struct xlgpu_pool_room *room;
    size_t i, n = 0;

    room = h->facts ? xlgpu_pool_rooms(h->facts, &n) : NULL;
    xlgpu_emit_list_begin(e, "rooms", NULL);
    for (i = 0; i < n; i++) {
        xlgpu_emit_row_begin(e);
        emit_room(e, &room[i]);
        xlgpu_emit_row_end(e);
    }
    xlgpu_emit_list_end(e);
    free(room);
}

static void emit_json(struct xlgpu_emit *e,
                      const struct xlgpu_pool_host *host, size_t n)
{
    const struct xlgpu_pool_host *h;
    size_t i;

    xlgpu_emit_list_begin(e, "hosts", NULL);
    for (h = host; h < host + n; h++) {
        xlgpu_emit_row_begin(e);
        emit_host(e, h);
        emit_rooms(e, h);
        xlgpu_emit_list_begin(e, "gpus", NULL);
        for (i = 0; h->facts && i < h->facts->n; i++)
            emit_gpu(e, &h->facts->gpu[i]);
        xlgpu_emit_list_end(e);
        xlgpu_checks_print(e, &h->checks, true);
        xlgpu_emit_row_end(e);
    }
    xlgpu_emit_list_end(e);
}

/* ---- The command ---- */

struct how {
    bool json;
    const char *page; /* the file; NULL: none */
};

static int print(const struct xlgpu_pool_host *host, size_t n,
                 enum xlgpu_pool_verdict worst, struct how how)
{
    struct xlgpu_emit *e;

    if (how.page) return xlgpu_pool_html(host, n, worst, how.page);
    e = xlgpu_emit_open(how.json);
    if (how.json)
        emit_json(e, host, n);
    else
        print_text(e, host, n);
    xlgpu_emit_string(e, "verdict", XLGPU_JSON_ONLY,
                      xlgpu_pool_verdict_string(worst));
    xlgpu_emit_bool(e, "changed", false);
    return xlgpu_emit_close(e);
}

static int check(const struct xlgpu_conf *conf, const char *const *name,
                 size_t n, struct how how)
{
    enum xlgpu_pool_verdict worst;
    struct xlgpu_members members;
    struct xlgpu_pool_host *host;
    int rc;

    rc = xlgpu_members_open(&members, conf, name, n);
    if (rc) goto out;
    xlgpu_members_ask_facts(&members, conf->pool_timeout);
    host = xlgpu_members_judge(&members, true, &worst);
    rc = print(host, members.n, worst, how);
    if (!rc) rc = xlgpu_pool_status(host, members.n);
    xlgpu_pool_hosts_free(host, members.n);
out:
    xlgpu_members_close(&members);
    return rc;
}

int main_pool_check(int argc, char **argv, struct xlgpu_globals globals)
{
    static const struct option options[] = {
        { "html", required_argument, NULL, 'w' }, { NULL, 0, NULL, 0 },
    };
    struct how how = { 0 };
    struct xlgpu_conf conf;
    int opt, rc;

    (void)globals;
    while ((opt = xlgpu_getopt_long(argc, argv, "j", options)) != -1) {
        if (opt == 'j') how.json = true;
        if (opt == 'w') how.page = optarg;
    }
    if (how.page && how.json) return xlgpu_usage(argv[0]);
    argc -= optind;
    argv += optind;

    rc = xlgpu_conf_read(&conf);
    if (!rc && !argc) rc = xlgpu_pool_named(&conf);
    if (!rc)
        rc = argc ? check(&conf, (const char *const *)argv, argc, how)
                  : check(&conf, (const char *const *)conf.pool, conf.n_pool,
                          how);
    xlgpu_conf_dispose(&conf);
    return rc;
}
