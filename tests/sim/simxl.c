/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stock xl, simulated: the verbs that xl-gpu and its tests need, on the
 * domains of simdom.h.
 *
 *   SIM_KILL_AT=N     SIGKILL to itself at its N-th visible step
 *   SIM_REBOOT_MS     how long a reboot has no domain; 2000
 */
#define _GNU_SOURCE
#include "simxl.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void step(void)
{
    static long n;
    const char *at = getenv("SIM_KILL_AT");

    if (at && ++n == strtol(at, NULL, 10)) raise(SIGKILL);
}

static int no_such(const char *name)
{
    fprintf(stderr, "%s is an invalid domain identifier (rc=-6)\n", name);
    return 1;
}

static int main_list(int argc, char **argv)
{
    struct sim_domain d;
    uint32_t *domids;
    size_t n, i;

    (void)argc, (void)argv;
    printf("%-40s %5s %5s %5s\t%s\t%s\n", "Name", "ID", "Mem", "VCPUs",
           "State", "Time(s)");
    printf("%-40s %5d %5d %5d     r-----     %s\n", "Domain-0", 0, 1024, 1,
           "1.0");
    domids = sim_domids(&n);
    for (i = 0; domids && i < n; i++)
        if (!sim_domain_read(domids[i], &d))
            printf("%-40s %5u %5u %5u     -b----     %s\n", d.name, d.domid,
                   d.memory, d.vcpus, "1.0");
    free(domids);
    return 0;
}

static int main_domid(int argc, char **argv)
{
    uint32_t domid = argc > 1 ? sim_domain_find(argv[1]) : 0;

    if (!domid) {
        fprintf(stderr, "Can't get domid of domain name '%s'\n",
                argc > 1 ? argv[1] : "");
        return 1;
    }
    printf("%u\n", domid);
    return 0;
}

static int main_destroy(int argc, char **argv)
{
    uint32_t domid = argc > 1 ? sim_domain_find(argv[argc - 1]) : 0;

    if (!domid) return no_such(argv[argc - 1]);
    sim_domain_destroy(domid);
    return 0;
}

/* Asks its monitor. */
static int shut_down(int argc, char **argv, const char *how)
{
    uint32_t domid = argc > 1 ? sim_domain_find(argv[argc - 1]) : 0;

    if (!domid) return no_such(argv[argc - 1]);
    if (sim_are_deaf()) return 0;
    return sim_domain_set(domid, "shutdown", how) ? 1 : 0;
}

static int main_shutdown(int argc, char **argv)
{
    return shut_down(argc, argv, "poweroff");
}

static int main_reboot(int argc, char **argv)
{
    return shut_down(argc, argv, "reboot");
}

/* ---- PCI ---- */

static int bad_bdf(const char *text)
{
    fprintf(stderr, "%s: malformed PCI_BDF string \"%s\"\n", "xl", text);
    return 2;
}

static int main_assignable_add(int argc, char **argv)
{
    struct bdf bdf;

    if (argc != 2 || bdf_parse(argv[1], &bdf)) return bad_bdf(argv[argc - 1]);
    return pci_assignable_add(bdf, true) ? 1 : 0;
}

static int main_assignable_remove(int argc, char **argv)
{
    bool rebind = argc == 3 && !strcmp(argv[1], "-r");
    struct bdf bdf;

    if (argc != 2 + rebind || bdf_parse(argv[argc - 1], &bdf))
        return bad_bdf(argv[argc - 1]);
    return pci_assignable_remove(bdf, rebind) ? 1 : 0;
}

/* "BDF[@SLOT]", the slot in hexadecimal. */
static int parse_device(const char *text, struct sim_pci *pci)
{
    char bdf[32];

    *pci = (struct sim_pci){ 0 };
    snprintf(bdf, sizeof(bdf), "%.*s", (int)strcspn(text, "@,"), text);
    text = strchr(text, '@');
    if (text) pci->vslot = strtoul(text + 1, NULL, 16);
    return bdf_parse(bdf, &pci->bdf);
}

static int main_attach(int argc, char **argv)
{
    uint32_t domid = argc > 1 ? sim_domain_find(argv[1]) : 0;
    struct sim_pci pci;

    if (!domid) return no_such(argc > 1 ? argv[1] : "");
    if (argc < 3 || parse_device(argv[2], &pci)) return bad_bdf(argv[argc - 1]);
    return pci_attach(domid, pci) ? 1 : 0;
}

static int main_detach(int argc, char **argv)
{
    uint32_t domid = argc > 2 ? sim_domain_find(argv[argc - 2]) : 0;
    struct sim_pci pci;

    if (!domid) return no_such(argc > 2 ? argv[argc - 2] : "");
    if (parse_device(argv[argc - 1], &pci)) return bad_bdf(argv[argc - 1]);
    return pci_detach(domid, pci.bdf) ? 1 : 0;
}

static const struct {
    const char *name;
    int (*main)(int argc, char **argv);
} verbs[] = {
    { "list", main_list },
    { "domid", main_domid },
    { "destroy", main_destroy },
    { "shutdown", main_shutdown },
    { "reboot", main_reboot },
    { "pci-assignable-add", main_assignable_add },
    { "pci-assignable-remove", main_assignable_remove },
    { "migrate", main_migrate },
    { "migrate-receive", main_migrate_receive },
    { "pci-attach", main_attach },
    { "pci-detach", main_detach },
};

/* As xl.c has it: its completion counts on four lines and a blank. */
static int help(const char *verb)
{
    size_t i;

    if (verb) {
        printf("Usage: xl [-vfNtT] %s\n", verb);
        return 0;
    }
    printf("Usage xl [-vfNtT] <subcommand> [args]\n\n"
           "xl full list of subcommands:\n\n %-19s\n", "create");
    for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
        printf(" %-19s\n", verbs[i].name);
    return 0;
}

int main(int argc, char **argv)
{
    bool dry_run = false;
    size_t i;

    sim_step = step;
    prctl(PR_SET_NAME, "xl");
    /* xl's global options. */
    for (; argc > 1 && argv[1][0] == '-'; argc--, argv++)
        if (strchr(argv[1], 'N')) dry_run = true;
    argc--;
    argv++;
    if (argc < 1) return 2;
    if (!strcmp(argv[0], "help")) return help(argv[1]);
    if (!sim_xs()) {
        fprintf(stderr, "cannot init xl context\n");
        return 1;
    }

    if (strlen(argv[0]) > 1 && !strncmp(argv[0], "create", strlen(argv[0])))
        return main_create(argc, argv, dry_run);
    for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
        if (!strcmp(verbs[i].name, argv[0])) return verbs[i].main(argc, argv);
    fprintf(stderr, "command not implemented\n");
    return 1;
}
