/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages for a device: the guest knows where they are, and writes them only
 * when it is told to, so what else is in them came by DMA.
 */
#include "page.h"
#include "served.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static page_t *pages;
static size_t count;

static bool start(int argc, char **argv)
{
    count = argc == 1 ? strtoul(argv[0], NULL, 0) : 0;
    pages = count ? page_alloc(count) : NULL;
    return pages;
}

static bool answer(int argc, char **argv, FILE *out)
{
    size_t i = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
    uint64_t number = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;

    if (!strcmp(argv[0], "gfns")) {
        for (i = 0; i < count; i++)
            fprintf(out, "0x%" PRIx64 "\n", page_gfn(pages[i]));
        return true;
    }
    if (argc > 1 && i < count) {
        if (!strcmp(argv[0], "fill") && argc == 3) {
            page_fill(pages[i], number);
            return true;
        }
        if (!strcmp(argv[0], "is") && argc == 3)
            return page_is(pages[i], number);
        if (!strcmp(argv[0], "show")) {
            for (size_t w = 0; w < 4; w++)
                fprintf(out, "%016" PRIx64 "%c",
                        ((volatile uint64_t *)pages[i])[w], " \n"[w == 3]);
            return true;
        }
    }
    fprintf(out, "devpages: no such question: %s\n", argv[0]);
    return false;
}

int main(int argc, char **argv)
{
    static const struct served devpages = {
        .name = "devpages",
        .usage =
"usage: devpages start PAGES          all zero\n"
"       devpages gfns                 their guest frame numbers, a line each\n"
"       devpages fill PAGE NUMBER     writes what follows from the number\n"
"       devpages is PAGE NUMBER       exit status 0 if that is what it holds;\n"
"                                     the number 0 stands for zeros\n"
"       devpages show PAGE            its first words\n"
"       devpages stop\n",
        .start = start, .answer = answer,
    };

    return served_main(&devpages, argc, argv);
}
