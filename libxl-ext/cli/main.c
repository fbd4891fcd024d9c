/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "migrate/receiver.h"
#include "migrate/transport.h"

static const struct verb {
    const char *name;
    xlgpu_main_fn *fn;
    const char *arguments, *description, *options;
} verbs[] = {
    { "list", main_list, "[-l] [-j|--html FILE] [GPU...]",
      "List the GPUs of this host",
      "-l           List their partitions too, and who holds each.\n"
      "-j           Print JSON.\n"
      "--html FILE  Write all of it as a page instead; - is the standard "
      "output.\n" },
    { "precheck", main_precheck, "[-j]",
      "Check whether this host can give its GPUs to guests",
      "-j  Print JSON.\n" },
    { "partition", main_partition,
      "[-n] [-j] GPU|--pool COUNT [key=value...]",
      "Split a GPU into COUNT partitions",
      "-n      Dry run: say what would be done.\n"
      "-j      Print JSON.\n"
      "--pool  All GPUs of all hosts of gpu.conf's pool, or none.\n"
      "memory=MIB, exec_quantum_ms=N, preempt_timeout_us=N: what each\n"
      "partition gets, where the driver can say so.\n" },
    { "unpartition", main_unpartition, "[-n] [-j] GPU",
      "Make a GPU whole again",
      "-n  Dry run: say what would be done.\n"
      "-j  Print JSON.\n" },
    { "layout", main_layout, "[-n] [-j] [--apply]",
      "Show the desired layout beside the running one",
      "-n       Dry run: with --apply, say what would be done.\n"
      "-j       Print JSON.\n"
      "--apply  Make the running layout what is desired.\n" },
    { "recover", main_recover,
      "[-n] [-j] [--peer-is-dead=HOST] [--outside-cluster] [--forget=GUEST]",
      "Settle what a crash left, try quarantined partitions again",
      "-n  Dry run: say what would be done.\n"
      "-j  Print JSON.\n"
      "--peer-is-dead=HOST  That host is gone for good, or fenced: guests "
      "that were\n"
      "                     on their way to it go on here.\n"
      "--outside-cluster    On a node of a cluster: settle migrations too that "
      "its end\n"
      "                     cut off, of guests that the cluster does not run.\n"
      "--forget=GUEST       The guest, by UUID or name, that moved away may "
      "be created\n"
      "                     here again, whatever became of it.\n" },
    { "attach", main_attach, "[-n] [-j] DOMAIN [SPEC]",
      "Give a running guest a partition, or a whole GPU",
      "-n  Dry run: say which partition it would be.\n"
      "-j  Print JSON.\n"
      "SPEC is as in gpu = [ \"SPEC\" ]; default \"partition\".\n" },
    { "migrate", main_migrate,
      "[-n] [-j] [--mode=MODE] [--allow-restart] DOMAIN HOST",
      "Move a guest with a partition to another host",
      "-n               Dry run: the verdict, its reasons and the estimate.\n"
      "-j               Print JSON.\n"
      "--mode=MODE      auto (the default), live, freeze, hotplug, restart.\n"
      "--allow-restart  Restart it there where nothing better is possible.\n" },
    { "evacuate", main_evacuate,
      "[-n] [-j] [--allow-restart] [HOST...]",
      "Move every guest with a partition off this host",
      "-n               Dry run: say what would become of each.\n"
      "-j               Print JSON.\n"
      "--allow-restart  Restart those for which nothing better is possible.\n"
      "Each goes to the host with the best verdict for it, the first of\n"
      "several; they are gpu.conf's pool if none is named.\n" },
    { "detach", main_detach, "[-n] [-j] DOMAIN [GPU]",
      "Take its partition or a whole GPU from a running guest",
      "-n  Dry run: say which device it would be.\n"
      "-j  Print JSON.\n"
      "GPU: what the guest has of this one; needed for one that it has whole.\n"
    },
    { "pool-check", main_pool_check, "[-j|--html FILE] [HOST...]",
      "Compare the GPUs of the pool's hosts, and say who has room",
      "-j           Print JSON.\n"
      "--html FILE  Write a page instead; - is the standard output.\n"
      "HOST: those instead of gpu.conf's pool; this one is always compared.\n"
    },
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

int xlgpu_getopt_long(int argc, char **argv, const char *optstring,
                      const struct option *options)
{
    char with_help[32];
    int opt;

    snprintf(with_help, sizeof(with_help), "h%s", optstring);
    opterr = 0;
    opt = getopt_long(argc, argv, with_help, options, NULL);
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

int xlgpu_getopt(int argc, char **argv, const char *optstring)
{
    static const struct option none[] = { { NULL, 0, NULL, 0 } };

    return xlgpu_getopt_long(argc, argv, optstring, none);
}

static int no_such_verb(const char *name)
{
    return xlgpu_fail(XLGPU_USAGE, name, "xl-gpu help lists the verbs",
                      "no such verb");
}

static void print_verbs(FILE *f)
{
    size_t i;

    fputs("Usage: xl gpu-VERB [arguments], or xl-gpu VERB [arguments]\n\n", f);
    for (i = 0; i < N_VERBS; i++)
        fprintf(f, " gpu-%-12s %s\n", verbs[i].name, verbs[i].description);
}

/* Of one verb, or of all. */
static int help(const char *name)
{
    const struct verb *v = name ? find_verb(name) : NULL;

    if (name && !v) return no_such_verb(name);
    if (v)
        print_usage(stdout, v);
    else
        print_verbs(stdout);
    return XLGPU_OK;
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

    if (!argc) {
        print_verbs(stderr);
        return XLGPU_USAGE;
    }
    if (!strcmp(argv[0], "help")) return help(argv[1]);
    /* What other programs of ours run: nobody is told of these. */
    if (!strcmp(argv[0], "xl")) return main_xl(argc, argv);
    if (!strcmp(argv[0], "cluster")) return main_cluster(argc, argv);
    if (!strcmp(argv[0], "transport")) return xlgpu_transport_run();
    if (!strcmp(argv[0], "migrate-receive"))
        return xlgpu_receive(STDIN_FILENO, STDOUT_FILENO);

    v = find_verb(argv[0]);
    return v ? v->fn(argc, argv, globals) : no_such_verb(argv[0]);
}
