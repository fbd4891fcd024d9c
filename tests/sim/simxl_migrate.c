/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xl migrate, tools/xl/xl_migrate.c, and libxl's part of it: the stream
 * around the save helper, libxl_save_callout.c.
 *
 *   SIM_GUEST_SUSPENDS=no   the guest does not take the request
 *   SIM_GUEST_SUSPENDS=crashes   it crashes of it
 *   SIM_GUEST_SUSPENDS=asked     it is asked, and takes its time
 */
#define _GNU_SOURCE
#include "simxl.h"

#include <endian.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "migrate/xlwire.h"
#include "simconfig.h"
#include "simstream.h"

#define CHILD_WAIT_MS 2000
#define POLL_MS 10
#define OWN_PAGES 64 /* that the helper which is none of ours sends */

/* ---- The header ---- */

static int send_header(int fd, const struct sim_domain *d)
{
    struct xl_header head = { XL_MAGIC, XL_BYTE_ORDER, XL_FLAG_JSON | 2, 0, 0 };
    libxl_domain_config config;
    uint32_t len;
    char *json;
    int r;

    libxl_domain_config_init(&config);
    sim_config_fill(&config, d);
    json = libxl_domain_config_to_json(sim_ctx(), &config);
    libxl_domain_config_dispose(&config);
    if (!json) return -1;
    len = strlen(json) + 1;
    head.optional_data_len = sizeof(len) + len;
    r = write_all(fd, &head, sizeof(head)) ||
        write_all(fd, &len, sizeof(len)) || write_all(fd, json, len);
    free(json);
    return r;
}

/* ---- The save helper ---- */

enum message { SUSPEND = 3, QEMU_LOG = 7, COMPLETE = 10 };

/* Until it is suspended, or the helper is gone. */
static int ask(uint32_t domid, int helper)
{
    struct pollfd gone = { .fd = helper };
    struct sim_domain d;
    char path[64];

    snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
    xs_write(sim_xs(), XBT_NULL, path, "suspend", strlen("suspend"));
    while (!sim_domain_read(domid, &d) && !poll(&gone, 1, POLL_MS))
        if (!strcmp(d.state, "suspended")) return 1;
    return 0;
}

static int suspend(uint32_t domid, int helper)
{
    const char *does = getenv("SIM_GUEST_SUSPENDS");

    if (does && !strcmp(does, "no")) return 0;
    if (does && !strcmp(does, "crashes")) {
        sim_domain_destroy(domid);
        return 0;
    }
    sim_step();
    if (does && !strcmp(does, "asked")) return ask(domid, helper);
    sim_domain_set(domid, "suspends", "1");
    return !sim_domain_set(domid, "state", "suspended");
}

/* Answers the helper until it is complete; what it returns then, or -1. */
static int answer(int from, int to, uint32_t domid)
{
    struct {
        uint16_t size, message;
    } head;
    char body[65536];
    int value, retval;

    while (!read_all(from, &head.size, 2) &&
           !read_all(from, &head.message, 2) && head.size >= 2 &&
           !read_all(from, body, head.size - 2)) {
        value = 0;
        if (head.message == SUSPEND)
            value = suspend(domid, from);
        else if (head.message != QEMU_LOG && head.message != COMPLETE)
            continue;
        write_all(to, &value, sizeof(value));
        if (head.message != COMPLETE) continue;
        memcpy(&retval, body, sizeof(retval));
        return retval;
    }
    return -1;
}

static void run_helper(const char *path, uint32_t domid, int fd)
{
    char stream[16], number[16];

    snprintf(stream, sizeof(stream), "%d", fd);
    snprintf(number, sizeof(number), "%u", domid);
    fcntl(fd, F_SETFD, 0);
    execlp(path, path, "--save-domain", stream, "-1", number, "1", "136", "0",
           NULL);
    _exit(127);
}

static int save_by_helper(const char *path, uint32_t domid, int fd)
{
    int to[2], from[2], status, r;
    pid_t pid;

    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) return -1;
    pid = fork();
    if (!pid) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        run_helper(path, domid, fd);
    }
    close(to[0]);
    close(from[1]);
    r = answer(from[0], to[1], domid);
    close(to[1]);
    close(from[0]);
    if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ||
        WEXITSTATUS(status))
        return -1;
    return r;
}

