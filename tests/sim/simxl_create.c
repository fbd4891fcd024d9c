/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl create, and what stays behind for the guest. */
#define _GNU_SOURCE
#include "simxl.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <libxlutil.h>
#include <libxl_utils.h>
#include <libxl_uuid.h>

#define POLL_MS 20
#define REBOOT_MS 2000

/* ---- The config ---- */

static void get(const XLU_Config *cfg, const char *key, const char *otherwise,
                char *text, size_t size)
{
    const char *value;

    if (xlu_cfg_get_string(cfg, key, &value, 1)) value = otherwise;
    snprintf(text, size, "%s", value);
}

static unsigned int get_number(const XLU_Config *cfg, const char *key,
                               long otherwise)
{
    long value;

    return xlu_cfg_get_long(cfg, key, &value, 1) ? otherwise : value;
}

static int read_devices(XLU_Config *cfg, struct sim_domain *d)
{
    libxl_device_pci pci;
    XLU_ConfigList *list;
    const char *item;
    int i, n, r;

    if (xlu_cfg_get_list(cfg, "pci", &list, &n, 1)) return 0;
    for (i = 0; i < n && d->n_pci < SIM_PCI_MAX; i++) {
        item = xlu_cfg_get_listitem(list, i);
        libxl_device_pci_init(&pci);
        r = !item || xlu_pci_parse_spec_string(cfg, &pci, item);
        if (!r)
            d->pci[d->n_pci++] = (struct sim_pci){
                { pci.domain, pci.bus, pci.dev, pci.func }, pci.vdevfn >> 3
            };
        libxl_device_pci_dispose(&pci);
        if (r) {
            fprintf(stderr, "unable to parse PCI BDF `%s' for passthrough\n",
                    item ? item : "");
            return -1;
        }
    }
    return 0;
}

/* The text of the file, then each argument as a line. */
static char *config_text(const char *file, char **extra, int n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size), *in;
    int c;

    in = strcmp(file, "/dev/null") ? fopen(file, "re") : NULL;
    if (!out || (!in && strcmp(file, "/dev/null"))) {
        fprintf(stderr, "Failed to read config file: %s: %s\n", file,
                strerror(errno));
        return NULL;
    }
    while (in && (c = fgetc(in)) != EOF) fputc(c, out);
    if (in) fclose(in);
    for (fputs("\n", out); n--; extra++) fprintf(out, "%s\n", *extra);
    fclose(out);
    return text;
}

static int take_config(XLU_Config *cfg, struct sim_domain *d)
{
    libxl_uuid uuid;
    char fresh[40];

    libxl_uuid_generate(&uuid);
    snprintf(fresh, sizeof(fresh), LIBXL_UUID_FMT, LIBXL_UUID_BYTES(uuid));
    get(cfg, "name", "", d->name, sizeof(d->name));
    get(cfg, "uuid", fresh, d->uuid, sizeof(d->uuid));
    get(cfg, "type", "pv", d->type, sizeof(d->type));
    get(cfg, "passthrough", "", d->passthrough, sizeof(d->passthrough));
    get(cfg, "cpus", "", d->cpus, sizeof(d->cpus));
    d->memory = get_number(cfg, "memory", 32);
    d->vcpus = get_number(cfg, "vcpus", 1);
    if (!*d->name) {
        fprintf(stderr, "Domain name must be specified.\n");
        return -1;
    }
    return read_devices(cfg, d);
}

static int read_config(const char *file, const char *text,
                       struct sim_domain *d)
{
    XLU_Config *cfg = xlu_cfg_init(stderr, file);
    int r = -1;

    *d = (struct sim_domain){ 0 };
    if (!cfg || xlu_cfg_readdata(cfg, text, strlen(text)))
        fprintf(stderr, "Failed to parse config\n");
    else
        r = take_config(cfg, d);
    if (cfg) xlu_cfg_destroy(cfg);
    return r;
}

/* ---- Building ---- */

int check_free(const struct sim_domain *d)
{
    struct sim_domain other;
    uint32_t *domids;
    char text[16];
    size_t i, n;
    int r = 0;

    domids = sim_domids(&n);
    for (i = 0; domids && i < n && !r; i++)
        if (!sim_domain_read(domids[i], &other) &&
            (!strcmp(other.name, d->name) || !strcmp(other.uuid, d->uuid))) {
            fprintf(stderr, "A domain with name \"%s\" already exists.\n",
                    d->name);
            r = 1;
        }
    free(domids);
    for (i = 0; i < d->n_pci && !r; i++)
        if (!pci_is_assignable(d->pci[i].bdf)) {
            fprintf(stderr,
                    "libxl: error: PCI device %s is not assignable\n",
                    bdf_format(d->pci[i].bdf, text));
            r = 1;
        }
    return r;
}

int build(struct sim_domain *d)
{
    int r;

    r = check_free(d);
    if (r) return r;
    sim_step();
    if (sim_domain_make(d)) return 1;
    sim_step();
    return attach_all(d);
}

int attach_all(const struct sim_domain *d)
{
    size_t i;

    for (i = 0; i < d->n_pci; i++)
        if (pci_attach(d->domid, d->pci[i])) {
            sim_domain_destroy(d->domid);
            return 1;
        }
    sim_step();
    return sim_domain_set(d->domid, "ready", "1") ? 1 : 0;
}

/* ---- What stays ---- */

static void pause_ms(unsigned int ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

    nanosleep(&t, NULL);
}

static char *read_node(const char *format, uint32_t domid)
{
    char path[64];

    snprintf(path, sizeof(path), format, domid);
    return xs_read(sim_xs(), XBT_NULL, path, NULL);
}

