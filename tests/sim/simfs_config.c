/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine as its config describes it, at each boot anew. */
#define _GNU_SOURCE
#include "simfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct gpu **sim_gpu;
size_t sim_n_gpus;
struct driver *sim_driver;
size_t sim_n_drivers;
unsigned int sim_generation;

static char *text;

static void *more(void *array, size_t n, size_t size)
{
    array = reallocarray(array, n, size);
    if (!array) abort();
    return array;
}

bool rid_parse(const char *s, uint32_t *rid_r, const char **end_r)
{
    unsigned int domain, bus, dev, fn;
    int n = 0;

    if (sscanf(s, "%4x:%2x:%2x.%1x%n", &domain, &bus, &dev, &fn, &n) != 4 ||
        n != BDF_LEN - 1 || dev > 0x1f || fn > 7)
        return false;
    *rid_r = domain << 16 | bus << 8 | dev << 3 | fn;
    if (end_r) *end_r = s + n;
    return end_r || !s[n];
}

const char *rid_format(uint32_t rid, char out[BDF_LEN])
{
    snprintf(out, BDF_LEN, "%04x:%02x:%02x.%x", rid >> 16, rid >> 8 & 0xff,
             rid >> 3 & 0x1f, rid & 7);
    return out;
}

static bool add_driver(const char *name)
{
    if (!*name || driver_loaded(name)) return false;
    sim_driver = more(sim_driver, sim_n_drivers + 1, sizeof(*sim_driver));
    snprintf(sim_driver[sim_n_drivers++].name, SIM_NAME, "%s", name);
    return true;
}

/* ---- One card ---- */

static bool set_ids(struct gpu *gpu, const char *key, const char *value)
{
    struct fn *pf = gpu->fn;

    if (!strcmp(key, "id"))
        return sscanf(value, "%4hx:%4hx", &pf->vendor, &pf->device) == 2;
    if (!strcmp(key, "subsystem"))
        return sscanf(value, "%4hx:%4hx", &pf->subvendor,
                      &pf->subdevice) == 2;
    return false;
}

static bool yes(const char *value)
{
    return !strcmp(value, "yes") || !strcmp(value, "1");
}

/* What a driver is known to do, where the config does not say otherwise. */
static void set_driver(struct gpu *gpu, const char *driver)
{
    bool xe = !strcmp(driver, "xe"), i915 = !strcmp(driver, "i915");

    snprintf(gpu->fn->own_driver, SIM_NAME, "%s", driver);
    gpu->checks_assigned = !xe;
    gpu->configurable = strcmp(driver, "gim") && strcmp(driver, "nvidia");
    gpu->xe_sysfs = gpu->debugfs_new = gpu->debugfs_old = xe;
    snprintf(gpu->vf_driver, SIM_NAME, "%s",
             xe || i915 ? driver : !strcmp(driver, "igb") ? "igbvf" : "");
}

static bool set_text(struct gpu *gpu, const char *key, const char *value)
{
    if (!strcmp(key, "driver"))
        set_driver(gpu, value);
    else if (!strcmp(key, "vf_driver"))
        snprintf(gpu->vf_driver, SIM_NAME, "%s", value);
    else if (!strcmp(key, "version"))
        snprintf(gpu->version, SIM_NAME, "%s", value);
    else if (!strcmp(key, "firmware"))
        snprintf(gpu->firmware, SIM_NAME, "%s", value);
    else if (!strcmp(key, "reset_method"))
        snprintf(gpu->fn->reset_method, SIM_NAME, "%s", value);
    else
        return false;
    gpu->fn->no_reset = !*gpu->fn->reset_method;
    return true;
}

static bool set_switch(struct gpu *gpu, const char *key, const char *value)
{
    const struct {
        const char *key;
        bool *value;
    } known[] = {
        { "sriov", &gpu->sriov },
        { "sriov_configure", &gpu->configurable },
        { "checks_assigned", &gpu->checks_assigned },
        { "xe_sysfs", &gpu->xe_sysfs },
        { "debugfs_old", &gpu->debugfs_old },
        { "debugfs_new", &gpu->debugfs_new },
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(known); i++)
        if (!strcmp(key, known[i].key)) {
            *known[i].value = yes(value);
            return true;
        }
    return false;
}

static bool set_number(struct gpu *gpu, const char *key, const char *value)
{
    const struct {
        const char *key;
        unsigned int *value;
    } known[] = {
        { "offset", &gpu->offset },       { "stride", &gpu->stride },
        { "appear_ms", &gpu->appear_ms }, { "vfs", &gpu->vfs_at_boot },
        { "tiles", &gpu->tiles },         { "gts", &gpu->gts },
        { "card", &gpu->card },           { "totalvfs", &gpu->totalvfs },
        { "vf_total_msix", &gpu->vf_total_msix },
        { "msix", &gpu->msix },           { "msix_at", &gpu->msix_at },
        { "bar2", &gpu->bar2_mib },
    };
    unsigned long n = strtoul(value, NULL, 0);
    size_t i;

    for (i = 0; i < ARRAY_SIZE(known); i++)
        if (!strcmp(key, known[i].key)) {
            *known[i].value = n;
            return true;
        }
    return false;
}

