/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kept.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json.h"
#include "perguest.h"

#define DIR "guest"
#define VERSION 1
#define NAME_MAX_LEN 1024
#define PATH_MAX_LEN 4096
#define HEX_MAX ((size_t)2 * XLGPU_KEPT_MAX)

/* A config may have any bytes but NUL, and any line as long as it likes. */
static char *to_hex(const char *text)
{
    char *hex = xlgpu_zalloc(2 * strlen(text) + 1, 1), *p = hex;

    for (; *text; text++, p += 2)
        sprintf(p, "%02x", (unsigned char)*text);
    return hex;
}

static char *from_hex(const char *hex)
{
    char *text = xlgpu_zalloc(strlen(hex) / 2 + 1, 1), *p = text;
    char byte[3] = "";

    for (; *hex; hex += 2) {
        if (!isxdigit((unsigned char)hex[0]) ||
            !isxdigit((unsigned char)hex[1]))
            goto wrong;
        memcpy(byte, hex, 2);
        *p = (char)strtoul(byte, NULL, 16);
        if (!*p++) goto wrong;
    }
    return text;
wrong:
    free(text);
    return NULL;
}

char *xlgpu_kept_json(const struct xlgpu_kept *kept)
{
    char *hex = to_hex(kept->config);
    yajl_gen g = xlgpu_gen_open();
    bool ok;

    xlgpu_gen_number(g, "version", VERSION);
    ok = xlgpu_gen_string(g, "name", kept->name);
    ok = xlgpu_gen_string(g, "path", kept->path) && ok;
    xlgpu_gen_string(g, "config_hex", hex);
    free(hex);
    hex = xlgpu_gen_close(g);
    if (ok) return hex;
    free(hex);
    return NULL;
}

char *xlgpu_kept_parse(const char *text, struct xlgpu_kept *kept)
{
    struct xlgpu_json j;

    *kept = (struct xlgpu_kept){ 0 };
    xlgpu_json_parse(&j, text);
    if (xlgpu_json_number(&j, j.root, "version", VERSION) != VERSION)
        xlgpu_json_wrong(&j, "version", "is not known");
    kept->name = xlgpu_strdup(xlgpu_json_string(&j, j.root, "name",
                                                NAME_MAX_LEN));
    kept->path = xlgpu_strdup(xlgpu_json_string(&j, j.root, "path",
                                                PATH_MAX_LEN));
    kept->config = from_hex(xlgpu_json_string(&j, j.root, "config_hex",
                                              HEX_MAX));
    if (!kept->config) xlgpu_json_wrong(&j, "config_hex", "is no text");
    if (j.why) xlgpu_kept_dispose(kept);
    return xlgpu_json_end(&j);
}

int xlgpu_kept_write(const char *uuid, const struct xlgpu_kept *kept)
{
    char *text;

    if (strlen(kept->config) > XLGPU_KEPT_MAX)
        return xlgpu_fail(XLGPU_UNABLE, kept->name, "make it shorter",
                          "its config has more than %d bytes",
                          XLGPU_KEPT_MAX);
    text = xlgpu_kept_json(kept);
    if (!text)
        return xlgpu_fail(XLGPU_UNABLE, uuid, "rename it",
                          "the name or the path of its config is not UTF-8, "
                          "or has control characters");
    return xlgpu_perguest_write(DIR, uuid, text);
}

int xlgpu_kept_read(const char *uuid, struct xlgpu_kept *kept)
{
    char *text, *why;
    int rc;

    *kept = (struct xlgpu_kept){ 0 };
    rc = xlgpu_perguest_read(DIR, uuid, &text);
    if (rc) return rc;
    why = xlgpu_kept_parse(text, kept);
    if (why)
        rc = xlgpu_perguest_wrong(DIR, uuid, why,
                                  "remove it; the guest runs on");
    free(why);
    free(text);
    return rc;
}

int xlgpu_kept_remove(const char *uuid)
{
    return xlgpu_perguest_remove(DIR, uuid);
}

int xlgpu_kept_list(char (**uuid_r)[XLGPU_UUID_LEN], size_t *n_r)
{
    return xlgpu_perguest_list(DIR, uuid_r, n_r);
}

void xlgpu_kept_dispose(struct xlgpu_kept *kept)
{
    free(kept->name);
    free(kept->path);
    free(kept->config);
    *kept = (struct xlgpu_kept){ 0 };
}
