/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tombstone.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json.h"
#include "perguest.h"

#define DIR "moved"
#define VERSION 1
#define TEXT_MAX 4096

static void copy_uuid(struct xlgpu_json *j, const char *key,
                      char uuid[XLGPU_UUID_LEN])
{
    strcpy(uuid, xlgpu_json_string(j, j->root, key, XLGPU_UUID_LEN - 1));
}

bool xlgpu_tombstone_parse(const char *text, struct xlgpu_tombstone *t)
{
    struct xlgpu_json j;
    bool ok;

    *t = (struct xlgpu_tombstone){ 0 };
    xlgpu_json_parse(&j, text);
    if (xlgpu_json_number(&j, j.root, "version", VERSION) != VERSION)
        xlgpu_json_wrong(&j, "version", "is not known");
    copy_uuid(&j, "uuid", t->uuid);
    copy_uuid(&j, "id", t->id);
    t->name = xlgpu_strdup(xlgpu_json_string(&j, j.root, "name", TEXT_MAX));
    t->config_path = xlgpu_strdup(xlgpu_json_string(&j, j.root, "config_path",
                                                    TEXT_MAX));
    t->target = xlgpu_strdup(xlgpu_json_string(&j, j.root, "target",
                                               TEXT_MAX));
    t->when = xlgpu_json_number(&j, j.root, "when", INT64_MAX);
    ok = !j.why;
    xlgpu_json_dispose(&j);
    return ok;
}

int xlgpu_tombstone_write(const struct xlgpu_tombstone *t)
{
    yajl_gen g = xlgpu_gen_open();

    xlgpu_gen_number(g, "version", VERSION);
    xlgpu_gen_string(g, "uuid", t->uuid);
    xlgpu_gen_string(g, "id", t->id);
    xlgpu_gen_string(g, "name", t->name);
    xlgpu_gen_string(g, "config_path", t->config_path);
    xlgpu_gen_string(g, "target", t->target);
    xlgpu_gen_number(g, "when", t->when);
    return xlgpu_perguest_write(DIR, t->uuid, xlgpu_gen_close(g));
}

int xlgpu_tombstone_read(const char *uuid, struct xlgpu_tombstone *t)
{
    char *text;
    int rc;

    *t = (struct xlgpu_tombstone){ 0 };
    rc = xlgpu_perguest_read(DIR, uuid, &text);
    if (rc) return rc;
    if (!xlgpu_tombstone_parse(text, t) || strcmp(t->uuid, uuid))
        rc = xlgpu_perguest_wrong(DIR, uuid, "it is no tombstone",
                                  "remove it once the guest is known to run "
                                  "nowhere else");
    free(text);
    return rc;
}

int xlgpu_tombstone_list(struct xlgpu_tombstones *all)
{
    char (*uuid)[XLGPU_UUID_LEN];
    size_t i, n;
    int rc, first;

    *all = (struct xlgpu_tombstones){ 0 };
    first = xlgpu_perguest_list(DIR, &uuid, &n);
    all->tombstone = xlgpu_zalloc(n + 1, sizeof(*all->tombstone));
    for (i = 0; i < n; i++) {
        rc = xlgpu_tombstone_read(uuid[i], &all->tombstone[all->n]);
        if (!rc)
            all->n++;
        else
            xlgpu_tombstone_dispose(&all->tombstone[all->n]);
        if (!first && rc != XLGPU_NOT_FOUND) first = rc;
    }
    free(uuid);
    return first;
}

int xlgpu_tombstone_remove(const char *uuid)
{
    return xlgpu_perguest_remove(DIR, uuid);
}

static bool is_of(const struct xlgpu_tombstone *t, const char *config_path,
                  const char *name)
{
    return (*config_path && !strcmp(t->config_path, config_path)) ||
           !strcmp(t->name, name);
}

int xlgpu_tombstone_find(const char *uuid, const char *config_path,
                         const char *name, struct xlgpu_tombstone *t)
{
    struct xlgpu_tombstones all;
    struct xlgpu_tombstone *found = NULL, *each;
    int rc;

    *t = (struct xlgpu_tombstone){ 0 };
    if (*uuid) return xlgpu_tombstone_read(uuid, t);
    rc = xlgpu_tombstone_list(&all);
    for (each = all.tombstone; each < all.tombstone + all.n; each++)
        if (is_of(each, config_path, name) &&
            (!found || each->when > found->when))
            found = each;
    if (found) {
        *t = *found;
        *found = (struct xlgpu_tombstone){ 0 };
    }
    xlgpu_tombstones_dispose(&all);
    if (rc) return rc;
    return found ? XLGPU_OK : XLGPU_NOT_FOUND;
}

void xlgpu_tombstone_dispose(struct xlgpu_tombstone *t)
{
    free(t->name);
    free(t->config_path);
    free(t->target);
    *t = (struct xlgpu_tombstone){ 0 };
}

void xlgpu_tombstones_dispose(struct xlgpu_tombstones *all)
{
    size_t i;

    for (i = 0; i < all->n; i++) xlgpu_tombstone_dispose(&all->tombstone[i]);
    free(all->tombstone);
    *all = (struct xlgpu_tombstones){ 0 };
}
