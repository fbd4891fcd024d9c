/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxlutil.h>

#include "alloc.h"
#include "domain/xen.h"
#include "xenstore/disk.h"

#define NO_STRING_WARNING 1

static int bad(const char *file, const char *remedy, const char *why)
{
    return xlgpu_fail(XLGPU_USAGE, file, remedy, "%s", why);
}

/* Rule 1: one partition; whole GPUs may be several, each once. */
static char *check_specs(const struct xlgpu_config *config)
{
    const struct xlgpu_spec *a, *b, *end = config->spec + config->n_specs;

    for (a = config->spec; a < end; a++)
        for (b = a + 1; b < end; b++) {
            if (a->type == XLGPU_SPEC_PARTITION && b->type == a->type)
                return xlgpu_strdup("more than one partition, a guest can "
                                    "have one");
            if (a->type == b->type && xlgpu_bdf_equal(a->gpu, b->gpu))
                return xlgpu_strdup("the same GPU is named twice");
            if (a->vslot && a->vslot == b->vslot)
                return xlgpu_strdup("the same vslot= is given twice");
        }
    return NULL;
}

static void keep_text(const char *text, char **kept)
{
    free(*kept);
    *kept = xlgpu_strdup(text);
}

static int read_gpu(const XLU_Config *cfg, const char *file,
                    struct xlgpu_config *config)
{
    XLU_ConfigList *list;
    char *why = NULL;
    const char *item;
    int i, n, r;

    r = xlu_cfg_get_list(cfg, "gpu", &list, &n, NO_STRING_WARNING);
    if (r)
        return bad(file, "write gpu = [ \"partition\" ]", "gpu is not a list");

    config->spec = xlgpu_zalloc(n, sizeof(*config->spec));
    for (i = 0; !why && i < n; i++) {
        item = xlu_cfg_get_listitem(list, i);
        if (!item)
            return bad(file, "write gpu = [ \"partition\" ]",
                       "gpu has an entry that is no string");
        why = xlgpu_spec_parse(item, &config->spec[config->n_specs]);
        if (!why && config->spec[config->n_specs].type == XLGPU_SPEC_PARTITION)
            keep_text(item, &config->partition);
        config->n_specs++;
    }
    if (!why) why = check_specs(config);
    if (why)
        xlgpu_fail(XLGPU_USAGE, file, "see xl-gpu.cfg(5)", "gpu: %s", why);
    config->has_gpu = !why && n;
    r = why ? XLGPU_USAGE : XLGPU_OK;
    free(why);
    return r;
}

static const char *get(const XLU_Config *cfg, const char *key)
{
    const char *value;

    return xlu_cfg_get_string(cfg, key, &value, NO_STRING_WARNING) ? NULL
                                                                   : value;
}

static bool allow(struct xlgpu_config *config, const char *mode)
{
    if (mode && !strcmp(mode, "live"))
        config->live = true;
    else if (mode && !strcmp(mode, "hotplug"))
        config->hotplug = true;
    else if (mode && !strcmp(mode, "restart"))
        config->restart = true;
    else
        return false;
    return true;
}

/* Where it is silent, the owner leaves a restart to the administrator. */
static int read_migrate(const XLU_Config *cfg, const char *file,
                        struct xlgpu_config *config)
{
    XLU_ConfigList *list;
    int i, n, r;

    r = xlu_cfg_get_list(cfg, "gpu_migrate", &list, &n, NO_STRING_WARNING);
    if (r == ESRCH) {
        config->live = config->restart = true;
        return XLGPU_OK;
    }
    for (i = 0; !r && i < n; i++)
        if (!allow(config, xlu_cfg_get_listitem(list, i))) r = EINVAL;
    return r ? bad(file, NULL, "gpu_migrate is not a list of \"live\", "
                               "\"hotplug\" and \"restart\"")
             : XLGPU_OK;
}

static int read_state(const XLU_Config *cfg, const char *file,
                      struct xlgpu_config *config)
{
    const char *state = get(cfg, "gpu_state");
    const char *poweroff = get(cfg, "on_poweroff");

