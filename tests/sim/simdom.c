/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "simdom.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAINS "/sim/domain"
#define END_WAIT_MS 1000

static struct xs_handle *handle;
static pid_t owner;

/* A forked process needs one of its own. */
struct xs_handle *sim_xs(void)
{
    if (owner != getpid()) handle = NULL;
    owner = getpid();
    if (!handle) handle = xs_open(0);
    return handle;
}

void sim_xs_forget(void)
{
    /* Not xs_close(), which would speak for the parent. */
    if (handle) close(xs_fileno(handle));
    handle = NULL;
    owner = getpid();
}

static char *get(const char *format, ...)
{
    char path[256];
    va_list ap;

    va_start(ap, format);
    vsnprintf(path, sizeof(path), format, ap);
    va_end(ap);
    return sim_xs() ? xs_read(sim_xs(), XBT_NULL, path, NULL) : NULL;
}

static int put(const char *value, const char *format, ...)
{
    char path[256];
    va_list ap;

    va_start(ap, format);
    vsnprintf(path, sizeof(path), format, ap);
    va_end(ap);
    return sim_xs() && xs_write(sim_xs(), XBT_NULL, path, value,
                                strlen(value))
               ? 0
               : -1;
}

uint32_t *sim_domids(size_t *n_r)
{
    unsigned int n = 0, i;
    uint32_t *domids;
    char **dir;

    *n_r = 0;
    dir = sim_xs() ? xs_directory(sim_xs(), XBT_NULL, DOMAINS, &n) : NULL;
    domids = calloc(n + 1, sizeof(*domids));
    for (i = 0; domids && dir && i < n; i++)
        domids[(*n_r)++] = strtoul(dir[i], NULL, 10);
    free(dir);
    return domids;
}

static void read_text(uint32_t domid, const char *key, char *text,
                      size_t size)
{
    char *value = get(DOMAINS "/%u/%s", domid, key);

    snprintf(text, size, "%s", value ? value : "");
    free(value);
}

static unsigned int read_number(uint32_t domid, const char *key)
{
    char text[16];

    read_text(domid, key, text, sizeof(text));
    return strtoul(text, NULL, 10);
}

static void read_pci(uint32_t domid, struct sim_domain *d)
{
    unsigned int n = 0, i;
    char path[64], bdf[16];
    struct sim_pci *pci;
    char **dir, *value;

    snprintf(path, sizeof(path), DOMAINS "/%u/pci", domid);
    dir = xs_directory(sim_xs(), XBT_NULL, path, &n);
    for (i = 0; dir && i < n && d->n_pci < SIM_PCI_MAX; i++) {
        value = get("%s/%s", path, dir[i]);
        pci = &d->pci[d->n_pci];
        if (value && sscanf(value, "%15s %x", bdf, &pci->vslot) == 2 &&
            !bdf_parse(bdf, &pci->bdf))
            d->n_pci++;
        free(value);
    }
    free(dir);
}

int sim_domain_read(uint32_t domid, struct sim_domain *d)
{
    char *ready;

    *d = (struct sim_domain){ .domid = domid };
    read_text(domid, "uuid", d->uuid, sizeof(d->uuid));
    if (!*d->uuid) return -1;
    read_text(domid, "name", d->name, sizeof(d->name));
    read_text(domid, "type", d->type, sizeof(d->type));
    read_text(domid, "passthrough", d->passthrough, sizeof(d->passthrough));
    read_text(domid, "cpus", d->cpus, sizeof(d->cpus));
    read_text(domid, "state", d->state, sizeof(d->state));
    read_text(domid, "shutdown", d->shutdown, sizeof(d->shutdown));
    d->memory = read_number(domid, "memory");
    d->vcpus = read_number(domid, "vcpus");
    ready = get(DOMAINS "/%u/ready", domid);
    d->ready = ready;
    free(ready);
    read_pci(domid, d);
    return 0;
}

uint32_t sim_domain_find(const char *name)
{
    struct sim_domain d;
    uint32_t *domids, found = 0;
    char number[16];
    size_t n, i;

    domids = sim_domids(&n);
    for (i = 0; domids && i < n && !found; i++) {
        snprintf(number, sizeof(number), "%u", domids[i]);
        if (!sim_domain_read(domids[i], &d) &&
            (!strcmp(d.name, name) || !strcmp(number, name)))
            found = domids[i];
    }
    free(domids);
    return found;
}

