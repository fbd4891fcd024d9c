/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the wrapper hands over of xl's own verbs: create and restore. Where
 * gpu= asks for a partition it is assigned, then stock xl is executed with
 * the same arguments and what names the partition. From there on the config,
 * the monitor and reboots are xl's own.
 */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc.h"
#include "dirs.h"
#include "domain/start.h"
#include "step.h"

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

static void add_line(struct lines *lines, char *line)
{
    lines->line = xlgpu_realloc(lines->line, lines->n + 1,
                                sizeof(*lines->line));
    lines->line[lines->n++] = line;
}

static void config_lines(const struct xlgpu_config *config, const char *uuid,
                         const struct xlgpu_record *record,
                         struct lines *lines)
{
    char bdf[XLGPU_BDF_LEN];
    size_t i;

    *lines = (struct lines){ 0 };
    if (!*config->uuid) add_line(lines, xlgpu_asprintf("uuid=\"%s\"", uuid));
    if (!config->has_passthrough)
        add_line(lines, xlgpu_strdup("passthrough=\"enabled\""));
    for (i = 0; i < config->n_specs; i++)
        add_line(lines, xlgpu_asprintf("pci+=[\"%s@%x\"]",
                                       xlgpu_bdf_format(record[i].bdf, bdf),
                                       record[i].vslot));
}

static int assign_from_config(const struct command *c,
                              const struct xlgpu_config *config,
                              struct lines *lines)
{
    struct xlgpu_record *record =
        xlgpu_zalloc(config->n_specs, sizeof(*record));
    char uuid[XLGPU_UUID_LEN];
    int rc;

    if (*config->uuid)
        strcpy(uuid, config->uuid);
    else
        xlgpu_uuid_generate(uuid);
    rc = xlgpu_start(c->config, config, uuid, c->dry_run, record);
    if (!rc) config_lines(config, uuid, record, lines);
    free(record);
    return rc;
}

/* ---- create ---- */

static int create(struct command *c, const struct xlgpu_config *config)
{
    struct lines lines;
    char **argv;
    int rc;

    rc = assign_from_config(c, config, &lines);
    if (rc) return rc;

    argv = xlgpu_zalloc(c->argc + lines.n + 1, sizeof(*argv));
    memcpy(argv, c->argv, c->argc * sizeof(*argv));
    memcpy(argv + c->argc, lines.line, lines.n * sizeof(*argv));
    return exec_stock(argv);
}

/* ---- restore ---- */

/*
 * xl restore takes no key=value: the config goes to it as a file without a
 * name, which it opens through /proc.
 */
static int config_file(const struct xlgpu_config *config,
                       const struct lines *lines, char **path_r)
{
    int fd, i, r;

    fd = memfd_create("xl-gpu config", 0);
    r = fd < 0 ? -1 : dprintf(fd, "%s", config->text);
    for (i = 0; r >= 0 && i < lines->n; i++)
        r = dprintf(fd, "%s\n", lines->line[i]);
    if (r < 0)
        return xlgpu_fail(XLGPU_FAILED, "config", NULL, "%s", strerror(errno));

    *path_r = xlgpu_asprintf("/proc/self/fd/%d", fd);
    return XLGPU_OK;
}

static int restore_with_config(struct command *c,
                               const struct xlgpu_config *config)
{
    char **argv = xlgpu_zalloc(c->argc + 1, sizeof(*argv));
    struct lines lines;
    int i, rc;

    rc = assign_from_config(c, config, &lines);
    if (rc) return rc;

    memcpy(argv, c->argv, c->argc * sizeof(*argv));
    for (i = c->verb + 1; argv[i] != c->config; i++) {}
    rc = config_file(config, &lines, &argv[i]);
    return rc ? rc : exec_stock(argv);
}

/* The config in the file names the partition: that one, or none. */
static int restore_saved(const struct command *c)
{
    struct xlgpu_saved saved = { 0 };
    libxl_ctx *xen = NULL;
    int rc = XLGPU_OK;

    /* What is not xl's, or has no device, is stock xl's business. */
    if (!xlgpu_xen_open(&xen, false) &&
        xlgpu_saved_read(xen, c->saved, &saved) && saved.n_devices)
        rc = xlgpu_start_saved(c->saved, &saved);
    xlgpu_saved_dispose(&saved);
    xlgpu_xen_close(xen);
    return rc;
}

int main_xl(int argc, char **argv)
{
    struct xlgpu_config config = { 0 };
    struct command c;
    int rc;

    if (!parse_command(argc, argv, &c)) return exec_stock(argv);

    if (c.config) {
        rc = xlgpu_config_read(c.config, c.extra, &config);
        if (rc) return rc;
        if (!config.has_gpu) return exec_stock(argv);
        return c.restore ? restore_with_config(&c, &config)
                         : create(&c, &config);
    }
    rc = restore_saved(&c);
    return rc ? rc : exec_stock(argv);
}
