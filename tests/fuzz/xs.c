/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "xs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

#include "alloc.h"
#include "fuzz.h"

#define ROOT "/local/domain/0/gpu/"
#define PATH_MAX_LEN 2048 /* xenstored: XENSTORE_REL_PATH_MAX */

/* Nodes with a value; a directory is there where one is below it. */
struct store {
    struct node {
        char *path, *value;
        size_t len; /* of the path */
    } *node;
    size_t n;
};

static struct store store, before; /* before: as the transaction began … */
static bool in_transaction, changed; /* … when it has changed anything */

/* ---- The store ---- */

static void empty(struct store *s)
{
    size_t i;

    for (i = 0; i < s->n; i++) {
        free(s->node[i].path);
        free(s->node[i].value);
    }
    free(s->node);
    *s = (struct store){ 0 };
}

/* What follows the path and a slash; "" for the path itself; NULL: it is not
 * below. Comparisons of strings take long with libFuzzer. */
static const char *below(const struct node *node, const char *path, size_t len)
{
    const char *rest = node->path + len;

    if (node->len < len || (*rest && *rest != '/') || rest[-1] != path[len - 1])
        return NULL;
    return strncmp(node->path, path, len) ? NULL : rest + (*rest == '/');
}

static void add(struct store *s, const char *path, const char *value)
{
    s->node = xlgpu_realloc(s->node, s->n + 1, sizeof(*s->node));
    s->node[s->n++] = (struct node){ .path = xlgpu_strdup(path),
                                     .value = xlgpu_strdup(value),
                                     .len = strlen(path) };
}

static void set(struct store *s, const char *path, const char *value)
{
    size_t i, len = strlen(path);

    for (i = 0; i < s->n; i++) {
        if (s->node[i].len != len || !below(&s->node[i], path, len)) continue;
        free(s->node[i].value);
        s->node[i].value = xlgpu_strdup(value);
        return;
    }
    add(s, path, value);
}

/* As xenstored's is_valid_nodename(). */
static bool valid(const char *path)
{
    size_t len = strlen(path);

    if (*path == '/' && len > 1 && len <= PATH_MAX_LEN &&
        path[len - 1] != '/' && !strstr(path, "//") &&
        strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789-/_@") == len)
        return true;
    errno = EINVAL;
    return false;
}

/* Before a change within a transaction. */
static void remember(void)
{
    size_t i;

    if (!in_transaction || changed) return;
    changed = true;
    for (i = 0; i < store.n; i++)
        add(&before, store.node[i].path, store.node[i].value);
}

void fuzz_xs_load(const char *text)
{
    char *copy = xlgpu_strdup(text), *rest = copy, *line, *value, *path;

    fuzz_xs_dispose();
    while ((line = strsep(&rest, "\n"))) {
        value = strchr(line, '=');
        if (!value) continue;
        *value++ = '\0';
        path = xlgpu_asprintf("%s%s", *line == '/' ? "" : ROOT, line);
        if (valid(path)) set(&store, path, value);
        free(path);
    }
    free(copy);
}

void fuzz_xs_dispose(void)
{
    empty(&store);
    empty(&before);
    in_transaction = changed = false;
}

/* ---- libxenstore ---- */

struct xs_handle {
    int unused;
};

struct xs_handle *xs_open(unsigned long flags)
{
    (void)flags;
    return xlgpu_zalloc(1, sizeof(struct xs_handle));
}

void xs_close(struct xs_handle *xs)
{
    FUZZ_CHECK(!in_transaction);
    free(xs);
}

void *xs_read(struct xs_handle *xs, xs_transaction_t t, const char *path,
              unsigned int *len)
{
    size_t i, path_len = strlen(path);
    const char *rest;

    (void)xs, (void)t;
    if (!valid(path)) return NULL;
    errno = ENOENT;
    for (i = 0; i < store.n; i++) {
        rest = below(&store.node[i], path, path_len);
        if (!rest) continue;
        /* A directory has an empty value, if none was written. */
        if (len) *len = *rest ? 0 : strlen(store.node[i].value);
        if (!*rest) return xlgpu_strdup(store.node[i].value);
        errno = 0;
    }
    return errno ? NULL : xlgpu_strdup("");
}

bool xs_write(struct xs_handle *xs, xs_transaction_t t, const char *path,
              const void *data, unsigned int len)
{
    char *value;

    (void)xs, (void)t;
    /* Whatever the records say, nobody else's nodes are written. */
    FUZZ_CHECK(!strncmp(path, ROOT, strlen(ROOT)));
    if (!valid(path)) return false;
    remember();
    value = fuzz_text(data, len);
    set(&store, path, value);
    free(value);
    return true;
}

bool xs_mkdir(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
    (void)xs, (void)t;
    return valid(path);
}

bool xs_set_permissions(struct xs_handle *xs, xs_transaction_t t,
                        const char *path, struct xs_permissions *perms,
                        unsigned int n)
{
    (void)xs, (void)t, (void)path, (void)perms, (void)n;
    return true;
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
    size_t i, path_len = strlen(path), kept = 0;
    bool found;

    (void)xs, (void)t;
    FUZZ_CHECK(!strncmp(path, ROOT, strlen(ROOT)) ||
               !strncmp(path, "/libxl/pci/", strlen("/libxl/pci/")));
    if (!valid(path)) return false;
    remember();
    for (i = 0; i < store.n; i++) {
        if (!below(&store.node[i], path, path_len)) {
            store.node[kept++] = store.node[i];
            continue;
        }
        free(store.node[i].path);
        free(store.node[i].value);
    }
    found = kept < store.n;
    store.n = kept;
    if (!found) errno = ENOENT;
    return found;
}

/* The pointers and the names in one allocation, as libxenstore has them. */
static char **pack(char **name, unsigned int n)
{
    size_t size = 0;
    unsigned int i;
    char **packed, *end;

    for (i = 0; i < n; i++) size += strlen(name[i]) + 1;
    packed = xlgpu_zalloc(n * sizeof(*packed) + size, 1);
    end = (char *)(packed + n);
    for (i = 0; i < n; i++) {
        packed[i] = end;
        end = stpcpy(end, name[i]) + 1;
        free(name[i]);
    }
    free(name);
    return packed;
}

char **xs_directory(struct xs_handle *xs, xs_transaction_t t,
                    const char *path, unsigned int *n_r)
{
    char **name = NULL, *child;
    unsigned int j, n = 0;
    bool found = false;
    size_t i, path_len = strlen(path);
    const char *rest;

    (void)xs, (void)t;
    if (!valid(path)) return NULL;
    for (i = 0; i < store.n; i++) {
        rest = below(&store.node[i], path, path_len);
        if (rest) found = true;
        if (!rest || !*rest) continue;
        child = strndup(rest, strcspn(rest, "/"));
        for (j = 0; j < n && strcmp(name[j], child); j++) {}
        if (j < n) {
            free(child);
            continue;
        }
        name = xlgpu_realloc(name, ++n, sizeof(*name));
        name[j] = child;
    }
    *n_r = n;
    if (found) return pack(name, n);
    errno = ENOENT;
    return NULL;
}

xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
    (void)xs;
    FUZZ_CHECK(!in_transaction);
    in_transaction = true;
    return 1;
}

bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t t, bool abandon)
{
    (void)xs, (void)t;
    FUZZ_CHECK(in_transaction);
    if (abandon && changed) {
        empty(&store);
        store = before;
        before = (struct store){ 0 };
    }
    empty(&before);
    in_transaction = changed = false;
    return true;
}
