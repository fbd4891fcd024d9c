/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl gpu-partition and xl gpu-unpartition. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "domain/layout.h"

#define COUNT_MAX 0xffff /* sriov_numvfs is a u16 */

static bool parse_count(const char *s, unsigned int *count_r)
{
    unsigned long n;
    char *end;

    if (!isdigit((unsigned char)*s)) return false;
    errno = 0;
    n = strtoul(s, &end, 10);
    *count_r = n;
    return !errno && !*end && n && n <= COUNT_MAX;
}

static void say(const struct xlgpu_gpu *gpu, unsigned int before,
                unsigned int count, bool needed, bool dry_run)
{
    const char *noun = count == 1 ? "partition" : "partitions";
    char bdf[XLGPU_BDF_LEN];

    xlgpu_bdf_format(gpu->bdf, bdf);
    if (!needed)
        printf("%s: %u %s, as before\n", bdf, count, noun);
    else if (count == before)
        printf("%s: %s%u %s, made anew\n", bdf, dry_run ? "would have " : "",
               count, noun);
    else
        printf("%s: %s%u %s, before %u\n", bdf, dry_run ? "would have " : "",
               count, noun, before);
}

static int set_layout(const char *gpu_arg, const struct xlgpu_want *want,
                      struct xlgpu_globals globals)
{
    struct xlgpu_host host = { 0 };
    struct xlgpu_gpu *gpu;
    unsigned int before;
    bool needed;
    int rc;

    rc = xlgpu_host_open(&host, (struct xlgpu_host_open){
                                    .change_layout = !globals.dry_run,
                                    .dry_run = globals.dry_run,
                                    .verbose = globals.verbose });
    if (rc) goto out;
    rc = xlgpu_find_gpu(&host.inventory, gpu_arg, &gpu);
    if (rc) goto out;

    before = gpu->count;
    rc = xlgpu_layout_check(&host, gpu, want, &needed);
    if (!rc && !globals.dry_run) rc = xlgpu_layout_change(&host, gpu, want);
    if (rc) goto out;

    say(gpu, before, want->count, needed, globals.dry_run);
    if (gpu->console && want->count)
        xlgpu_warn(gpu_arg, NULL, "it drives dom0's console: keep its driver");
out:
    xlgpu_host_close(&host);
    return rc;
}

static int parse_request(const char *text, struct xlgpu_resources *each)
{
    char *why = xlgpu_resources_request(each, text);
    int rc = XLGPU_OK;

    if (why) rc = xlgpu_fail(XLGPU_USAGE, text, "see xl-gpu(8)", "%s", why);
    free(why);
    return rc;
}

int main_partition(int argc, char **argv, struct xlgpu_globals globals)
{
    struct xlgpu_want want = { 0 };
    int i, opt, rc;

    while ((opt = xlgpu_getopt(argc, argv, "n")) != -1)
        if (opt == 'n') globals.dry_run = true;
    if (argc - optind < 2) return xlgpu_usage(argv[0]);
    if (!parse_count(argv[optind + 1], &want.count))
        return xlgpu_fail(XLGPU_USAGE, argv[optind + 1],
                          "xl gpu-unpartition makes the GPU whole again",
                          "COUNT is not a number above 0");
    for (i = optind + 2; i < argc; i++) {
        rc = parse_request(argv[i], &want.each);
        if (rc) return rc;
    }
    return set_layout(argv[optind], &want, globals);
}

int main_unpartition(int argc, char **argv, struct xlgpu_globals globals)
{
    int opt;

    while ((opt = xlgpu_getopt(argc, argv, "n")) != -1)
        if (opt == 'n') globals.dry_run = true;
    if (argc - optind != 1) return xlgpu_usage(argv[0]);
    return set_layout(argv[optind], &(struct xlgpu_want){ 0 }, globals);
}
