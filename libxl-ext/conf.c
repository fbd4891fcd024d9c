/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxlutil.h>

#include "alloc.h"
#include "status.h"

#define CONF_FILE "/etc/xl-gpu/gpu.conf"
#define RESET_TIMEOUT_S 10
#define POOL_TIMEOUT_S 15
#define TIMEOUT_MAX_S 600
#define MIGRATE_COMMAND "ssh -o BatchMode=yes -o ConnectTimeout=10"

static const char *conf_file(void)
{
    const char *path = getenv("XLGPU_CONF");

    return path && *path ? path : CONF_FILE;
}

static const char *read_placement(const XLU_Config *cfg,
                                  struct xlgpu_conf *conf)
{
    const char *word;
    int r;

    r = xlu_cfg_get_string(cfg, "placement", &word, 1);
    if (r == ESRCH) return NULL;
    if (!r && !strcmp(word, "depth-first"))
        conf->placement = XLGPU_DEPTH_FIRST;
    else if (!r && !strcmp(word, "breadth-first"))
        conf->placement = XLGPU_BREADTH_FIRST;
    else
        return "placement is neither \"depth-first\" nor \"breadth-first\"";
    return NULL;
}

static const char *read_timeout(const XLU_Config *cfg, const char *key,
                                const char *why, unsigned int *seconds_r)
{
    long seconds;
    int r;

    r = xlu_cfg_get_long(cfg, key, &seconds, 1);
    if (r == ESRCH) return NULL;
    if (r || seconds < 1 || seconds > TIMEOUT_MAX_S) return why;
    *seconds_r = seconds;
    return NULL;
}

/* "NAME=BDF,BDF…" */
static bool parse_group(const char *text, struct xlgpu_conf *conf)
{
    char *copy = xlgpu_strdup(text), *rest = copy, *name, *item;
    struct xlgpu_conf_group group = { 0 };
    bool ok;

    name = strsep(&rest, "=");
    ok = rest && *name && strlen(name) < sizeof(group.name);
    if (ok) strcpy(group.name, name);
    while (ok && (item = strsep(&rest, ","))) {
        ok = xlgpu_bdf_parse(item, &group.gpu);
        if (!ok) break;
        conf->group = xlgpu_realloc(conf->group, conf->n_groups + 1,
                                    sizeof(group));
        conf->group[conf->n_groups++] = group;
    }
    free(copy);
    return ok;
}

static const char *read_groups(const XLU_Config *cfg, struct xlgpu_conf *conf)
{
    XLU_ConfigList *list;
    const char *item;
    int i, n, r;

    r = xlu_cfg_get_list(cfg, "groups", &list, &n, 1);
    if (r == ESRCH) return NULL;
    for (i = 0; !r && i < n; i++) {
        item = xlu_cfg_get_listitem(list, i);
        if (!item || !parse_group(item, conf)) r = EINVAL;
    }
    return r ? "groups is not a list of \"NAME=BDF,BDF\"" : NULL;
}

/* Words for execve(2), never for a shell. */
static const char *read_migrate_command(const XLU_Config *cfg,
                                        struct xlgpu_conf *conf)
{
    const char *text;
    int r;

    r = xlu_cfg_get_string(cfg, "migrate_command", &text, 1);
    if (r == ESRCH) return NULL;
    if (r || !text[strspn(text, " \t")])
        return "migrate_command is not a string with a command";
    free(conf->migrate_command);
    conf->migrate_command = xlgpu_strdup(text);
    return NULL;
}

static const char *read_switch(const XLU_Config *cfg, const char *key,
                               const char *why, bool *value_r)
{
    long value;
    int r;

    r = xlu_cfg_get_long(cfg, key, &value, 1);
    if (r == ESRCH) return NULL;
    if (r || (value != 0 && value != 1)) return why;
    *value_r = value;
    return NULL;
}

