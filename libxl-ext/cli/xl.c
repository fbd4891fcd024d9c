/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the wrapper hands over of xl's own verbs: create, restore, and those by
 * which a guest leaves, for which see cli/xl_leave.h. Where gpu= asks for a
 * partition it is assigned, then stock xl is executed with the same arguments
 * and what names the partition. From there on the config, the monitor and
 * reboots are xl's own.
 */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cli/xl_leave.h"
#include "dirs.h"
#include "domain/kept_start.h"
#include "domain/start.h"
#include "migrate/moved.h"
#include "step.h"
#include "xenstore/kept.h"

/* The command line, taken apart as xl's main_create and main_restore do. */
struct command {
    int argc;            /* stock xl's, from "xl" on */
    char **argv;
    int verb;            /* index of the verb */
    bool restore;
    bool dry_run;        /* -N before create, or -n behind it */
    const char *config;  /* NULL: none given */
    const char *saved;   /* restore: the checkpoint file */
    char *extra;         /* create: the key=value arguments, a line each */
};

static int exec_stock(char **argv)
{
    const char *xl = xlgpu_stock_xl();

    xlgpu_step("before stock xl");
    execv(xl, argv);
    return xlgpu_fail(XLGPU_FAILED, xl, "install xl-gpu again",
                      "can't execute stock xl: %s", strerror(errno));
}

static void append_line(char **text, const char *line)
{
    char *longer = xlgpu_asprintf("%s%s\n", *text, line);

    free(*text);
    *text = longer;
}

