/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In dom0: makes QEMU's edu device read and write the memory of the guest
 * that has it. Addresses are the guest's: the IOMMU translates them. A
 * transfer begins 100 ms after it was asked for (QEMU's hw/misc/edu.c).
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

int main(int argc, char **argv)
{
    int r = 0, i;

    if (argc < 3) {
        fprintf(stderr, "usage: edu-dma BDF read:GFN[:BYTES]|"
                "write:GFN[:BYTES]...\n"
                "read fills the device's buffer, of one page, from the "
                "guest's memory; write is the way back.\n");
        return 2;
    }
    if (map_bar(argv[1]))
        return 1;
    for (i = 2; i < argc && !r; i++)
        r = transfer(argv[i]);
    return r;
}