/* One of two words; whether it is the second. */
static const char *read_choice(const XLU_Config *cfg, const char *key,
                               const char *no, const char *yes,
                               const char *why, bool *value_r)
{
    const char *word;
    int r;

    r = xlu_cfg_get_string(cfg, key, &word, 1);
    if (r == ESRCH) return NULL;
    if (r || (strcmp(word, no) && strcmp(word, yes))) return why;
    *value_r = !strcmp(word, yes);
    return NULL;
}

static const char *read_pool(const XLU_Config *cfg, struct xlgpu_conf *conf)
{
    XLU_ConfigList *list;
    const char *item;
    int i, n, r;

    r = xlu_cfg_get_list(cfg, "pool", &list, &n, 1);
    if (r == ESRCH) return NULL;
    for (i = 0; !r && i < n; i++) {
        item = xlu_cfg_get_listitem(list, i);
        if (!item || !*item) return "pool is not a list of hosts";
        conf->pool = xlgpu_realloc(conf->pool, conf->n_pool + 1,
                                   sizeof(*conf->pool));
        conf->pool[conf->n_pool++] = xlgpu_strdup(item);
    }
    return r ? "pool is not a list of hosts" : NULL;
}

int xlgpu_conf_read(struct xlgpu_conf *conf)
{
    const char *path = conf_file(), *why = NULL;
    XLU_Config *cfg = NULL;
    FILE *null = NULL;

    *conf = (struct xlgpu_conf){
        .reset_timeout = RESET_TIMEOUT_S,
        .pool_timeout = POOL_TIMEOUT_S,
        .compress = true,
        .migrate_command = xlgpu_strdup(MIGRATE_COMMAND),
    };
    if (access(path, F_OK)) return XLGPU_OK;

    null = fopen("/dev/null", "we");
    cfg = null ? xlu_cfg_init(null, path) : NULL;
    if (!cfg || xlu_cfg_readfile(cfg, path))
        why = "it can't be read, or is not in xl.cfg's syntax";
    if (!why) why = read_placement(cfg, conf);
    if (!why)
        why = read_timeout(cfg, "reset_timeout",
                           "reset_timeout is not a number of seconds from 1 "
                           "to 600", &conf->reset_timeout);
    if (!why)
        why = read_timeout(cfg, "pool_timeout",
                           "pool_timeout is not a number of seconds from 1 "
                           "to 600", &conf->pool_timeout);
    if (!why) why = read_groups(cfg, conf);
    if (!why) why = read_migrate_command(cfg, conf);
    if (!why)
        why = read_switch(cfg, "allow_restart",
                          "allow_restart is neither 0 nor 1",
                          &conf->allow_restart);
    if (!why)
        why = read_switch(cfg, "compress", "compress is neither 0 nor 1",
                          &conf->compress);
    if (!why)
        why = read_choice(cfg, "tracker", "auto", "content",
                          "tracker is neither \"auto\" nor \"content\"",
                          &conf->by_content);
    if (!why)
        why = read_choice(cfg, "save", "refuse", "allow",
                          "save is neither \"refuse\" nor \"allow\"",
                          &conf->allow_save);
    if (!why) why = read_pool(cfg, conf);

    if (cfg) xlu_cfg_destroy(cfg);
    if (null) fclose(null);
    if (why)
        return xlgpu_fail(XLGPU_FAILED, path, "see xl-gpu.conf(5)", "%s",
                          why);
    return XLGPU_OK;
}

void xlgpu_conf_dispose(struct xlgpu_conf *conf)
{
    while (conf->n_pool) free(conf->pool[--conf->n_pool]);
    free(conf->pool);
    free(conf->group);
    free(conf->migrate_command);
    *conf = (struct xlgpu_conf){ 0 };
}

bool xlgpu_conf_in_group(const struct xlgpu_conf *conf, struct xlgpu_bdf gpu,
                         const char *name)
{
    size_t i;

    for (i = 0; i < conf->n_groups; i++)
        if (!strcmp(conf->group[i].name, name) &&
            xlgpu_bdf_equal(conf->group[i].gpu, gpu))
            return true;
    return false;
}