int sim_domain_set(uint32_t domid, const char *key, const char *value)
{
    return put(value, DOMAINS "/%u/%s", domid, key);
}

/* Domids are not given out twice. */
static uint32_t next_domid(void)
{
    char text[16], *value;
    uint32_t domid;
    xs_transaction_t t;

    do {
        t = xs_transaction_start(sim_xs());
        value = xs_read(sim_xs(), t, "/sim/next", NULL);
        domid = value ? strtoul(value, NULL, 10) : 1;
        free(value);
        snprintf(text, sizeof(text), "%u", domid + 1);
        xs_write(sim_xs(), t, "/sim/next", text, strlen(text));
    } while (!xs_transaction_end(sim_xs(), t, false));
    return domid;
}

static int set_number(uint32_t domid, const char *key, unsigned int value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    return sim_domain_set(domid, key, text);
}

int sim_domain_make(struct sim_domain *d)
{
    char vm[64];

    if (!sim_xs()) return -1;
    d->domid = next_domid();
    snprintf(vm, sizeof(vm), "/vm/%s", d->uuid);
    if (sim_domain_set(d->domid, "name", d->name) ||
        sim_domain_set(d->domid, "type", d->type) ||
        sim_domain_set(d->domid, "passthrough", d->passthrough) ||
        sim_domain_set(d->domid, "cpus", d->cpus) ||
        sim_domain_set(d->domid, "state", d->state) ||
        set_number(d->domid, "memory", d->memory) ||
        set_number(d->domid, "vcpus", d->vcpus) ||
        put(d->name, "/local/domain/%u/name", d->domid) ||
        put(vm, "/local/domain/%u/vm", d->domid))
        return -1;
    /* From here on it is there. */
    return sim_domain_set(d->domid, "uuid", d->uuid);
}

int sim_domain_rename(uint32_t domid, const char *name)
{
    return put(name, "/local/domain/%u/name", domid) ||
                   sim_domain_set(domid, "name", name) ? -1 : 0;
}

int sim_domain_show(uint32_t domid, const char *dir, const char *node,
                    const char *value)
{
    return put(value, "/local/domain/0/%s/%u/%s", dir, domid, node);
}

static void hide(uint32_t domid, const char *dir)
{
    char path[64];

    snprintf(path, sizeof(path), "/local/domain/0/%s/%u", dir, domid);
    xs_rm(sim_xs(), XBT_NULL, path);
}

bool sim_are_deaf(void)
{
    char *value = xs_read(sim_xs(), XBT_NULL, "/sim/deaf", NULL);
    bool deaf = value;

    free(value);
    return deaf;
}

int sim_domain_resume(uint32_t domid)
{
    struct sim_domain d;

    if (sim_domain_read(domid, &d) || strcmp(d.state, "suspended")) return -1;
    return sim_domain_set(domid, "state", "");
}

/* As libxl waits for the device model; the monitor sees it as quickly. One
 * that nobody has waited for has no program any more. */
static void await_end(pid_t pid)
{
    char path[64], program[8];
    int n;

    if (pid <= 0 || pid == getpid()) return;
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    for (n = 0; n < END_WAIT_MS && readlink(path, program, 8) > 0; n++)
        usleep(1000);
}

void sim_domain_destroy(uint32_t domid)
{
    pid_t dm = read_number(domid, "dm"), monitor = read_number(domid, "monitor");
    struct sim_domain d;
    char path[64];
    size_t i;

    if (sim_domain_read(domid, &d)) return;
    for (i = 0; i < d.n_pci; i++) pci_detach(domid, d.pci[i].bdf);
    snprintf(path, sizeof(path), "/local/domain/%u", domid);
    xs_rm(sim_xs(), XBT_NULL, path);
    hide(domid, "device-model");
    hide(domid, "backend/pci");
    snprintf(path, sizeof(path), DOMAINS "/%u", domid);
    xs_rm(sim_xs(), XBT_NULL, path);
    await_end(dm);
    await_end(monitor);
}
