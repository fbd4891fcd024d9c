/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "model.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxlutil.h>

#include "alloc.h"
#include "status.h"

#define MODELS_DIR "/etc/xl-gpu/models.d"
#define COUNT_MAX 0xffff /* sriov_numvfs is a u16 */

static const char *models_dir(void)
{
    const char *dir = getenv("XLGPU_MODELS");

    return dir && *dir ? dir : MODELS_DIR;
}

/* "VVVV:DDDD" or "VVVV:DDDD:SSSS:ssss", as lspci -n writes them. */
static const char *parse_match(const char *s, struct xlgpu_model *m)
{
    int n = 0, fields;

    fields = sscanf(s, "%4hx:%4hx%n:%4hx:%4hx%n", &m->vendor, &m->device, &n,
                    &m->subvendor, &m->subdevice, &n);
    m->any_subsystem = fields == 2;
    return (fields == 2 || fields == 4) && !s[n]
               ? NULL
               : "match is not \"VENDOR:DEVICE[:SUBVENDOR:SUBDEVICE]\"";
}

static int ascending(const void *a, const void *b)
{
    const unsigned int *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static const char *parse_counts(const XLU_ConfigList *list, int n,
                                struct xlgpu_model *m)
{
    unsigned long count;
    const char *item;
    char *end;
    int i;

    m->counts = xlgpu_zalloc(n, sizeof(*m->counts));
    for (i = 0; i < n; i++) {
        item = xlu_cfg_get_listitem(list, i);
        count = item ? strtoul(item, &end, 10) : 0;
        if (!count || count > COUNT_MAX || *end)
            return "counts are not all numbers above 0";
        m->counts[m->n_counts++] = count;
    }
    qsort(m->counts, m->n_counts, sizeof(*m->counts), ascending);
    return NULL;
}

/* NULL, or what is wrong with the file. */
static const char *parse_model(const XLU_Config *cfg, struct xlgpu_model *m)
{
    const char *name, *match, *why;
    XLU_ConfigList *list;
    long mib;
    int n, r;

    if (xlu_cfg_get_string(cfg, "model", &name, 1) || !*name ||
        strlen(name) >= sizeof(m->name) || strpbrk(name, ", \t=\"'"))
        return "model is not a word of at most 31 characters";
    strcpy(m->name, name);

    if (xlu_cfg_get_string(cfg, "match", &match, 1)) return "match is missing";
    why = parse_match(match, m);
    if (why) return why;

    r = xlu_cfg_get_long(cfg, "memory", &mib, 1);
    if (r != ESRCH && (r || mib <= 0 || mib > INT32_MAX))
        return "memory is not a number of MiB";
    if (!r) m->memory = (uint64_t)mib << 20;

    r = xlu_cfg_get_list(cfg, "counts", &list, &n, 1);
    if (r == ESRCH) return NULL;
    return r ? "counts is not a list" : parse_counts(list, n, m);
}

static void read_model(struct xlgpu_models *models, const char *dir,
                       const char *file)
{
    struct xlgpu_model m = { 0 };
    FILE *null = fopen("/dev/null", "we");
    XLU_Config *cfg = NULL;
    const char *why;
    char *path;

    path = xlgpu_asprintf("%s/%s", dir, file);
    /* The parser's own message would be a second line. */
    if (null) cfg = xlu_cfg_init(null, path);
    if (!cfg || xlu_cfg_readfile(cfg, path))
        why = "it can't be read, or is not in xl.cfg's syntax";
    else
        why = parse_model(cfg, &m);
    if (why) goto out;

    models->model = xlgpu_realloc(models->model, models->n + 1,
                                  sizeof(*models->model));
    models->model[models->n++] = m;
    m.counts = NULL;
out:
    if (why) xlgpu_warn(path, "the model is left out until it is mended",
                        "%s", why);
    free(m.counts);
    if (cfg) xlu_cfg_destroy(cfg);
    if (null) fclose(null);
    free(path);
}

static int is_conf(const struct dirent *e)
{
    size_t len = strlen(e->d_name);

    return e->d_name[0] != '.' && len > 5 &&
           !strcmp(e->d_name + len - 5, ".conf");
}

void xlgpu_models_read(struct xlgpu_models *models)
{
    struct dirent **entry = NULL;
    int i, n;

    *models = (struct xlgpu_models){ 0 };
    n = scandir(models_dir(), &entry, is_conf, alphasort);
    if (n < 0 && errno != ENOENT)
        xlgpu_warn(models_dir(), NULL, "%s", strerror(errno));

    for (i = 0; i < n; i++) {
        read_model(models, models_dir(), entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
}

void xlgpu_models_dispose(struct xlgpu_models *models)
{
    size_t i;

    for (i = 0; i < models->n; i++) free(models->model[i].counts);
    free(models->model);
    *models = (struct xlgpu_models){ 0 };
}

const struct xlgpu_model *xlgpu_model_find(const struct xlgpu_models *models,
                                           uint16_t vendor, uint16_t device,
                                           uint16_t subvendor,
                                           uint16_t subdevice)
{
    const struct xlgpu_model *m, *any = NULL;

    for (m = models->model; m < models->model + models->n; m++) {
        if (m->vendor != vendor || m->device != device) continue;
        if (m->any_subsystem)
            any = m;
        else if (m->subvendor == subvendor && m->subdevice == subdevice)
            return m;
    }
    return any;
}
