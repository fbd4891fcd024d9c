/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Simulated SR-IOV GPUs behind a file system that behaves like sysfs.
 *
 * One lock holds for all of this. Whoever waits gives it up meanwhile, so
 * that a request that hangs stops no other.
 *
 * Functions that return int return 0 or an errno, if nothing else is said.
 */
#ifndef SIMFS_H
#define SIMFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct node;

#define SIM_NAME 64
#define SIM_PATH 256
#define SIM_GTS 4
#define MIB (1024ull * 1024)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* ---- The hardware ---- */

/* What one function has of the GPU, on one of its GTs. */
struct quota {
    uint64_t ggtt, lmem;
    uint32_t contexts, doorbells;
    uint32_t exec_quantum, preempt_timeout, priority;
    /* The PF's alone. */
    uint32_t sched_if_idle, engine_reset, sample_period;
};

/* A function of a device. */
struct fn {
    uint32_t rid;               /* PCI domain, bus, device and function */
    uint16_t vendor, device, subvendor, subdevice;
    char driver[SIM_NAME];      /* "": none is bound */
    char own_driver[SIM_NAME];  /* the one that takes it by itself */
    char override[SIM_NAME];
    char reset_method[SIM_NAME];
    bool no_reset;              /* it never had a way to be reset */
    uint16_t command;           /* of its config space */
    unsigned int resets;
    int64_t appears;            /* ms of sim_now() */
    struct quota quota[SIM_GTS];
};

/* A card: a PF with its VFs, or a plain device. */
struct gpu {
    struct fn *fn;              /* 0: the PF; N: VF N, which is virtfn(N-1) */
    uint32_t class;
    long numa;
    int boot_vga;               /* -1: no such attribute */
    bool unplugged;

    bool sriov;                 /* it has the capability */
    unsigned int totalvfs, numvfs, offset, stride;
    uint16_t vf_device;
    char vf_driver[SIM_NAME];
    bool autoprobe;
    bool configurable;          /* its driver has .sriov_configure */
    bool checks_assigned;       /* it keeps VFs that are assigned */
    long enable_at_most;        /* -1: as many as asked */
    char version[SIM_NAME];     /* its driver's, where that is a module's */
    char firmware[SIM_NAME];    /* "": it shows none */
    unsigned int appear_ms;
    unsigned int vfs_at_boot;
    unsigned int vf_total_msix;
    /* Of each function: MSI-X vectors, where that capability is, and BAR 2. */
    unsigned int msix, msix_at, bar2_mib;

    uint64_t vram;
    unsigned int tiles, gts, card;
    bool xe_sysfs, debugfs_old, debugfs_new;
    bool custom;                /* xe: provisioning is by hand */
    bool automatic;             /* i915: pf/auto_provisioning */
};

struct driver {
    char name[SIM_NAME];
};

extern struct gpu **sim_gpu;
extern size_t sim_n_gpus;
extern struct driver *sim_driver;
extern size_t sim_n_drivers;
extern unsigned int sim_generation; /* another one after each boot */

int64_t sim_now(void);

/* "0000:41:00.0"; of the text, *end_r is what follows it. */
#define BDF_LEN 13
const char *rid_format(uint32_t rid, char text[BDF_LEN]);
bool rid_parse(const char *text, uint32_t *rid_r, const char **end_r);

/* False if there is none now. */
bool fn_find(uint32_t rid, struct gpu **gpu_r, unsigned int *fn_r);
bool fn_present(const struct gpu *gpu, unsigned int fn);
/* As fn_find(), for VFs that are not enabled too. */
bool fn_find_any(uint32_t rid, struct gpu **gpu_r, unsigned int *fn_r);
uint32_t vf_rid(const struct gpu *gpu, unsigned int vf);

/* ---- Config and control ---- */

int config_load(const char *file);
/* A host reboot: all as the config says. offset 0: the config's. */
int config_boot(unsigned int offset);
bool gpu_set(struct gpu *gpu, const char *key, const char *value);
int control(char *line);

/*
 * What a test wants to go wrong with an access to the path: fails, waits, or
 * hangs until the test says otherwise. A hanging one ends with ENODEV at
 * the next boot.
 */
int fault(const char *path, bool reading);
int fault_set(const char *path, bool reading, const char *what);
void faults_clear(void);
void sim_wait_ms(unsigned int ms);
void sim_changed(void);

