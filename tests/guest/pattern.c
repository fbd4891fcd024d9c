/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that the guest keeps changing, and knows whole: a page that comes
 * back as it was before, or as something else, is found.
 */
#include "page.h"
#include "served.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHOWN 10
#define STALE 1000

/* What a page holds follows from its index and how often it was changed. */
static page_t *pages;
static uint32_t *changes;
static size_t count, rate, hot;
static uint64_t total, random_state = 1;
static bool paused;

static uint64_t number_of(size_t i, uint32_t n)
{
    return ((uint64_t)i << 32 | n) + 1;
}

static void change(size_t i)
{
    page_fill(pages[i], number_of(i, ++changes[i]));
    total++;
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static size_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % hot;
}

/* Keeps to the rate: no burst for the time that the guest did not run. */
static int idle(void)
{
    static uint64_t last;
    uint64_t now = now_ms(), due;

    if (paused || !rate)
        return -1;
    due = (now - last) * rate / 1000;
    if (due || now < last)
        last = now;
    if (due > rate / 10 + 1)
        due = rate / 10 + 1;
    while (due--)
        change(next_random());
    return rate >= 1000 ? 1 : 1000 / rate;
}

static bool start(int argc, char **argv)
{
    size_t mib = argc > 0 ? strtoul(argv[0], NULL, 0) : 0;

    count = mib * (1048576 / PAGE);
    rate = argc > 1 ? strtoul(argv[1], NULL, 0) : 200;
    hot = argc > 2 ? strtoul(argv[2], NULL, 0) * (1048576 / PAGE) : count;
    pages = count ? page_alloc(count) : NULL;
    changes = calloc(count, sizeof(*changes));
    if (!pages || !changes || !hot || hot > count)
        return false;
    for (size_t i = 0; i < count; i++)
        page_fill(pages[i], number_of(i, 0));
    return true;
}

/* How many changes ago the page was as it is now, or -1. */
static int stale_by(size_t i)
{
    for (uint32_t n = 1; n <= changes[i] && n <= STALE; n++)
        if (page_is(pages[i], number_of(i, changes[i] - n)))
            return n;
    return -1;
}

static bool verify(FILE *out)
{
    uint64_t sum = 0;
    size_t bad = 0;

    for (size_t i = 0; i < count; i++) {
        sum += changes[i];
        if (page_is(pages[i], number_of(i, changes[i])) || ++bad > SHOWN)
            continue;
        fprintf(out, "bad: page %zu gfn 0x%" PRIx64 " changed %" PRIu32
                " times, is %d changes old\n", i, page_gfn(pages[i]),
                changes[i], stale_by(i));
    }
    /* The counts are memory too. */
    if (sum != total)
        fprintf(out, "bad: the counts' sum is %" PRIu64 "\n", sum);
    fprintf(out, "%zu pages, %zu bad, %" PRIu64 " changes\n", count, bad,
            total);
    return !bad && sum == total;
}

static bool answer(int argc, char **argv, FILE *out)
{
    size_t i;

    if (!strcmp(argv[0], "verify"))
        return verify(out);
    if (!strcmp(argv[0], "pause") || !strcmp(argv[0], "go")) {
        paused = argv[0][0] == 'p';
        return true;
    }
    if (!strcmp(argv[0], "rate") && argc == 2) {
        rate = strtoul(argv[1], NULL, 0);
        return true;
    }
    if (!strcmp(argv[0], "changes")) {
        fprintf(out, "%" PRIu64 "\n", total);
        return true;
    }
    /* To see that a test would find it. */
    if (!strcmp(argv[0], "spoil") && argc == 2) {
        i = strtoul(argv[1], NULL, 0) % count;
        page_fill(pages[i], number_of(i, changes[i]++));
        total++;
        return true;
    }
    fprintf(out, "pattern: no such question: %s\n", argv[0]);
    return false;
}

int main(int argc, char **argv)
{
    static const struct served pattern = {
        .name = "pattern",
        .usage =
"usage: pattern start MIB [CHANGES-PER-SECOND [HOT-MIB]]\n"
"       pattern verify    reads every page; exit status 1 if one is wrong\n"
"       pattern changes   how many there were\n"
"       pattern pause|go|rate N|spoil PAGE|stop\n",
        .start = start, .answer = answer, .idle = idle,
    };

    return served_main(&pattern, argc, argv);
}
