/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In dom0: what a live migration relies on. A copy of a guest's pages is kept
 * right by Xen's dirty log alone: each round copies what the log has. A page
 * that differs from its copy was written since that was made: the next log
 * must have it, and in the end, when nobody writes any more, none may differ.
 */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>

#define PAGE 4096
#define BATCH 1024
#define LONG_BITS (8 * sizeof(unsigned long))
#define SHOWN 10
#define MAX_NAP_US 400000

extern char **environ;

static xc_interface *xch;
static xenforeignmemory_handle *fmem;
static uint32_t domid;
static uint64_t first, pages;
static uint8_t *copy;
/* What the next log must have. */
static unsigned long *expected;

static void fail(const char *what)
{
    fprintf(stderr, "dirty-rounds: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* Calls f for each of the n frames. */
static void each(const xen_pfn_t *frame, unsigned int n,
                 void (*f)(uint64_t gfn, const uint8_t *page))
{
    int err[BATCH];
    uint8_t *at = xenforeignmemory_map(fmem, domid, PROT_READ, n, frame, err);
    unsigned int i;

    if (!at) fail("mapping the guest's memory");
    for (i = 0; i < n; i++) {
        if (err[i]) {
            errno = -err[i];
            fail("a page of the guest's");
        }
        f(frame[i], at + (size_t)i * PAGE);
    }
    xenforeignmemory_unmap(fmem, at, n);
}

static void take(uint64_t gfn, const uint8_t *page)
{
    memcpy(copy + (gfn - first) * PAGE, page, PAGE);
}

static uint64_t missed;

static void miss(uint64_t gfn)
{
    if (++missed <= SHOWN) printf("missed: gfn 0x%" PRIx64 "\n", gfn);
}

static bool is_set(const unsigned long *bits, uint64_t gfn)
{
    return bits[gfn / LONG_BITS] >> gfn % LONG_BITS & 1;
}

static void expect(uint64_t gfn, const uint8_t *page)
{
    if (memcmp(copy + (gfn - first) * PAGE, page, PAGE))
        expected[gfn / LONG_BITS] |= 1ul << gfn % LONG_BITS;
}

static void compare(uint64_t gfn, const uint8_t *page)
{
    if (memcmp(copy + (gfn - first) * PAGE, page, PAGE)) miss(gfn);
}

/* f for the pages whose bit is set; all when there are no bits. */
static uint64_t those(const unsigned long *bits,
                      void (*f)(uint64_t gfn, const uint8_t *page))
{
    xen_pfn_t frame[BATCH];
    uint64_t gfn, count = 0;
    unsigned int n = 0;

    for (gfn = first; gfn < first + pages; gfn++) {
        if (bits && !is_set(bits, gfn)) continue;
        frame[n++] = gfn;
        count++;
        if (n < BATCH) continue;
        each(frame, n, f);
        n = 0;
    }
    if (n) each(frame, n, f);
    return count;
}

static int log_op(unsigned int op)
{
    return xc_shadow_control(xch, domid, op, NULL, 0);
}

static void log_on(void)
{
    if (log_op(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY)) fail("log-dirty mode");
}

static void log_off(void)
{
    if (log_op(XEN_DOMCTL_SHADOW_OP_OFF)) fail("the log's end");
}

/* Of a bitmap of all frames up to the last of ours. */
static size_t log_size(void)
{
    return ((first + pages) / LONG_BITS + 1) * sizeof(unsigned long);
}

/* Gives the bitmap, which the caller frees. */
static unsigned long *read_log(unsigned int op)
{
    uint64_t n = first + pages;
    size_t size = log_size();
    unsigned long *copied = malloc(size);
    DECLARE_HYPERCALL_BUFFER(unsigned long, bits);
    xc_shadow_op_stats_t stats;

    bits = xc_hypercall_buffer_alloc_pages(xch, bits,
                                           (size + PAGE - 1) / PAGE);
    if (!bits || !copied) fail("memory");
    memset(bits, 0, size);
    if (xc_logdirty_control(xch, domid, op, HYPERCALL_BUFFER(bits), n, 0,
                            &stats) != (long long)n)
        fail("reading the log");
    memcpy(copied, bits, size);
    xc_hypercall_buffer_free_pages(xch, bits, (size + PAGE - 1) / PAGE);
    return copied;
}

/* One round; how many pages were reported. */
static uint64_t clean(void)
{
    uint64_t gfn, count;
    unsigned long *bits;

    memset(expected, 0, log_size());
    those(NULL, expect);
    bits = read_log(XEN_DOMCTL_SHADOW_OP_CLEAN);
    for (gfn = first; gfn < first + pages; gfn++)
        if (is_set(expected, gfn) && !is_set(bits, gfn)) miss(gfn);
    count = those(bits, take);
    free(bits);
    return count;
}

/* What has the device write, or ends that. */
static void run(char **argv)
{
    int status;
    pid_t pid;

    if (!argv[0]) return;
    errno = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (errno || waitpid(pid, &status, 0) < 0) fail(argv[0]);
    if (status) {
        fprintf(stderr, "dirty-rounds: %s failed\n", argv[0]);
        exit(2);
    }
}

static int rounds(unsigned int seconds, char **last)
{
    uint64_t reported = 0, again;
    time_t end = time(NULL) + seconds;
    unsigned int n = 0;

    copy = malloc(pages * PAGE);
    expected = malloc(log_size());
    if (!copy || !expected) fail("memory");
    log_on();
    those(NULL, take);
    for (; time(NULL) < end; n++) {
        usleep(random() % MAX_NAP_US);
        reported += clean();
    }

    if (xc_domain_pause(xch, domid)) fail("pausing the guest");
    run(last);
    reported += clean();
    again = clean();
    those(NULL, compare);
    xc_domain_unpause(xch, domid);
    log_off();

    printf("%u rounds of %" PRIu64 " pages, %" PRIu64 " reported, %" PRIu64
           " missed, %" PRIu64 " stay dirty\n", n, pages, reported, missed,
           again);
    return missed || again;
}

/* ---- What each operation does ---- */

/* The pages that the log reports, on a line. */
static void show(const char *what, unsigned int op)
{
    unsigned long *bits = read_log(op);
    uint64_t gfn, n = 0;

    printf("%s:", what);
    for (gfn = first; gfn < first + pages; gfn++)
        if (is_set(bits, gfn) && n++ < SHOWN)
            printf(" 0x%" PRIx64, gfn);
    if (n > SHOWN) printf("... %" PRIu64, n);
    puts("");
    free(bits);
}

static void discard(void)
{
    if (xc_logdirty_control(xch, domid, XEN_DOMCTL_SHADOW_OP_CLEAN, NULL,
                            first + pages, 0, NULL) < 0)
        fail("discarding the log");
}

/*
 * The command is all that writes. Where it writes to a large IO page, that is
 * reported whole, and is smaller the next time: which 1 GiB are twice.
 */
static int operations(char **write)
{
    int times;

    if (xc_domain_pause(xch, domid)) fail("pausing the guest");
    log_on();
    run(write);
    log_off();
    log_on();
    show("large, off and on", XEN_DOMCTL_SHADOW_OP_CLEAN);

    for (times = 0; times < 2; times++) {
        run(write);
        discard();
    }
    show("discarded", XEN_DOMCTL_SHADOW_OP_CLEAN);

    run(write);
    show("peek", XEN_DOMCTL_SHADOW_OP_PEEK);
    show("peek", XEN_DOMCTL_SHADOW_OP_PEEK);
    show("clean", XEN_DOMCTL_SHADOW_OP_CLEAN);
    show("clean", XEN_DOMCTL_SHADOW_OP_CLEAN);

    run(write);
    log_off();
    log_on();
    show("off and on", XEN_DOMCTL_SHADOW_OP_CLEAN);
    log_off();
    xc_domain_unpause(xch, domid);
    return 0;
}

/* One page leaves, and another comes in its place: where a large IO page is
 * split for that, what was written to the rest of it still is. */
static int update(uint64_t page, char **write)
{
    xen_pfn_t gfn = page;

    if (xc_domain_pause(xch, domid)) fail("pausing the guest");
    log_on();
    run(write);
    if (xc_domain_decrease_reservation_exact(xch, domid, 1, 0, &gfn) ||
        xc_domain_populate_physmap_exact(xch, domid, 1, 0, 0, &gfn))
        fail("another page for the guest");
    show("clean", XEN_DOMCTL_SHADOW_OP_CLEAN);
    log_off();
    xc_domain_unpause(xch, domid);
    return 0;
}

/* What a migration costs whoever runs. */
static int log_alone(unsigned int seconds)
{
    time_t end = time(NULL) + seconds;

    log_on();
    while (time(NULL) < end) {
        usleep(random() % MAX_NAP_US);
        free(read_log(XEN_DOMCTL_SHADOW_OP_CLEAN));
    }
    log_off();
    return 0;
}

/* The log can't be had where somebody has it. */
static int state(void)
{
    if (!log_op(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY)) {
        log_off();
        puts("off");
        return 0;
    }
    if (errno != EINVAL) fail("log-dirty mode");
    puts("on");
    return 0;
}

/* ---- What edu wrote ---- */

/* A record's low 12 bits are its offset in its page. */
static uint64_t *record;

static void compare_record(uint64_t gfn, const uint8_t *page)
{
    uint64_t value = record[gfn - first];

    if (value && memcmp(page + value % PAGE, &value, 8)) miss(gfn);
}

/* Against edu-dma's log, on stdin. */
static int check(void)
{
    uint64_t gfn, value, n = 0;
    char line[128];

    record = calloc(pages, sizeof(*record));
    if (!record) fail("memory");
    while (fgets(line, sizeof(line), stdin)) {
        if (sscanf(line, "0x%" SCNx64 " 0x%" SCNx64, &gfn, &value) != 2 ||
            gfn < first || gfn >= first + pages)
            continue;
        record[gfn - first] = value;
        n++;
    }
    those(NULL, compare_record);
    printf("%" PRIu64 " pages written, %" PRIu64 " missed\n", n, missed);
    return missed || !n;
}

static int usage(void)
{
    fprintf(stderr,
"usage: dirty-rounds DOMID GFN PAGES check\n"
"           that these hold what edu-dma's log, on stdin, says\n"
"       dirty-rounds DOMID GFN PAGES SECONDS [COMMAND…]\n"
"           rounds of the log; the command ends the device's writes when\n"
"           the guest is paused for the last. Exit status 1: missed pages,\n"
"           or pages that stay dirty\n"
"       dirty-rounds DOMID GFN PAGES operations COMMAND…\n"
"           what the log reports after each of its operations, where the\n"
"           command has the device write, and the guest is paused\n"
"       dirty-rounds DOMID GFN PAGES update PAGE COMMAND…\n"
"           what the log reports when the command has had the device write,\n"
"           and then the guest was given another page there\n"
"       dirty-rounds DOMID GFN PAGES log SECONDS\n"
"           rounds of the log alone\n"
"       dirty-rounds DOMID GFN PAGES on|off|state\n"
"           turns the log on or off, or says which it is\n");
    return 2;
}

int main(int argc, char **argv)
{
    const char *what = argc > 4 ? argv[4] : "";
    unsigned int seconds;
    char *end;

    if (argc < 5) return usage();
    domid = strtoul(argv[1], NULL, 0);
    first = strtoull(argv[2], NULL, 0);
    pages = strtoull(argv[3], NULL, 0);
    xch = xc_interface_open(NULL, NULL, 0);
    fmem = xenforeignmemory_open(NULL, 0);
    if (!xch || !fmem) fail("Xen");

    if (!strcmp(what, "check")) return check();
    if (!strcmp(what, "operations")) return operations(argv + 5);
    if (!strcmp(what, "state")) return state();
    if (!strcmp(what, "update") && argc > 5)
        return update(strtoull(argv[5], NULL, 0), argv + 6);
    if (!strcmp(what, "log") && argc > 5)
        return log_alone(strtoul(argv[5], NULL, 0));
    if (!strcmp(what, "on") || !strcmp(what, "off")) {
        if (what[1] == 'n') log_on();
        else log_off();
        return 0;
    }
    seconds = strtoul(what, &end, 0);
    if (*end) return usage();
    return rounds(seconds, argv + 5);
}
