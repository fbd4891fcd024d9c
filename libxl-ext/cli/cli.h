/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands. Each main_ function is one verb: argv[0] is the verb. */
#ifndef XLGPU_CLI_H
#define XLGPU_CLI_H

#include <getopt.h>
#include <stdbool.h>

#include "domain/host.h"
#include "inventory/gpu.h"
#include "status.h"

/* xl's global options, given before the verb. */
struct xlgpu_globals {
    bool dry_run; /* -N */
    bool verbose; /* -v */
};

typedef int xlgpu_main_fn(int argc, char **argv, struct xlgpu_globals globals);

xlgpu_main_fn main_list, main_precheck, main_partition, main_unpartition,
    main_layout, main_recover, main_attach, main_detach, main_migrate,
    main_evacuate, main_pool_check;

/*
 * "xl-gpu xl ARGUMENTS…": what the wrapper hands over of xl's own verbs.
 * Executes stock xl with the same arguments, gpu= resolved.
 */
int main_xl(int argc, char **argv);

/* "xl-gpu cluster …": what the resource agents for Pacemaker ask. */
int main_cluster(int argc, char **argv);

/*
 * The next short option of a verb, or -1. Prints the verb's usage and exits
 * for -h, and for an option that is not in optstring.
 */
int xlgpu_getopt(int argc, char **argv, const char *optstring);
int xlgpu_getopt_long(int argc, char **argv, const char *optstring,
                      const struct option *options);

/* Says how the verb is used, and returns XLGPU_USAGE. */
int xlgpu_usage(const char *verb);

/* The GPU that the argument names. Says what is wrong with it. */
int xlgpu_find_gpu(const struct xlgpu_inventory *inv, const char *arg,
                   struct xlgpu_gpu **gpu_r);

#endif