    if (state && strcmp(state, "guest") && strcmp(state, "none"))
        return bad(file, NULL, "gpu_state is neither \"guest\" nor \"none\"");
    config->state_guest = state && !strcmp(state, "guest");
    config->poweroff_destroys = !poweroff || !strcmp(poweroff, "destroy");
    return XLGPU_OK;
}

/* What libxl refuses late, or what would not work, for a guest with VF. */
static int check_domain(const XLU_Config *cfg, const char *file)
{
    const char *type = get(cfg, "type"), *passthrough = get(cfg, "passthrough");
    const char *gfx = get(cfg, "gfx_passthru");
    long memory, maxmem, stubdom = 0;

    if (type && !strcasecmp(type, "pvh"))
        return bad(file, "use type=\"hvm\"",
                   "a PVH guest can't have a PCI device");
    if (passthrough && !strcasecmp(passthrough, "disabled"))
        return bad(file, "leave it out, or write passthrough=\"enabled\"",
                   "passthrough=\"disabled\" forbids the partition of gpu=");
    if (gfx && strcmp(gfx, "0"))
        return bad(file, "leave gfx_passthru out",
                   "a partition is never the guest's primary graphics");
    if (!xlu_cfg_get_long(cfg, "memory", &memory, NO_STRING_WARNING) &&
        !xlu_cfg_get_long(cfg, "maxmem", &maxmem, NO_STRING_WARNING) &&
        memory != maxmem)
        return bad(file, "make them equal, or leave maxmem out",
                   "a guest with a device needs memory equal to maxmem");
    if (!xlu_cfg_get_long(cfg, "device_model_stubdomain_override", &stubdom,
                          NO_STRING_WARNING) && stubdom)
        return bad(file, "leave device_model_stubdomain_override out",
                   "a partition can't be given through a stub domain");
    return XLGPU_OK;
}

static int read_identity(const XLU_Config *cfg, const char *file,
                         struct xlgpu_config *config)
{
    const char *uuid = get(cfg, "uuid"), *name = get(cfg, "name");

    if (!name || !*name)
        return bad(file, "write name = \"NAME\"", "it names no domain");
    config->name = xlgpu_strdup(name);
    if (uuid && !xlgpu_uuid_parse(uuid, config->uuid))
        return bad(file, NULL, "uuid is not a UUID");
    config->has_passthrough = get(cfg, "passthrough") != NULL;
    return XLGPU_OK;
}

static void read_pci(XLU_Config *cfg, struct xlgpu_config *config)
{
    libxl_device_pci pci;
    XLU_ConfigList *list;
    const char *item;
    int i, n;

    if (xlu_cfg_get_list(cfg, "pci", &list, &n, NO_STRING_WARNING)) return;
    config->pci = xlgpu_zalloc(n, sizeof(*config->pci));
    for (i = 0; i < n; i++) {
        item = xlu_cfg_get_listitem(list, i);
        libxl_device_pci_init(&pci);
        if (item && !xlu_pci_parse_spec_string(NULL, &pci, item)) {
            config->slots |= 1u << (pci.vdevfn >> 3 & 0x1f);
            config->pci[config->n_pci++] = (struct xlgpu_bdf){
                pci.domain, pci.bus, pci.dev, pci.func
            };
        }
        libxl_device_pci_dispose(&pci);
    }
}

static int check_slots(const char *file, const struct xlgpu_config *config)
{
    size_t i;

    for (i = 0; i < config->n_specs; i++)
        if (config->spec[i].vslot &&
            config->slots & 1u << config->spec[i].vslot)
            return xlgpu_fail(XLGPU_USAGE, file, "choose another vslot=",
                              "gpu: slot %x is taken by a pci= entry",
                              config->spec[i].vslot);
    return XLGPU_OK;
}

/* cpus= is a string, or a list with a vCPU each. */
static void read_cpus(const XLU_Config *cfg, struct xlgpu_config *config)
{
    const char *text = get(cfg, "cpus"), *item;
    XLU_ConfigList *list;
    int i, n;

    if (text) config->cpus = xlgpu_strdup(text);
    if (text || xlu_cfg_get_list(cfg, "cpus", &list, &n, NO_STRING_WARNING))
        return;
    for (i = 0; i < n; i++) {
        item = xlu_cfg_get_listitem(list, i);
        if (item) config->cpus = xlgpu_append(config->cpus, ",", item);
    }
}

