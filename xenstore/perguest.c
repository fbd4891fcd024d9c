/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "perguest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "disk.h"
#include "step.h"

#define SUFFIX ".json"

static char *dir_path(const char *dir)
{
    return xlgpu_asprintf("%s/%s", xlgpu_state_dir(), dir);
}

static char *file_path(const char *dir, const char *uuid)
{
    return xlgpu_asprintf("%s/%s/%s" SUFFIX, xlgpu_state_dir(), dir, uuid);
}

/* As xlgpu_uuid_parse() writes it, so that it names no other file. */
static bool is_uuid(const char *s)
{
    size_t len = strspn(s, "0123456789abcdef-");

    return len == XLGPU_UUID_LEN - 1 && !s[len];
}

static int check_uuid(const char *uuid)
{
    if (is_uuid(uuid)) return XLGPU_OK;
    return xlgpu_fail(XLGPU_FAILED, uuid, NULL, "it is not a UUID");
}

int xlgpu_perguest_read(const char *dir, const char *uuid, char **text_r)
{
    char *path = file_path(dir, uuid);
    int rc = check_uuid(uuid);

    *text_r = NULL;
    if (!rc) rc = xlgpu_disk_read(path, text_r);
    free(path);
    return rc || *text_r ? rc : XLGPU_NOT_FOUND;
}

int xlgpu_perguest_write(const char *dir, const char *uuid, char *text)
{
    char *parent = dir_path(dir), *path = file_path(dir, uuid);
    int rc = check_uuid(uuid);

    if (!rc) rc = xlgpu_make_dir(parent);
    if (!rc) rc = xlgpu_disk_replace(path, text, strlen(text));
    free(parent);
    free(path);
    free(text);
    return rc;
}

int xlgpu_perguest_remove(const char *dir, const char *uuid)
{
    char *path = file_path(dir, uuid);
    int rc = check_uuid(uuid);

    if (!rc && unlink(path) && errno != ENOENT)
        rc = xlgpu_fail(XLGPU_FAILED, path, NULL, "%s", strerror(errno));
    xlgpu_step("file removed");
    free(path);
    return rc;
}

int xlgpu_perguest_wrong(const char *dir, const char *uuid, const char *why,
                         const char *remedy)
{
    char *path = file_path(dir, uuid);
    int rc = xlgpu_fail(XLGPU_FAILED, path, remedy, "it is damaged: %s", why);

    free(path);
    return rc;
}

/* Copies the UUID out of the name; false when it is no such file. */
static bool name_parse(const char *name, char uuid[XLGPU_UUID_LEN])
{
    snprintf(uuid, XLGPU_UUID_LEN, "%.36s", name);
    return is_uuid(uuid) && !strcmp(name + XLGPU_UUID_LEN - 1, SUFFIX);
}

static void sweep(const char *path, const char *name)
{
    char uuid[XLGPU_UUID_LEN], *file;

    snprintf(uuid, sizeof(uuid), "%.36s", name);
    if (!is_uuid(uuid) ||
        strncmp(name + XLGPU_UUID_LEN - 1, SUFFIX ".", strlen(SUFFIX ".")))
        return;
    file = xlgpu_asprintf("%s/%s", path, name);
    xlgpu_disk_sweep(file);
    free(file);
}

int xlgpu_perguest_list(const char *dir, char (**uuid_r)[XLGPU_UUID_LEN],
                        size_t *n_r)
{
    char *path = dir_path(dir);
    struct dirent **entry = NULL;
    int i, n, rc = XLGPU_OK;

    *uuid_r = NULL;
    *n_r = 0;
    n = scandir(path, &entry, NULL, alphasort);
    if (n < 0 && errno != ENOENT)
        rc = xlgpu_fail(XLGPU_FAILED, path, NULL, "%s", strerror(errno));
    if (n > 0) *uuid_r = xlgpu_zalloc(n, sizeof(**uuid_r));
    for (i = 0; i < n; i++) {
        if (name_parse(entry[i]->d_name, (*uuid_r)[*n_r]))
            ++*n_r;
        else
            sweep(path, entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    free(path);
    return rc;
}
