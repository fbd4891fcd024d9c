/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libxl does with PCI devices, tools/libs/light/libxl_pci.c, but for
 * what is Xen's: whether a device is quarantined can't be seen here.
 */
#define _GNU_SOURCE
#include "simdom.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void no_step(void)
{
}

void (*sim_step)(void) = no_step;

const char *bdf_format(struct bdf b, char text[16])
{
    snprintf(text, 16, "%04x:%02x:%02x.%x", b.domain & 0xffff, b.bus & 0xff,
             b.dev & 0x1f, b.fn & 7);
    return text;
}

int bdf_parse(const char *text, struct bdf *b)
{
    int n = 0;

    if (sscanf(text, "%4x:%2x:%2x.%1x%n", &b->domain, &b->bus, &b->dev,
               &b->fn, &n) == 4 && !text[n])
        return 0;
    b->domain = 0;
    return sscanf(text, "%2x:%2x.%1x%n", &b->bus, &b->dev, &b->fn, &n) == 3 &&
                   !text[n]
               ? 0
               : -1;
}

static int refuse(struct bdf bdf, const char *why)
{
    char text[16];

    fprintf(stderr, "libxl: error: PCI device %s %s\n", bdf_format(bdf, text),
            why);
    return -1;
}

/* ---- sysfs ---- */

static const char *sysfs(void)
{
    const char *root = getenv("XLGPU_SYSFS");

    return root && *root ? root : "/sys";
}

/* 0 or errno. */
static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), r;

    if (fd < 0) return errno;
    r = write(fd, text, strlen(text)) < 0 ? errno : 0;
    close(fd);
    return r;
}

static int write_pciback(const char *file, struct bdf bdf)
{
    char path[PATH_MAX], text[16];

    snprintf(path, sizeof(path), "%s/bus/pci/drivers/pciback/%s", sysfs(),
             file);
    return write_file(path, bdf_format(bdf, text));
}

static int write_device(const char *file, struct bdf bdf, const char *value)
{
    char path[PATH_MAX], text[16];

    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/%s", sysfs(),
             bdf_format(bdf, text), file);
    return write_file(path, value);
}

static bool device_exists(struct bdf bdf)
{
    char path[PATH_MAX], text[16];

    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", sysfs(),
             bdf_format(bdf, text));
    return !access(path, F_OK);
}

static bool is_pciback(struct bdf bdf)
{
    char path[PATH_MAX], text[16];

    snprintf(path, sizeof(path), "%s/bus/pci/drivers/pciback/%s", sysfs(),
             bdf_format(bdf, text));
    return !access(path, F_OK);
}

static bool has_slot(struct bdf bdf)
{
    char path[PATH_MAX], text[16], line[64];
    bool found = false;
    FILE *f;

    snprintf(path, sizeof(path), "%s/bus/pci/drivers/pciback/slots", sysfs());
    bdf_format(bdf, text);
    f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof(line), f))
        found = !strncmp(line, text, strlen(text));
    if (f) fclose(f);
    return found;
}

/* ---- /libxl/pci ---- */

static void node_path(struct bdf b, const char *node, char path[64])
{
    snprintf(path, 64, "/libxl/pci/%04x-%02x-%02x-%x/%s", b.domain & 0xffff,
             b.bus & 0xff, b.dev & 0x1f, b.fn & 7, node);
}

static char *node_read(struct bdf bdf, const char *node)
{
    char path[64];

    node_path(bdf, node, path);
    return sim_xs() ? xs_read(sim_xs(), XBT_NULL, path, NULL) : NULL;
}

static void node_write(struct bdf bdf, const char *node, const char *value)
{
    char path[64];

    node_path(bdf, node, path);
    if (!sim_xs()) return;
    if (value)
        xs_write(sim_xs(), XBT_NULL, path, value, strlen(value));
    else
        xs_rm(sim_xs(), XBT_NULL, path);
}

bool pci_is_assignable(struct bdf bdf)
{
    char *note = node_read(bdf, "domid");
    bool has_note = note;

    free(note);
    return is_pciback(bdf) && !has_note;
}

/* ---- Assignable ---- */

static int unbind_driver(struct bdf bdf, char driver[PATH_MAX])
{
    char path[PATH_MAX], text[16], file[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/driver", sysfs(),
             bdf_format(bdf, text));
    driver[0] = '\0';
    if (!realpath(path, driver)) {
        driver[0] = '\0';
        return 0;
    }
    snprintf(file, sizeof(file), "%s/unbind", driver);
    return write_file(file, text) ? -1 : 0;
}