static int read_config(XLU_Config *cfg, const char *file,
                       struct xlgpu_config *config)
{
    int rc;

    rc = read_gpu(cfg, file, config);
    if (rc || !config->has_gpu) return rc;
    rc = read_migrate(cfg, file, config);
    if (rc) return rc;
    rc = read_state(cfg, file, config);
    if (rc) return rc;
    rc = check_domain(cfg, file);
    if (rc) return rc;
    rc = read_identity(cfg, file, config);
    if (rc) return rc;
    read_pci(cfg, config);
    read_cpus(cfg, config);
    return check_slots(file, config);
}

static char *config_text(const char *file, const char *extra)
{
    char *text = NULL, *whole;
    struct stat st;

    /* xl's way to say that the command line is all. */
    if (strcmp(file, "/dev/null")) {
        /* xl takes plain files only. */
        if (stat(file, &st) || !S_ISREG(st.st_mode)) return NULL;
        if (access(file, R_OK) || xlgpu_disk_read(file, &text)) return NULL;
        if (!text) return NULL;
    }
    whole = xlgpu_asprintf("%s\n%s\n", text ? text : "", extra);
    free(text);
    return whole;
}

static bool has_key(const XLU_Config *cfg, const char *key)
{
    const char *value;

    return xlu_cfg_get_list(cfg, key, NULL, NULL, NO_STRING_WARNING) !=
               ESRCH ||
           xlu_cfg_get_string(cfg, key, &value, NO_STRING_WARNING) != ESRCH;
}

/* Of config->text. */
static int parse(const char *what, struct xlgpu_config *config)
{
    XLU_Config *cfg;
    FILE *null;
    int rc = XLGPU_OK;

    /* Errors of syntax are for xl to report. */
    null = fopen("/dev/null", "we");
    cfg = null ? xlu_cfg_init(null, what) : NULL;
    if (cfg && !xlu_cfg_readdata(cfg, config->text, strlen(config->text)) &&
        has_key(cfg, "gpu"))
        rc = read_config(cfg, what, config);
    if (cfg) xlu_cfg_destroy(cfg);
    if (null) fclose(null);
    return rc;
}

int xlgpu_config_read(const char *file, const char *extra,
                      struct xlgpu_config *config)
{
    *config = (struct xlgpu_config){ .text = config_text(file, extra) };
    return config->text ? parse(file, config) : XLGPU_OK;
}

int xlgpu_config_read_text(const char *what, const char *text,
                           struct xlgpu_config *config)
{
    *config = (struct xlgpu_config){ .text = xlgpu_strdup(text) };
    return parse(what, config);
}

void xlgpu_config_dispose(struct xlgpu_config *config)
{
    free(config->spec);
    free(config->partition);
    free(config->cpus);
    free(config->name);
    free(config->text);
    free(config->pci);
    *config = (struct xlgpu_config){ 0 };
}

int xlgpu_config_check_running(libxl_ctx *xen, uint32_t domid,
                               const char *name, uint32_t *slots_r)
{
    libxl_domain_config d;
    int i, rc = XLGPU_OK;

    *slots_r = 0;
    libxl_domain_config_init(&d);
    if (libxl_retrieve_domain_configuration(xen, domid, &d, NULL)) {
        rc = xlgpu_fail(XLGPU_IN_USE, name, "try again when it runs",
                        "libxl has no configuration of it yet");
        goto out;
    }

    if (d.c_info.type == LIBXL_DOMAIN_TYPE_PVH)
        rc = xlgpu_fail(XLGPU_UNABLE, name, "use type=\"hvm\"",
                        "a PVH guest can't have a PCI device");
    else if (d.c_info.passthrough == LIBXL_PASSTHROUGH_DISABLED ||
             (!d.c_info.passthrough && !d.num_pcidevs))
        rc = xlgpu_fail(XLGPU_UNABLE, name,
                        "write passthrough=\"enabled\" in its config and "
                        "create it again",
                        "it was created without an IOMMU context");

    for (i = 0; i < d.num_pcidevs; i++)
        *slots_r |= 1u << (d.pcidevs[i].vdevfn >> 3 & 0x1f);
out:
    libxl_domain_config_dispose(&d);
    return rc;
}
