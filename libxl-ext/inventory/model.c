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
static bool parse_match(const char *s, struct xlgpu_model_match *m)
{
    int n = 0, fields;

    fields = sscanf(s, "%4hx:%4hx%n:%4hx:%4hx%n", &m->vendor, &m->device, &n,
                    &m->subvendor, &m->subdevice, &n);
    m->any_subsystem = fields == 2;
    return (fields == 2 || fields == 4) && !s[n];
}

/* One string, or a list of them. */
static char *read_matches(const XLU_Config *cfg, struct xlgpu_model *m)
{
    XLU_ConfigList *list = NULL;
    const char *text = NULL;
    int i, n = 1, r;

    r = xlu_cfg_get_list(cfg, "match", &list, &n, 1);
    if (r) r = xlu_cfg_get_string(cfg, "match", &text, 1);
    if (r) return xlgpu_strdup("match is missing");

    m->match = xlgpu_zalloc(n, sizeof(*m->match));
    for (i = 0; i < n; i++) {
        if (list) text = xlu_cfg_get_listitem(list, i);
        if (!text || !parse_match(text, &m->match[m->n_matches++]))
            return xlgpu_strdup("match is not "
                                "\"VENDOR:DEVICE[:SUBVENDOR:SUBDEVICE]\"");
    }
    return NULL;
}

static int ascending(const void *a, const void *b)
{
    const unsigned int *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static char *read_counts(const XLU_Config *cfg, struct xlgpu_model *m)
{
    XLU_ConfigList *list;
    unsigned long count;
    const char *item;
    int i, n, r;
    char *end;

    r = xlu_cfg_get_list(cfg, "counts", &list, &n, 1);
    if (r == ESRCH) return NULL;
    if (r) return xlgpu_strdup("counts is not a list");

    free(m->counts);
    m->n_counts = 0;
    m->counts = xlgpu_zalloc(n, sizeof(*m->counts));
    for (i = 0; i < n; i++) {
        item = xlu_cfg_get_listitem(list, i);
        count = item ? strtoul(item, &end, 10) : 0;
        if (!count || count > COUNT_MAX || *end)
            return xlgpu_strdup("counts are not all numbers above 0");
        m->counts[m->n_counts++] = count;
    }
    return NULL;
}

/* Their counts are the valid ones, where counts says nothing else. */
static char *read_profiles(const XLU_Config *cfg, struct xlgpu_model *m)
{
    XLU_ConfigList *list;
    const char *item;
    char *why = NULL;
    int i, n, r;

    r = xlu_cfg_get_list(cfg, "profiles", &list, &n, 1);
    if (r == ESRCH) return NULL;
    if (r) return xlgpu_strdup("profiles is not a list");

    m->profile = xlgpu_zalloc(n, sizeof(*m->profile));
    m->counts = xlgpu_zalloc(n, sizeof(*m->counts));
    for (i = 0; !why && i < n; i++) {
        item = xlu_cfg_get_listitem(list, i);
        why = item ? xlgpu_profile_parse(item, &m->profile[i])
                   : xlgpu_strdup("profiles has an entry that is no string");
        m->counts[m->n_counts++] = m->profile[m->n_profiles++].count;
    }
    return why;
}

static bool read_number(const XLU_Config *cfg, const char *key, long max,
                        unsigned long *value_r)
{
    long value = 0;
    int r = xlu_cfg_get_long(cfg, key, &value, 1);

    *value_r = value;
    return r == ESRCH || (!r && value > 0 && value <= max);
}

/* NULL, or what is wrong with the file; the caller frees it. */
static char *parse_model(const XLU_Config *cfg, struct xlgpu_model *m)
{
    unsigned long mib;
    const char *name;
    char *why;

    if (xlu_cfg_get_string(cfg, "model", &name, 1) || !*name ||
        strlen(name) >= sizeof(m->name) || strpbrk(name, ", \t=\"'"))
        return xlgpu_strdup("model is not a word of at most 31 characters");
    strcpy(m->name, name);

    why = read_matches(cfg, m);
    if (why) return why;

    if (!read_number(cfg, "memory", INT32_MAX, &mib))
        return xlgpu_strdup("memory is not a number of MiB");
    m->memory = (uint64_t)mib << 20;

    if (!read_number(cfg, "pf_exec_quantum_ms", INT32_MAX,
                     &m->pf.exec_quantum_ms) ||
        !read_number(cfg, "pf_preempt_timeout_us", INT32_MAX,
                     &m->pf.preempt_timeout_us))
        return xlgpu_strdup("a pf_ value is not a number above 0");

    why = read_profiles(cfg, m);
    if (!why) why = read_counts(cfg, m);
    if (m->n_counts)
        qsort(m->counts, m->n_counts, sizeof(*m->counts), ascending);
    return why;
}

static void free_model(struct xlgpu_model *m)
{
    free(m->match);
    free(m->counts);
    free(m->profile);
}

static void read_model(struct xlgpu_models *models, const char *dir,
                       const char *file)
{
    struct xlgpu_model m = { 0 };
    FILE *null = fopen("/dev/null", "we");
    XLU_Config *cfg = NULL;
    char *path, *why;

    path = xlgpu_asprintf("%s/%s", dir, file);
    /* The parser's own message would be a second line. */
    if (null) cfg = xlu_cfg_init(null, path);
    if (!cfg || xlu_cfg_readfile(cfg, path))
        why = xlgpu_strdup("it can't be read, or is not in xl.cfg's syntax");
    else
        why = parse_model(cfg, &m);
    if (why) goto out;

    models->model = xlgpu_realloc(models->model, models->n + 1,
                                  sizeof(*models->model));
    models->model[models->n++] = m;
    m = (struct xlgpu_model){ 0 };
out:
    if (why) xlgpu_warn(path, "the model is left out until it is mended",
                        "%s", why);
    free_model(&m);
    free(why);
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

    for (i = 0; i < models->n; i++) free_model(&models->model[i]);
    free(models->model);
    *models = (struct xlgpu_models){ 0 };
}

const struct xlgpu_model *xlgpu_model_find(const struct xlgpu_models *models,
                                           uint16_t vendor, uint16_t device,
                                           uint16_t subvendor,
                                           uint16_t subdevice)
{
    const struct xlgpu_model *m, *any = NULL;
    size_t i;

    for (m = models->model; m < models->model + models->n; m++)
        for (i = 0; i < m->n_matches; i++) {
            const struct xlgpu_model_match *match = &m->match[i];

            if (match->vendor != vendor || match->device != device) continue;
            if (match->any_subsystem)
                any = m;
            else if (match->subvendor == subvendor &&
                     match->subdevice == subdevice)
                return m;
        }
    return any;
}