/* libxl's own. */
static int save(uint32_t domid, int fd)
{
    struct libxc_head head = { UINT64_MAX, htobe32(LIBXC_IDENT), htobe32(3),
                               0, 0, 0, 2, 12, 0, 4, 17 };
    struct record record = { LIBXC_PAGE_DATA, 4096 };
    char page[4096] = "";
    int i, r;

    r = write_all(fd, &head, sizeof(head));
    for (i = 0; !r && i < OWN_PAGES; i++) {
        if (i == OWN_PAGES / 2 && !suspend(domid, -1)) return -1;
        snprintf(page, sizeof(page), "page %d", i);
        r = write_all(fd, &record, sizeof(record)) ||
            write_all(fd, page, sizeof(page));
    }
    record = (struct record){ LIBXC_END, 0 };
    return r ? r : write_all(fd, &record, sizeof(record));
}

static int send_domain(int fd, uint32_t domid)
{
    struct libxl_head head = { htobe64(LIBXL_IDENT), htobe32(2), 0 };
    struct record context = { LIBXL_CONTEXT, 0 };
    struct {
        struct record emulator;
        uint32_t id, index;
        struct record end;
    } rest = { { LIBXL_EMULATOR, 8 }, 2, 0, { LIBXL_END, 0 } };
    const char *helper = getenv("LIBXL_SAVE_HELPER");

    if (write_all(fd, &head, sizeof(head)) ||
        write_all(fd, &context, sizeof(context)) ||
        (helper ? save_by_helper(helper, domid, fd) : save(domid, fd)))
        return -1;
    return write_all(fd, &rest, sizeof(rest));
}

/* ---- The other side ---- */

struct other {
    pid_t pid;
    int to, from;
};

static int start_other(struct other *o, const char *rune)
{
    int to[2], from[2];

    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) return -1;
    o->pid = fork();
    if (!o->pid) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        execlp("sh", "sh", "-c", rune, NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    o->to = to[1];
    o->from = from[0];
    return 0;
}

static int expect(struct other *o, const char *text, size_t len)
{
    char got[64];

    return read_all(o->from, got, len) || memcmp(got, text, len) ? -1 : 0;
}

/* Waited for, but not for long. */
static void end_other(struct other *o)
{
    int ms;

    close(o->to);
    for (ms = 0; ms < CHILD_WAIT_MS && !waitpid(o->pid, NULL, WNOHANG);
         ms += 10)
        usleep(10000);
}

/* ---- The verb ---- */

static int fail_resuming(struct other *o, uint32_t domid)
{
    end_other(o);
    fprintf(stderr, "Migration failed, resuming at sender.\n");
    sim_domain_resume(domid);
    return 1;
}

static int fail_badly(struct other *o)
{
    fprintf(stderr, "** Migration failed during final handshake **\n"
                    "Domain state is now undefined !\n");
    end_other(o);
    return 1;
}

static int hand_over(struct other *o, const struct sim_domain *d)
{
    char status;

    if (write_all(o->to, XL_GO, sizeof(XL_GO)) ||
        expect(o, XL_REPORT, sizeof(XL_REPORT)) ||
        read_all(o->from, &status, 1))
        return fail_badly(o);
    if (status) {
        if (expect(o, XL_GO, sizeof(XL_GO))) return fail_badly(o);
        sim_domain_rename(d->domid, d->name);
        sim_domain_resume(d->domid);
        return 1;
    }
    sim_step();
    sim_domain_destroy(d->domid);
    fprintf(stderr, "Migration successful.\n");
    return 0;
}

static int migrate(const struct sim_domain *d, const char *rune)
{
    char away[sizeof(d->name) + sizeof(XL_AWAY)];
    struct other o;

    if (start_other(&o, rune)) return 1;
    if (expect(&o, XL_BANNER, sizeof(XL_BANNER) - 1)) {
        end_other(&o);
        return 1;
    }
    sim_step();
    if (send_header(o.to, d) || send_domain(o.to, d->domid) ||
        expect(&o, XL_READY, sizeof(XL_READY)))
        return fail_resuming(&o, d->domid);
    snprintf(away, sizeof(away), "%s%s", d->name, XL_AWAY);
    sim_step();
    if (sim_domain_rename(d->domid, away))
        return fail_resuming(&o, d->domid);
    sim_step();
    return hand_over(&o, d);
}

int main_migrate(int argc, char **argv)
{
    const char *shell = "ssh";
    struct sim_domain d;
    uint32_t domid;
    int opt;

    while ((opt = getopt(argc, argv, "FC:s:ep")) != -1) {
        if (opt == 's') shell = optarg;
        if (opt == '?') return 2;
    }
    if (argc - optind != 2 || *shell) {
        fprintf(stderr, "only with -s '' here\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    domid = sim_domain_find(argv[optind]);
    if (!domid || sim_domain_read(domid, &d) || !d.ready) {
        fprintf(stderr, "%s is an invalid domain identifier (rc=-6)\n",
                argv[optind]);
        return 1;
    }
    return migrate(&d, argv[optind + 1]);
}
