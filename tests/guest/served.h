/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest program that keeps memory: "NAME start …" leaves it in the
 * background; any other words are sent to it, and its answer is printed.
 */
#ifndef SERVED_H
#define SERVED_H

#include <stdbool.h>
#include <stdio.h>

struct served {
    const char *name, *usage;
    /* With the words after "start". What it allocates stays. */
    bool (*start)(int argc, char **argv);
    /* The asker's exit status is 0 when it is true. */
    bool (*answer)(int argc, char **argv, FILE *out);
    /* While nobody asks: may be NULL. Returns how long to wait, in ms. */
    int (*idle)(void);
};

int served_main(const struct served *s, int argc, char **argv);

#endif