size_t log_begin(const char *path, const char *value);
void log_end(size_t entry, int r);
void log_clear(void);
void log_show(FILE *out);

/* ---- Drivers ---- */

bool driver_loaded(const char *name);
int driver_bind(const char *driver, struct gpu *gpu, unsigned int fn);
int driver_unbind(struct gpu *gpu, unsigned int fn);
void driver_probe(struct gpu *gpu, unsigned int fn);
void slots_clear(void);
int slot_add(const struct node *node, const char *text);
int slot_remove(const struct node *node, const char *text);
int slots_show(const struct node *node, FILE *out);

int sriov_set_numvfs(struct gpu *gpu, const char *path, const char *text);
/* Without the checks of the attribute. */
void sriov_make(struct gpu *gpu, unsigned int count);
void sriov_remove(struct gpu *gpu);
unsigned int sriov_assigned(const struct gpu *gpu);

/* The PF driver's part in a change of the count. */
int xe_enable(struct gpu *gpu, unsigned int count);
int i915_enable(struct gpu *gpu, unsigned int count);
void xe_disable(struct gpu *gpu, unsigned int count);
void i915_disable(struct gpu *gpu, unsigned int count);

/* ---- Provisioning, as both of Intel's drivers have it ---- */

#define LMEM_SPARE (128 * MIB)

bool quota_is_empty(const struct gpu *gpu, unsigned int vf);
bool quota_is_complete(const struct gpu *gpu, unsigned int vf);
void quota_release(struct gpu *gpu, unsigned int vf);
/* Shares out evenly; lmem too, or all but lmem. */
int quota_share(struct gpu *gpu, unsigned int count, bool lmem);
/* Bytes of one tile; ENOSPC when they are not there. */
int quota_set_lmem(struct gpu *gpu, unsigned int vf, unsigned int gt,
                   uint64_t size);

/* ---- The tree ---- */

struct node {
    const struct dir *dir;    /* a directory, or */
    const struct attr *attr;  /* an attribute, or */
    char target[SIM_PATH];    /* a link */
    const char *path;         /* from the root on; set for open ones */
    struct gpu *gpu;          /* what it is about, where it is */
    unsigned int fn;          /* its function; */
    unsigned int vf, gt;      /* whose share of what it is about */
    const char *name;         /* a driver's */
};

/* An attribute; the array ends with a name of NULL. */
struct attr {
    const char *name;
    mode_t mode;
    int (*show)(const struct node *node, FILE *out);
    int (*store)(const struct node *node, const char *text);
    bool (*visible)(const struct node *node); /* NULL: always */
    bool own_fault;           /* store() asks fault() itself */
};

/* A directory that is always there, or while visible() says so. */
struct sub {
    const char *name;
    const struct dir *dir;
    bool (*visible)(const struct node *node);
};

/* What else is in a directory; the child begins as a copy of it. */
typedef bool nth_fn(const struct node *dir, unsigned int i,
                    char name[SIM_NAME], struct node *child);

struct dir {
    const struct attr *attr;
    const struct sub *sub;
    nth_fn *nth;              /* false: no more. An empty name: left out */
    nth_fn *nth2;
    /* The same child by its name, where there are too many to count. */
    bool (*find)(const struct node *dir, const char *name,
                 struct node *child);
};

extern const struct dir root_dir, sim_dir, device_dir, drm_dir, dri_dir,
    xe_admin_dir, gim_dir;
/* Of one function on one GT; as i915 and xe's older debugfs have it. */
extern const struct dir pf_gt_dir, vf_gt_dir;
/* As xe's newer debugfs has it: a tile, with its GTs in it. */
extern const struct dir pf_tile_dir, vf_tile_dir;
extern const struct attr exec_quantum_attr, preempt_timeout_attr;
extern const struct attr config_attr; /* its content is binary */

bool resolve(const char *path, struct node *node);
/* Calls it for each name in the directory. */
void list(const struct node *dir, void (*each)(void *arg, const char *name),
          void *arg);

bool is_driven_by(const struct gpu *gpu, const char *driver);
nth_fn device_links;
int config_write(const struct node *node, const char *data, size_t size,
                 off_t offset);

void node_become(struct node *child, const struct dir *dir,
                 const struct attr *attr);
void node_link(struct node *child, const char *up, const char *target);

/* Numbers as the kernel's kstrto…() takes them. */
int parse_u64(const char *text, uint64_t max, uint64_t *value_r);
int parse_bool(const char *text, bool *value_r);

#endif
