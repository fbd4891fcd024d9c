/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simulated domains, kept in a private xenstored:
 *
 *   /sim/domain/DOMID/{name,uuid,type,passthrough,memory,vcpus,cpus}
 *   /sim/domain/DOMID/ready        once it is built; libxl has its config then
 *   /sim/domain/DOMID/shutdown     "reboot" or "poweroff": for its monitor
 *   /sim/domain/DOMID/taken        the guest is on its way to that, or was to
 *                                  "suspend"
 *   /sim/domain/DOMID/state        "paused" or "suspended"; it runs otherwise
 *   /sim/domain/DOMID/suspends     it was suspended at some time
 *   /sim/domain/DOMID/pci/N        "BDF VSLOT", the slot in hexadecimal
 *   /sim/shutdown_ms               how long guests are on that way
 *   /sim/deaf                      guests do nothing that they are asked for
 *
 * and libxl's own /libxl/pci. What is done to devices is done through
 * XLGPU_SYSFS, as libxl does it. Functions return 0 or -1 unless they say
 * otherwise.
 */
#ifndef SIMDOM_H
#define SIMDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenstore.h>

struct bdf {
    unsigned int domain, bus, dev, fn;
};

struct sim_pci {
    struct bdf bdf;
    unsigned int vslot; /* 0: the device model's choice */
};

#define SIM_PCI_MAX 16

struct sim_domain {
    uint32_t domid;
    char name[128], uuid[40];
    char type[8];          /* hvm, pv or pvh */
    char passthrough[16];  /* "": none, as without a device */
    char cpus[64];
    unsigned int memory, vcpus; /* MiB */
    char state[12], shutdown[12];
    bool ready;
    struct sim_pci pci[SIM_PCI_MAX];
    size_t n_pci;
};

/* The connection; made anew where it is not there. NULL: none. */
struct xs_handle *sim_xs(void);
/* For a child: it needs one of its own. */
void sim_xs_forget(void);

/* Domids, without dom0. The caller frees. */
uint32_t *sim_domids(size_t *n_r);
int sim_domain_read(uint32_t domid, struct sim_domain *domain);
/* By name, or domid; 0 if there is none. */
uint32_t sim_domain_find(const char *name);

/* Makes it without devices, gives it its domid. */
int sim_domain_make(struct sim_domain *domain);
int sim_domain_set(uint32_t domid, const char *key, const char *value);
/* Where dom0 has its devices: /local/domain/0/DIR/DOMID/NODE. */
int sim_domain_show(uint32_t domid, const char *dir, const char *node,
                    const char *value);
int sim_domain_rename(uint32_t domid, const char *name);
bool sim_are_deaf(void);
/* A suspended one goes on; it is an error of any other. */
int sim_domain_resume(uint32_t domid);
/* With its devices: they are reset, and assignable again. */
void sim_domain_destroy(uint32_t domid);

/* Each visible step of a change calls it. */
extern void (*sim_step)(void);

const char *bdf_format(struct bdf bdf, char text[16]);
int bdf_parse(const char *text, struct bdf *bdf_r);

bool pci_is_assignable(struct bdf bdf);
int pci_assignable_add(struct bdf bdf, bool rebind);
int pci_assignable_remove(struct bdf bdf, bool rebind);
/* -1 where libxl refuses it, having said why on stderr. */
int pci_attach(uint32_t domid, struct sim_pci pci);
int pci_detach(uint32_t domid, struct bdf bdf);

#endif