/* False when stock xl would refuse the arguments. */
static bool parse_create(struct command *c)
{
    static const struct option options[] = {
        { "defconfig", required_argument, NULL, 'f' },
        { "dryrun", no_argument, NULL, 'n' },
        { "ignore-global-affinity-masks", no_argument, NULL, 'i' },
        { "quiet", no_argument, NULL, 'q' },
        { "vncviewer", no_argument, NULL, 'V' },
        { "vncviewer-autopass", no_argument, NULL, 'A' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int argc = c->argc - c->verb, opt;
    char **argv = xlgpu_zalloc(argc + 1, sizeof(*argv)), **args = argv;
    bool ok = true;

    memcpy(argv, c->argv + c->verb, argc * sizeof(*argv));
    if (argc > 1 && argv[1][0] != '-' && !strchr(argv[1], '=')) {
        c->config = argv[1];
        argc--;
        argv++;
    }
    optind = 0;
    opterr = 0;
    while ((opt = getopt_long(argc, argv, "+AFVcdef:inpqh", options, NULL)) !=
           -1) {
        if (opt == 'f') c->config = optarg;
        if (opt == 'n') c->dry_run = true;
        if (opt == '?' || opt == 'h') ok = false;
    }
    for (; optind < argc; optind++) {
        if (strchr(argv[optind], '='))
            append_line(&c->extra, argv[optind]);
        else if (!c->config)
            c->config = argv[optind];
        else
            ok = false;
    }
    free(args);
    return ok && c->config;
}

static bool parse_restore(struct command *c)
{
    static const struct option options[] = {
        { "vncviewer", no_argument, NULL, 'V' },
        { "vncviewer-autopass", no_argument, NULL, 'A' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int argc = c->argc - c->verb, opt, n;
    char **argv = xlgpu_zalloc(argc + 1, sizeof(*argv));
    bool ok = true;

    memcpy(argv, c->argv + c->verb, argc * sizeof(*argv));
    optind = 0;
    opterr = 0;
    while ((opt = getopt_long(argc, argv, "+FVAcpdeh", options, NULL)) != -1)
        if (opt == '?' || opt == 'h') ok = false;

    n = argc - optind;
    if (n == 2) c->config = argv[optind];
    if (n == 1 || n == 2) c->saved = argv[argc - 1];
    free(argv);
    return ok && c->saved;
}

/* xl takes any prefix of a verb that fits no other. */
static bool is_prefix(const char *word, const char *verb, size_t least)
{
    return strlen(word) >= least && !strncmp(word, verb, strlen(word));
}

static bool parse_command(int argc, char **argv, struct command *c)
{
    *c = (struct command){ .argc = argc, .argv = argv, .verb = 1,
                           .extra = xlgpu_strdup("") };

    for (; c->verb < argc && argv[c->verb][0] == '-'; c->verb++)
        if (strchr(argv[c->verb], 'N')) c->dry_run = true;
    if (c->verb >= argc) return false;

    c->restore = is_prefix(argv[c->verb], "restore", 3);
    if (c->restore) return parse_restore(c);
    return is_prefix(argv[c->verb], "create", 2) && parse_create(c);
}

/* ---- Assignment ---- */

/* The config lines that tell xl of what was assigned; owned. */
struct lines {
    char **line;
    int n;
};

static void dispose_lines(struct lines *lines)
{
    int i;

    for (i = 0; i < lines->n; i++) free(lines->line[i]);
    free(lines->line);
}

/* The config goes with the guest: where it is restarted elsewhere, or must be
 * started again here. */
static int keep(const struct command *c, const struct xlgpu_config *config,
                const char *uuid)
{
    char *path = realpath(c->config, NULL);
    struct xlgpu_kept kept = { .name = config->name };
    int rc;

    kept.path = path && strncmp(path, "/dev/", 5) ? path : (char *)"";
    kept.config = xlgpu_asprintf("%suuid=\"%s\"\n", config->text, uuid);
    rc = xlgpu_kept_write(uuid, &kept);
    free(kept.config);
    free(path);
    return rc;
}

static int assign_from_config(const struct command *c,
                              const struct xlgpu_config *config,
                              struct lines *lines)
{
    struct xlgpu_record *record =
        xlgpu_zalloc(config->n_specs, sizeof(*record));
    char uuid[XLGPU_UUID_LEN];
    int rc = XLGPU_OK;

    if (*config->uuid)
        strcpy(uuid, config->uuid);
    else
        xlgpu_uuid_generate(uuid);
    if (!c->dry_run) rc = xlgpu_moved_check(c->config, c->config, config);
    if (!rc) rc = xlgpu_start(c->config, config, uuid, c->dry_run, record);
    /* Again, for it may have left while its lock was waited for. */
    if (!rc && !c->dry_run)
        rc = xlgpu_moved_check(c->config, c->config, config);
    if (!rc && !c->dry_run) rc = keep(c, config, uuid);
    if (!rc)
        lines->line = xlgpu_assigned_lines(config, uuid, record, &lines->n);
    free(record);
    return rc;
}

/* ---- create ---- */

static int create(struct command *c, const struct xlgpu_config *config)
{
    struct lines lines = { 0 };
    char **argv;
    int rc;

    rc = assign_from_config(c, config, &lines);
    if (rc) return rc;

    argv = xlgpu_zalloc(c->argc + lines.n + 1, sizeof(*argv));
    memcpy(argv, c->argv, c->argc * sizeof(*argv));
    memcpy(argv + c->argc, lines.line, lines.n * sizeof(*argv));
    rc = exec_stock(argv);
    free(argv);
    dispose_lines(&lines);
    return rc;
}

/* ---- restore ---- */

/* xl restore takes no key=value: the config goes to it as a file. */
static int restore_with_config(struct command *c,
                               const struct xlgpu_config *config)
{
    struct lines lines = { 0 };
    char **argv, *file;
    int i, rc;

    rc = assign_from_config(c, config, &lines);
    if (rc) return rc;

    argv = xlgpu_zalloc(c->argc + 1, sizeof(*argv));
    memcpy(argv, c->argv, c->argc * sizeof(*argv));
    for (i = c->verb + 1; argv[i] != c->config; i++) {}
    rc = xlgpu_config_file(config, lines.line, lines.n, &file);
    if (!rc) {
        argv[i] = file;
        rc = exec_stock(argv);
        free(file);
    }
    free(argv);
    dispose_lines(&lines);
    return rc;
}

/* A guest that was saved here may have gone on, and left. */
static int check_left(const char *file, const struct xlgpu_saved *saved)
{
    struct xlgpu_config config = { .name = saved->name };

    strcpy(config.uuid, saved->uuid);
    return xlgpu_moved_check(file, file, &config);
}

/* The config in the file names the partition: that one, or none. */
static int restore_saved(const struct command *c)
{
    struct xlgpu_saved saved = { 0 };
    libxl_ctx *xen = NULL;
    int rc = XLGPU_OK;

    /* What is not xl's, or has no device, is stock xl's business. */
    if (!xlgpu_xen_open(&xen, false) &&
        xlgpu_saved_read(xen, c->saved, &saved) && saved.n_devices) {
        rc = check_left(c->saved, &saved);
        if (!rc) rc = xlgpu_start_saved(c->saved, &saved);
    }
    xlgpu_saved_dispose(&saved);
    xlgpu_xen_close(xen);
    return rc;
}

/* A guest that is to leave; false: stock xl is to see to it. */
static bool leave(const struct command *c, int *rc_r)
{
    const struct xlgpu_globals globals = { .dry_run = c->dry_run };
    int argc = c->argc - c->verb;
    char **argv = c->argv + c->verb;

    if (argc < 1) return false;
    if (!strcmp(argv[0], "migrate"))
        return xlgpu_xl_migrate(argc, argv, globals, rc_r);
    if (is_prefix(argv[0], "remus", 3))
        return xlgpu_xl_remus(argc, argv, rc_r);
    return is_prefix(argv[0], "save", 2) && xlgpu_xl_save(argc, argv, rc_r);
}

static int create_or_restore(struct command *c, struct xlgpu_config *config)
{
    int rc;

    if (!c->config) {
        rc = restore_saved(c);
        return rc ? rc : exec_stock(c->argv);
    }
    rc = xlgpu_config_read(c->config, c->extra, config);
    if (rc) return rc;
    if (!config->has_gpu) return exec_stock(c->argv);
    return c->restore ? restore_with_config(c, config) : create(c, config);
}

int main_xl(int argc, char **argv)
{
    struct xlgpu_config config = { 0 };
    struct command c;
    int rc;

    if (parse_command(argc, argv, &c))
        rc = create_or_restore(&c, &config);
    else if (!leave(&c, &rc))
        rc = exec_stock(argv);
    xlgpu_config_dispose(&config);
    free(c.extra);
    return rc;
}
