/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "migrate/progress.h"

#define MIB (1ull << 20)

static char said[512];

/* What a file that is no terminal gets of it. */
static void tell(struct xlgpu_progress *p,
                 const struct xlgpu_progress_now *now)
{
    int saved = dup(STDERR_FILENO);
    FILE *f = tmpfile();
    ssize_t n;

    assert_non_null(f);
    dup2(fileno(f), STDERR_FILENO);
    xlgpu_progress_tell(p, now);
    dup2(saved, STDERR_FILENO);
    close(saved);
    n = pread(fileno(f), said, sizeof(said) - 1, 0);
    said[n < 0 ? 0 : n] = '\0';
    fclose(f);
}

/* For a thousand seconds, so that another one changes nothing. */
static struct xlgpu_progress begun(bool off)
{
    struct xlgpu_progress p;

    xlgpu_progress_begin(&p, "g", off);
    p.terminal = false;
    p.began -= 1000 * 1000;
    return p;
}

static const struct xlgpu_progress_now now = {
    .round = 3, .pages = 4096, .left = 100, .bytes = 8000 * MIB,
    .wire = 2500 * MIB, .ended = true };

static void a_round_is_said_with_pages_what_is_left_bytes_and_rate(void **state)
{
    struct xlgpu_progress p = begun(false);

    (void)state;
    tell(&p, &now);
    assert_string_equal(said, "g: round 3: 4096 pages sent, 100 left, "
                              "8000 MiB as 2500 MiB, 2 MiB/s\n");
}

static void a_round_that_goes_on_is_no_line(void **state)
{
    struct xlgpu_progress p = begun(false);
    struct xlgpu_progress_now on = now;

    (void)state;
    on.ended = false;
    tell(&p, &on);
    assert_string_equal(said, "");
}

static void nothing_is_said_where_it_is_off(void **state)
{
    struct xlgpu_progress p = begun(true);

    (void)state;
    tell(&p, &now);
    assert_string_equal(said, "");
}

UNIT_TESTS(a_round_is_said_with_pages_what_is_left_bytes_and_rate,
           a_round_that_goes_on_is_no_line, nothing_is_said_where_it_is_off)
