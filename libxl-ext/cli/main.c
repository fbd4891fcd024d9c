/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct verb {
    const char *name;
    xlgpu_main_fn *fn;
    const char *arguments, *description, *options;
} verbs[] = {
    { "list", main_list, "[-l] [-j] [GPU...]",
      "List the GPUs of this host",
      "-l  List their partitions too, and who holds each.\n"
      "-j  Print JSON.\n" },
    { "precheck", main_precheck, "[-j]",
      "Check whether this host can give its GPUs to guests",
      "-j  Print JSON.\n" },
    { "partition", main_partition, "[-n] GPU COUNT [key=value...]",
      "Split a GPU into COUNT partitions",
      "-n  Dry run: say what would be done.\n"
      "memory=MIB, exec_quantum_ms=N, preempt_timeout_us=N: what each\n"
      "partition gets, where the driver can say so.\n" },
    { "unpartition", main_unpartition, "[-n] GPU",
      "Make a GPU whole again",
      "-n  Dry run: say what would be done.\n" },
    { "layout", main_layout, "[-n] [-j] [--apply]",
      "Show the desired layout beside the running one",
      "-n       Dry run: with --apply, say what would be done.\n"
      "-j       Print JSON.\n"
      "--apply  Make the running layout what is desired.\n" },
    { "recover", main_recover, "[-n]",
      "Settle what a crash left, try quarantined partitions again",
      "-n  Dry run: say what would be done.\n" },
    { "attach", main_attach, "[-n] DOMAIN [SPEC]",
      "Give a running guest a partition",
      "-n  Dry run: say which partition it would be.\n"
      "SPEC is as in gpu = [ \"SPEC\" ]; default \"partition\".\n" },
    { "detach", main_detach, "[-n] DOMAIN [GPU]",
      "Take its partition from a running guest, or a whole GPU",
      "-n  Dry run: say which device it would be.\n" },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name)
{
    size_t i;

    for (i = 0; i < N_VERBS; i++)
        if (!strcmp(verbs[i].name, name)) return &verbs[i];
    return NULL;
}

static void print_usage(FILE *f, const struct verb *v)
{
    fprintf(f, "Usage: xl gpu-%s %s\n\n%s.\n\nOptions:\n\n%s", v->name,
            v->arguments, v->description, v->options);
}

int xlgpu_usage(const char *verb)
{
    return xlgpu_fail(XLGPU_USAGE, verb, NULL, "usage: xl gpu-%s %s", verb,
                      find_verb(verb)->arguments);
}

int xlgpu_getopt(int argc, char **argv, const char *optstring)
{
    char with_help[32];
    int opt;

    snprintf(with_help, sizeof(with_help), "h%s", optstring);
    opterr = 0;
    opt = getopt(argc, argv, with_help);
    if (opt == 'h') {
        print_usage(stdout, find_verb(argv[0]));
        exit(XLGPU_OK);
    }
    if (opt == '?')
        exit(xlgpu_fail(XLGPU_USAGE, argv[0], NULL,
                        "unknown option; usage: xl gpu-%s %s", argv[0],
                        find_verb(argv[0])->arguments));
    return opt;
}

static void print_verbs(FILE *f)
{
    size_t i;

    fputs("Usage: xl gpu-VERB [arguments], or xl-gpu VERB [arguments]\n\n", f);
    for (i = 0; i < N_VERBS; i++)
        fprintf(f, " gpu-%-12s %s\n", verbs[i].name, verbs[i].description);
}

int xlgpu_find_gpu(const struct xlgpu_inventory *inv, const char *arg,
                   struct xlgpu_gpu **gpu_r)
{
    struct xlgpu_bdf bdf;
    unsigned int index;

    if (!xlgpu_bdf_parse(arg, &bdf))
        return xlgpu_fail(XLGPU_USAGE, arg, "write it as in 0000:41:00.0",
                          "it is not a PCI address");

    *gpu_r = xlgpu_inventory_find(inv, bdf);
    if (*gpu_r) return XLGPU_OK;
    if (xlgpu_inventory_find_partition(inv, bdf, &index))
        return xlgpu_fail(XLGPU_NOT_FOUND, arg, "name its GPU",
                          "it is a partition, not a GPU");
    return xlgpu_fail(XLGPU_NOT_FOUND, arg,
                      "xl gpu-list shows those that there are",
                      "no such GPU on this host");
}

int main(int argc, char **argv)
{
    struct xlgpu_globals globals = { 0 };
    const struct verb *v;
    int opt;

    /* The options that xl takes before its verb; -f, -t and -T say nothing
     * to us. */
    opterr = 0;
    while ((opt = getopt(argc, argv, "+vftTN")) != -1) {
        if (opt == 'N') globals.dry_run = true;
        if (opt == 'v') globals.verbose = true;
        if (opt == '?')
            return xlgpu_fail(XLGPU_USAGE, "xl-gpu",
                              "xl-gpu help lists the verbs",
                              "unknown option");
    }
    argc -= optind;
    argv += optind;
    optind = 0; /* glibc's getopt() begins anew, without the "+" above */

    if (!argc || !strcmp(argv[0], "help")) {
        print_verbs(argc ? stdout : stderr);
        return argc ? XLGPU_OK : XLGPU_USAGE;
    }
    if (!strcmp(argv[0], "xl")) return main_xl(argc, argv);

    v = find_verb(argv[0]);
    if (!v)
        return xlgpu_fail(XLGPU_USAGE, argv[0], "xl-gpu help lists the verbs",
                          "no such verb");
    return v->fn(argc, argv, globals);
}