bool gpu_set(struct gpu *gpu, const char *key, const char *value)
{
    unsigned int totalvfs = gpu->totalvfs;

    if (!strcmp(key, "class"))
        gpu->class = strtoul(value, NULL, 16);
    else if (!strcmp(key, "vf_device"))
        gpu->vf_device = strtoul(value, NULL, 16);
    else if (!strcmp(key, "numa"))
        gpu->numa = strtol(value, NULL, 0);
    else if (!strcmp(key, "boot_vga"))
        gpu->boot_vga = strtol(value, NULL, 0);
    else if (!strcmp(key, "enable_at_most"))
        gpu->enable_at_most = strtol(value, NULL, 0);
    else if (!strcmp(key, "vram"))
        gpu->vram = strtoull(value, NULL, 0);
    else if (!set_ids(gpu, key, value) && !set_text(gpu, key, value) &&
             !set_switch(gpu, key, value) && !set_number(gpu, key, value))
        return false;

    if (gpu->totalvfs != totalvfs) {
        gpu->sriov = true;
        gpu->fn = more(gpu->fn, gpu->totalvfs + 1, sizeof(*gpu->fn));
        memset(gpu->fn + 1, 0, gpu->totalvfs * sizeof(*gpu->fn));
    }
    if (gpu->gts > SIM_GTS) gpu->gts = SIM_GTS;
    if (gpu->tiles > gpu->gts) gpu->gts = gpu->tiles;
    return true;
}

static struct gpu *gpu_new(uint32_t rid)
{
    struct gpu *gpu = calloc(1, sizeof(*gpu));

    if (gpu) gpu->fn = calloc(1, sizeof(*gpu->fn));
    if (!gpu || !gpu->fn) abort();
    gpu->fn->rid = rid;
    strcpy(gpu->fn->reset_method, "flr bus");
    gpu->offset = gpu->stride = 1;
    gpu->numa = gpu->boot_vga = gpu->enable_at_most = -1;
    gpu->tiles = gpu->gts = 1;
    gpu->msix = 8;
    gpu->msix_at = 0x80;
    gpu->bar2_mib = 256;
    gpu->autoprobe = gpu->automatic = true;
    gpu->card = sim_n_gpus;
    return gpu;
}

/* What "BDF key=value…" describes. */
static int add_gpu(char *line, uint32_t class)
{
    char *word, *save, *value;
    struct gpu *gpu;
    uint32_t rid;
    unsigned int fn;

    word = strtok_r(line, " \t", &save);
    if (!word || !rid_parse(word, &rid, NULL) || fn_find(rid, &gpu, &fn))
        return EINVAL;
    gpu = gpu_new(rid);
    gpu->class = class;
    while ((word = strtok_r(NULL, " \t", &save))) {
        value = strchr(word, '=');
        if (value) *value++ = '\0';
        if (!value || !gpu_set(gpu, word, value)) {
            fprintf(stderr, "simfs: %s: unknown\n", word);
            return EINVAL;
        }
    }
    if (!gpu->vf_device) gpu->vf_device = gpu->fn->device;
    sim_gpu = more(sim_gpu, sim_n_gpus + 1, sizeof(*sim_gpu));
    sim_gpu[sim_n_gpus++] = gpu;
    return 0;
}

/* ---- The file ---- */

static bool no_pciback;

static int take_line(char *line)
{
    char *rest = line + strcspn(line, " \t");

    if (!*line || *line == '#') return 0;
    if (*rest) *rest++ = '\0';
    rest += strspn(rest, " \t");

    if (!strcmp(line, "gpu")) return add_gpu(rest, 0x030000);
    if (!strcmp(line, "device")) return add_gpu(rest, 0x088000);
    if (!strcmp(line, "driver")) {
        add_driver(rest);
        return 0;
    }
    if (!strcmp(line, "pciback")) {
        no_pciback = !yes(rest);
        return 0;
    }
    /* What a test may write to sim/control. */
    if (*rest) rest[-1] = ' ';
    return control(line);
}

static int take_all(void)
{
    char *copy = strdup(text), *line, *save;
    unsigned int number = 0;
    int r = 0;

    if (!copy) abort();
    for (line = strtok_r(copy, "\n", &save); line && !r;
         line = strtok_r(NULL, "\n", &save)) {
        number++;
        line += strspn(line, " \t");
        r = take_line(line);
        if (r) fprintf(stderr, "simfs: line %u: %s\n", number, strerror(r));
    }
    free(copy);
    return r;
}

/* The drivers take what is theirs. */
static void probe_all(unsigned int offset)
{
    struct gpu *gpu;
    size_t i;

    for (i = 0; i < sim_n_gpus; i++) {
        gpu = sim_gpu[i];
        if (offset) gpu->offset = offset;
        add_driver(gpu->fn->own_driver);
        add_driver(gpu->vf_driver);
        driver_probe(gpu, 0);
        if (gpu->vfs_at_boot) sriov_make(gpu, gpu->vfs_at_boot);
    }
}

/*
 * What open files still refer to stays allocated: a test boots a few times,
 * no more.
 */
int config_boot(unsigned int offset)
{
    int r;

    sim_gpu = NULL;
    sim_driver = NULL;
    sim_n_gpus = sim_n_drivers = 0;
    sim_generation++;
    no_pciback = false;
    slots_clear();
    faults_clear();

    r = take_all();
    if (!no_pciback) add_driver("pciback");
    if (!r) probe_all(offset);
    sim_changed();
    return r;
}

int config_load(const char *file)
{
    FILE *f = fopen(file, "re");
    size_t size = 0;
    ssize_t n;

    n = f ? getdelim(&text, &size, '\0', f) : -1;
    if (f) fclose(f);
    if (n < 0) {
        fprintf(stderr, "simfs: %s: can't be read\n", file);
        return errno ? errno : EINVAL;
    }
    return config_boot(0);
}
