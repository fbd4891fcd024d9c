/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU writes to random places of pages that the kernel was told not to use
 * (mem=), so that it is known where they are.
 */
#include "page.h"
#include "served.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PERIOD_MS 10

static volatile uint64_t *memory;
static size_t words;
static unsigned long rate;
static uint64_t total;

static int idle(void)
{
    unsigned long n = rate * PERIOD_MS / 1000 + 1;

    for (; n; n--) memory[random() % words] = ++total;
    return PERIOD_MS;
}

static bool start(int argc, char **argv)
{
    uint64_t gfn = argc > 0 ? strtoull(argv[0], NULL, 0) : 0;
    size_t pages = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
    int f = open("/dev/mem", O_RDWR | O_CLOEXEC);
    void *at;

    rate = argc > 2 ? strtoul(argv[2], NULL, 0) : 200;
    words = pages * PAGE_WORDS;
    at = f < 0 || !words ? MAP_FAILED
                         : mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
                                MAP_SHARED, f, gfn * PAGE);
    memory = at;
    return at != MAP_FAILED;
}

static bool answer(int argc, char **argv, FILE *out)
{
    if (argc == 1 && !strcmp(argv[0], "writes"))
        fprintf(out, "%" PRIu64 "\n", total);
    else if (argc == 1 && !strcmp(argv[0], "fill"))
        for (size_t i = 0; i < words; i += PAGE_WORDS) memory[i] = ++total;
    else {
        fprintf(out, "scribble: no such question: %s\n", argv[0]);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct served scribble = {
        .name = "scribble",
        .usage =
"usage: scribble start GFN PAGES [WRITES-PER-SECOND]\n"
"       scribble writes    how many there were\n"
"       scribble fill      one to each page\n"
"       scribble stop\n",
        .start = start, .answer = answer, .idle = idle,
    };

    return served_main(&scribble, argc, argv);
}
