/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl migrate-receive, tools/xl/xl_migrate.c and xl_vmcontrol.c. */
#define _GNU_SOURCE
#include "simxl.h"

#include <endian.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "migrate/xlwire.h"
#include "simconfig.h"
#include "simstream.h"

/* ---- The stream ---- */

static int parse_config(const char *json, struct sim_domain *d)
{
    libxl_domain_config config;
    int r;

    libxl_domain_config_init(&config);
    r = libxl_domain_config_from_json(sim_ctx(), &config, json);
    if (!r && config.c_info.name) sim_config_read(&config, d);
    libxl_domain_config_dispose(&config);
    return r;
}

static int read_header(int fd, struct sim_domain *d)
{
    struct xl_header head;
    uint32_t len;
    char *data;
    int r;

    if (read_all(fd, &head, sizeof(head)) ||
        memcmp(head.magic, XL_MAGIC, sizeof(head.magic)) ||
        head.byteorder != XL_BYTE_ORDER ||
        head.mandatory_flags & ~(XL_FLAG_JSON | 2u) ||
        head.optional_data_len < sizeof(len))
        return -1;
    data = calloc(1, head.optional_data_len + 1);
    r = !data || read_all(fd, data, head.optional_data_len);
    if (!r) memcpy(&len, data, sizeof(len));
    if (!r && len <= head.optional_data_len - sizeof(len))
        r = parse_config(data + sizeof(len), d);
    free(data);
    return r;
}

static int skip(int fd, size_t len)
{
    char buf[65536];
    size_t n;

    for (; len; len -= n) {
        n = len < sizeof(buf) ? len : sizeof(buf);
        if (read_all(fd, buf, n)) return -1;
    }
    return 0;
}

/* Up to the record of that type, whose body follows. */
static int skip_records(int fd, uint32_t until)
{
    struct record r;

    do {
        if (read_all(fd, &r, sizeof(r))) return -1;
        if (r.type != until && skip(fd, (r.length + 7ull) & ~7ull)) return -1;
    } while (r.type != until);
    return r.length ? -1 : 0;
}

static int read_domain(int fd)
{
    struct libxl_head head;
    struct libxc_head memory;

    if (read_all(fd, &head, sizeof(head)) ||
        be64toh(head.ident) != LIBXL_IDENT || be32toh(head.version) != 2 ||
        skip_records(fd, LIBXL_CONTEXT) ||
        read_all(fd, &memory, sizeof(memory)) ||
        memory.marker != UINT64_MAX || be32toh(memory.id) != LIBXC_IDENT)
        return -1;
    return skip_records(fd, LIBXC_END) || skip_records(fd, LIBXL_END);
}

/* ---- The verb ---- */

/* As libxl has them in the guest's back end when they are attached. */
static int show_devices(const struct sim_domain *d)
{
    char node[32], bdf[16];
    size_t i;

    for (i = 0; i < d->n_pci; i++) {
        snprintf(node, sizeof(node), "0/dev-%zu", i);
        if (sim_domain_show(d->domid, "backend/pci", node,
                            bdf_format(d->pci[i].bdf, bdf)))
            return 1;
    }
    return 0;
}

static int build_incoming(struct sim_domain *d)
{
    if (check_free(d)) return 1;
    sim_step();
    if (sim_domain_make(d)) return 1;
    if (read_domain(STDIN_FILENO)) {
        fprintf(stderr, "libxl: error: the stream ends, or is none\n");
        sim_domain_destroy(d->domid);
        return 1;
    }
    sim_step();
    start_device_model(d->domid);
    sim_domain_show(d->domid, "device-model", "state", "running");
    return attach_all(d) || show_devices(d);
}

static int start(const struct sim_domain *d, const char *name)
{
    if (sim_domain_rename(d->domid, name)) return 1;
    sim_step();
    return sim_domain_set(d->domid, "state", "") ? 1 : 0;
}

static int hand_over(const struct sim_domain *d, const char *name)
{
    char got[sizeof(XL_GO)], status = 1;

    if (!read_all(STDIN_FILENO, got, sizeof(got)) &&
        !memcmp(got, XL_GO, sizeof(got))) {
        sim_step();
        status = start(d, name);
    }
    if (write_all(STDOUT_FILENO, XL_REPORT, sizeof(XL_REPORT)) ||
        write_all(STDOUT_FILENO, &status, 1))
        return 1;
    if (!status) return 0;
    fprintf(stderr, "migration target: Failure, destroying our copy.\n");
    sim_domain_destroy(d->domid);
    write_all(STDOUT_FILENO, XL_GO, sizeof(XL_GO));
    return 1;
}

int main_migrate_receive(int argc, char **argv)
{
    struct sim_domain d;
    char name[sizeof(d.name)];
    size_t len;

    (void)argv;
    if (argc != 1) return 2;
    signal(SIGPIPE, SIG_IGN);
    if (write_all(STDOUT_FILENO, XL_BANNER, sizeof(XL_BANNER) - 1)) return 1;
    if (read_header(STDIN_FILENO, &d)) {
        fprintf(stderr, "migration target: Domain creation failed.\n");
        return 1;
    }
    strcpy(name, d.name);
    len = strlen(d.name);
    snprintf(d.name + len, sizeof(d.name) - len, "%s", XL_INCOMING);
    strcpy(d.state, "paused");
    if (build_incoming(&d)) return 1;
    start_monitor(&d);
    sim_step();
    if (write_all(STDOUT_FILENO, XL_READY, sizeof(XL_READY))) return 1;
    return hand_over(&d, name);
}
