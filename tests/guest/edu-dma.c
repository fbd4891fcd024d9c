/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In dom0: makes QEMU's edu device read and write the memory of the guest
 * that has it. Addresses are the guest's: the IOMMU translates them. A
 * transfer begins 100 ms after it was asked for (QEMU's hw/misc/edu.c).
 * Free-running writes are of the QEMU that tests/testbed/qemu patches.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define BAR_SIZE (1 << 20)
#define BUFFER 0x40000
#define REG_FROM 0x80
#define REG_TO 0x88
#define REG_COUNT 0x90
#define REG_COMMAND 0x98
#define RUN 1
#define TO_MEMORY 2

#define FREE_BASE 0x100
#define FREE_PAGES 0x108
#define FREE_RATE 0x110
#define FREE_SEED 0x118
#define FREE_CONTROL 0x120
#define FREE_WRITTEN 0x128
#define FREE_FAILED 0x130
#define FREE_WINDOW 0x138
#define FREE_LOG 0x80000
#define WINDOW_PAGES ((BAR_SIZE - FREE_LOG) / 8)

static volatile uint8_t *bar;

static volatile uint64_t *reg(size_t offset)
{
    return (volatile uint64_t *)(bar + offset);
}

static int map_bar(const char *bdf)
{
    char path[128];
    int f;

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/0000:%s/resource0",
             bdf + (strlen(bdf) > 7 ? 5 : 0));
    f = open(path, O_RDWR | O_SYNC);
    bar = f < 0 ? MAP_FAILED : mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE,
                                    MAP_SHARED, f, 0);
    if (bar == MAP_FAILED) {
        perror(path);
        return 1;
    }
    if (*(volatile uint32_t *)bar << 24 != 0xedU << 24) {
        fprintf(stderr, "%s: no edu device answers there: %08" PRIx32 "\n",
                bdf, *(volatile uint32_t *)bar);
        return 1;
    }
    return 0;
}

/* WHAT:GFN[:BYTES] */
static int transfer(const char *what)
{
    int from_memory = !strncmp(what, "read:", 5), tries;
    uint64_t gfn, bytes = PAGE;
    char *end;

    if (!from_memory && strncmp(what, "write:", 6)) {
        fprintf(stderr, "%s: not read: or write:\n", what);
        return 2;
    }
    gfn = strtoull(strchr(what, ':') + 1, &end, 0);
    if (*end == ':')
        bytes = strtoull(end + 1, &end, 0);
    if (*end || !bytes || bytes > PAGE) {
        fprintf(stderr, "%s: not GFN[:BYTES]\n", what);
        return 2;
    }
    *reg(REG_FROM) = from_memory ? gfn * PAGE : BUFFER;
    *reg(REG_TO) = from_memory ? BUFFER : gfn * PAGE;
    *reg(REG_COUNT) = bytes;
    *reg(REG_COMMAND) = RUN | (from_memory ? 0 : TO_MEMORY);
    for (tries = 0; *reg(REG_COMMAND) & RUN; tries++) {
        if (tries == 500) {
            fprintf(stderr, "%s: not done within 5 s\n", what);
            return 1;
        }
        usleep(10000);
    }
    return 0;
}

/* run:GFN:PAGES:RATE:SEED */
static int run(const char *what)
{
    uint64_t gfn, pages, rate, seed;
    int end = 0;

    if (sscanf(what, "run:%" SCNi64 ":%" SCNi64 ":%" SCNi64 ":%" SCNi64 "%n",
               (int64_t *)&gfn, (int64_t *)&pages, (int64_t *)&rate,
               (int64_t *)&seed, &end) != 4 || what[end]) {
        fprintf(stderr, "%s: not run:GFN:PAGES:RATE:SEED\n", what);
        return 2;
    }
    *reg(FREE_CONTROL) = 0;
    *reg(FREE_BASE) = gfn * PAGE;
    *reg(FREE_PAGES) = pages;
    *reg(FREE_RATE) = rate;
    *reg(FREE_SEED) = seed;
    *reg(FREE_CONTROL) = 1;
    if (*reg(FREE_CONTROL) != 1) {
        fprintf(stderr, "%s: the device does not do that\n", what);
        return 1;
    }
    return 0;
}

/* A record's low 12 bits are its offset in the page. */
static void show_log(void)
{
    uint64_t gfn = *reg(FREE_BASE) / PAGE, pages = *reg(FREE_PAGES), page;

    printf("written %" PRIu64 "\nfailed %" PRIu64 "\n", *reg(FREE_WRITTEN),
           *reg(FREE_FAILED));
    for (page = 0; page < pages; page++) {
        uint64_t record;

        if (page % WINDOW_PAGES == 0)
            *reg(FREE_WINDOW) = page;
        record = *reg(FREE_LOG + page % WINDOW_PAGES * 8);
        if (record)
            printf("0x%" PRIx64 " 0x%" PRIx64 "\n", gfn + page, record);
    }
}

static int obey(const char *what)
{
    if (!strncmp(what, "run:", 4))
        return run(what);
    if (!strcmp(what, "stop"))
        *reg(FREE_CONTROL) = 0;
    else if (!strcmp(what, "log"))
        show_log();
    else
        return transfer(what);
    return 0;
}

int main(int argc, char **argv)
{
    int r = 0, i;

    if (argc < 3) {
        fprintf(stderr,
"usage: edu-dma BDF COMMAND...\n"
"  read:GFN[:BYTES]         fills the device's buffer, of one page, from the\n"
"                           guest's memory\n"
"  write:GFN[:BYTES]        is the way back\n"
"  run:GFN:PAGES:RATE:SEED  from now on RATE records a second go to random\n"
"                           pages of these; the log is empty\n"
"  stop                     none is written after that\n"
"  log                      how many arrived and failed, and a line for each\n"
"                           page written: its GFN and its last record. A\n"
"                           record has 8 bytes, its low 12 bits are its\n"
"                           offset in the page, the others its number\n");
        return 2;
    }
    if (map_bar(argv[1]))
        return 1;
    for (i = 2; i < argc && !r; i++)
        r = obey(argv[i]);
    return r;
}