static bool is_there(uint32_t domid)
{
    struct sim_domain d;

    return !sim_domain_read(domid, &d);
}

static bool shuts_down(uint32_t domid, bool *reboots)
{
    char *how = read_node("/sim/domain/%u/shutdown", domid);

    *reboots = how && !strcmp(how, "reboot");
    free(how);
    return how != NULL;
}

/* Then the monitor of Xen 4.17 has ended, whatever became of it. */
static bool was_suspended(uint32_t domid)
{
    char *suspends = read_node("/sim/domain/%u/suspends", domid);

    free(suspends);
    return suspends;
}

/* As Linux takes it: what was called off meanwhile is not taken. */
static char *take(uint32_t domid)
{
    char path[64], taken[64], *how;
    xs_transaction_t t = xs_transaction_start(sim_xs());

    snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
    snprintf(taken, sizeof(taken), "/sim/domain/%u/taken", domid);
    how = xs_read(sim_xs(), t, path, NULL);
    if (how && *how) {
        xs_write(sim_xs(), t, path, "", 0);
        xs_write(sim_xs(), t, taken, how, strlen(how));
        if (xs_transaction_end(sim_xs(), t, false)) return how;
    } else {
        xs_transaction_end(sim_xs(), t, true);
    }
    free(how);
    return NULL;
}

/* The guest does what its toolstack asks for. */
static void take_request(uint32_t domid)
{
    char *how = take(domid), *ms;

    if (!how) return;
    ms = xs_read(sim_xs(), XBT_NULL, "/sim/shutdown_ms", NULL);
    if (ms) pause_ms(strtoul(ms, NULL, 10));
    if (strcmp(how, "suspend")) {
        sim_domain_set(domid, "shutdown", how);
    } else {
        sim_domain_set(domid, "suspends", "1");
        sim_domain_set(domid, "state", "suspended");
    }
    free(ms);
    free(how);
}

/* A child with all descriptors but the terminal's. It has left xl's group
 * before xl goes on: who ends that group then does not mean it. */
static pid_t fork_daemon(void)
{
    int null, left[2];
    char none;
    pid_t pid;

    fflush(NULL);
    if (pipe(left)) return -1;
    pid = fork();
    if (pid) {
        close(left[1]);
        while (read(left[0], &none, 1) < 0 && errno == EINTR) continue;
        close(left[0]);
        return pid;
    }
    setsid();
    close(left[0]);
    close(left[1]);
    signal(SIGHUP, SIG_IGN);
    null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    if (null > STDERR_FILENO) close(null);
    unsetenv("SIM_KILL_AT");
    sim_xs_forget();
    return 0;
}

static void note_pid(uint32_t domid, const char *who, pid_t pid)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", (int)pid);
    sim_domain_set(domid, who, text);
}

/* Lives as long as the domain, and is the guest. */
void start_device_model(uint32_t domid)
{
    struct sim_domain d;
    pid_t pid = fork_daemon();

    if (pid) {
        note_pid(domid, "dm", pid);
        return;
    }
    prctl(PR_SET_NAME, "xen-qemu-system");
    while (sim_xs() && !sim_domain_read(domid, &d)) {
        if (!*d.state) take_request(domid);
        pause_ms(POLL_MS);
    }
    _exit(0);
}

static bool reboot(struct sim_domain *d)
{
    const char *ms = getenv("SIM_REBOOT_MS");
    struct sim_domain now;

    /* What was attached since comes back too. */
    if (!sim_domain_read(d->domid, &now)) *d = now;
    sim_domain_destroy(d->domid);
    pause_ms(ms ? strtoul(ms, NULL, 10) : REBOOT_MS);
    if (build(d)) return false;
    start_device_model(d->domid);
    note_pid(d->domid, "monitor", getpid());
    return true;
}

void start_monitor(const struct sim_domain *domain)
{
    struct sim_domain d = *domain;
    bool reboots;
    pid_t pid;

    pid = fork_daemon();
    if (pid) {
        note_pid(d.domid, "monitor", pid);
        return;
    }
    /* Its device model is nobody's to wait for. */
    signal(SIGCHLD, SIG_IGN);
    while (sim_xs() && is_there(d.domid) && !was_suspended(d.domid)) {
        if (!shuts_down(d.domid, &reboots)) {
            pause_ms(POLL_MS);
            continue;
        }
        if (!reboots) sim_domain_destroy(d.domid);
        if (!reboots || !reboot(&d)) break;
    }
    _exit(0);
}

/* ---- The verb ---- */

int main_create(int argc, char **argv, bool dry_run)
{
    static const struct option options[] = {
        { "defconfig", required_argument, NULL, 'f' },
        { "dryrun", no_argument, NULL, 'n' },
        { "quiet", no_argument, NULL, 'q' },
        { NULL, 0, NULL, 0 },
    };
    const char *file = NULL;
    struct sim_domain d;
    char *text;
    int opt, r;

    if (argc > 1 && argv[1][0] != '-' && !strchr(argv[1], '=')) {
        file = argv[1];
        argc--;
        argv++;
    }
    while ((opt = getopt_long(argc, argv, "+AFVcdef:inpqh", options, NULL)) !=
           -1) {
        if (opt == 'f') file = optarg;
        if (opt == 'n') dry_run = true;
        if (opt == '?') return 2;
    }
    if (!file && optind < argc && !strchr(argv[optind], '='))
        file = argv[optind++];
    text = file ? config_text(file, argv + optind, argc - optind) : NULL;
    r = text ? read_config(file, text, &d) : 1;
    free(text);
    if (r) return 1;
    if (dry_run) return 0;
    if (build(&d)) return 1;
    start_device_model(d.domid);
    start_monitor(&d);
    sim_step();
    return 0;
}