int pci_assignable_add(struct bdf bdf, bool rebind)
{
    char driver[PATH_MAX];

    if (!device_exists(bdf)) return refuse(bdf, "does not exist");
    if (is_pciback(bdf)) return 0;

    if (unbind_driver(bdf, driver))
        return refuse(bdf, "can't be taken from its driver");
    node_write(bdf, "driver_path", rebind && *driver ? driver : NULL);
    if (!has_slot(bdf) && write_pciback("new_slot", bdf))
        return refuse(bdf, "can't be bound to pciback: new_slot");
    if (write_pciback("bind", bdf))
        return refuse(bdf, "can't be bound to pciback: bind");
    return 0;
}

int pci_assignable_remove(struct bdf bdf, bool rebind)
{
    char *note = node_read(bdf, "domid"), *driver, path[PATH_MAX], text[16];
    bool in_use = note;

    free(note);
    if (in_use) return refuse(bdf, "can't be taken from its domain");
    if (is_pciback(bdf)) {
        if (write_pciback("unbind", bdf))
            return refuse(bdf, "can't be unbound from pciback");
        if (has_slot(bdf) && write_pciback("remove_slot", bdf))
            return refuse(bdf, "can't be unbound from pciback: remove_slot");
    }
    driver = rebind ? node_read(bdf, "driver_path") : NULL;
    if (driver) {
        snprintf(path, sizeof(path), "%s/bind", driver);
        if (write_file(path, bdf_format(bdf, text)))
            refuse(bdf, "can't be bound to its driver again");
        else
            node_write(bdf, "driver_path", NULL);
    }
    free(driver);
    return 0;
}

/* ---- A domain's ---- */

/* The next of the domain's that there is no device at. */
static void free_key(xs_transaction_t t, uint32_t domid, char key[64])
{
    unsigned int i;
    char *taken;

    for (i = 0;; i++) {
        snprintf(key, 64, "/sim/domain/%u/pci/%u", domid, i);
        taken = xs_read(sim_xs(), t, key, NULL);
        free(taken);
        if (!taken) return;
    }
}

/* Nothing of a domain that has been destroyed meanwhile comes back. */
static int give(uint32_t domid, struct sim_pci pci)
{
    char uuid[64], key[64], value[32], text[16], *there;
    xs_transaction_t t;

    snprintf(uuid, sizeof(uuid), "/sim/domain/%u/uuid", domid);
    snprintf(value, sizeof(value), "%s %x", bdf_format(pci.bdf, text),
             pci.vslot);
    do {
        t = xs_transaction_start(sim_xs());
        there = xs_read(sim_xs(), t, uuid, NULL);
        free(there);
        if (!there) {
            xs_transaction_end(sim_xs(), t, true);
            return -1;
        }
        free_key(t, domid, key);
        xs_write(sim_xs(), t, key, value, strlen(value));
    } while (!xs_transaction_end(sim_xs(), t, false));
    return 0;
}

int pci_attach(uint32_t domid, struct sim_pci pci)
{
    char number[16];
    struct sim_domain d;

    if (sim_domain_read(domid, &d)) return refuse(pci.bdf, "has no domain");
    if (!pci_is_assignable(pci.bdf))
        return refuse(pci.bdf, "is not assignable");

    sim_step();
    snprintf(number, sizeof(number), "%u", domid);
    node_write(pci.bdf, "domid", number);
    sim_step();
    /* libxl does not look at the result either. */
    write_device("reset", pci.bdf, "1");
    if (!strcmp(d.passthrough, "disabled") || !strcmp(d.type, "pvh")) {
        node_write(pci.bdf, "domid", NULL);
        return refuse(pci.bdf, "can't be assigned to the domain");
    }

    sim_step();
    if (give(domid, pci)) {
        node_write(pci.bdf, "domid", NULL);
        return refuse(pci.bdf, "has no domain any more");
    }
    return 0;
}

static void forget(uint32_t domid, struct bdf bdf)
{
    unsigned int n = 0, i;
    char path[64], key[96], text[16], **dir, *value;

    bdf_format(bdf, text);
    snprintf(path, sizeof(path), "/sim/domain/%u/pci", domid);
    dir = xs_directory(sim_xs(), XBT_NULL, path, &n);
    for (i = 0; dir && i < n; i++) {
        snprintf(key, sizeof(key), "%s/%s", path, dir[i]);
        value = xs_read(sim_xs(), XBT_NULL, key, NULL);
        if (value && !strncmp(value, text, strlen(text)))
            xs_rm(sim_xs(), XBT_NULL, key);
        free(value);
    }
    free(dir);
}

int pci_detach(uint32_t domid, struct bdf bdf)
{
    struct sim_domain d;
    size_t i;

    if (sim_domain_read(domid, &d)) return -1;
    for (i = 0; i < d.n_pci; i++)
        if (!memcmp(&d.pci[i].bdf, &bdf, sizeof(bdf))) break;
    if (i == d.n_pci) return refuse(bdf, "is not the domain's");

    sim_step();
    write_device("reset", bdf, "1");
    sim_step();
    forget(domid, bdf);
    sim_step();
    node_write(bdf, "domid", NULL);
    return 0;
}
