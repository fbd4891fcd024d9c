/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pause.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "migrate/link.h"

/* A day is longer than any. */
#define US_MAX 86400000000ll
#define NUMBER_LEN 24

/* ---- What is said ---- */

/* "": not known. */
static const char *number(int64_t us, char text[NUMBER_LEN])
{
    text[0] = '\0';
    if (us >= 0) snprintf(text, NUMBER_LEN, "%" PRId64, us);
    return text;
}

int xlgpu_pause_say_ready(struct xlgpu_channel *ch,
                          const struct xlgpu_pause_arrival *a)
{
    char text[4][NUMBER_LEN];

    return xlgpu_channel_say(ch, XLGPU_FRAME_READY,
                             "device_model", number(a->device_model, text[0]),
                             "vf_begun", number(a->vf_begun, text[1]),
                             "vf", number(a->vf, text[2]),
                             "ready", number(a->ready, text[3]), XLGPU_END);
}

int xlgpu_pause_say_started(struct xlgpu_channel *ch,
                            const struct xlgpu_pause_start *s)
{
    char text[2][NUMBER_LEN];

    return xlgpu_channel_say(ch, XLGPU_FRAME_STARTED,
                             "start", number(s->start, text[0]),
                             "settle", number(s->settle, text[1]), XLGPU_END);
}

static int64_t heard(const struct xlgpu_frame *frame, const char *key)
{
    char text[NUMBER_LEN], *end;
    long long us;

    if (!xlgpu_frame_string(frame, key, text, sizeof(text)) ||
        *text < '0' || *text > '9')
        return XLGPU_PAUSE_UNKNOWN;
    us = strtoll(text, &end, 10);
    return *end || us > US_MAX ? XLGPU_PAUSE_UNKNOWN : us;
}

struct xlgpu_pause_arrival
xlgpu_pause_hear_ready(const struct xlgpu_frame *frame)
{
    return (struct xlgpu_pause_arrival){
        .device_model = heard(frame, "device_model"),
        .vf_begun = heard(frame, "vf_begun"),
        .vf = heard(frame, "vf"),
        .ready = heard(frame, "ready"),
    };
}

struct xlgpu_pause_start
xlgpu_pause_hear_started(const struct xlgpu_frame *frame)
{
    return (struct xlgpu_pause_start){
        .start = heard(frame, "start"),
        .settle = heard(frame, "settle"),
    };
}

/* ---- The line ---- */

void xlgpu_pause_add(char **text, const char *part, int64_t us)
{
    char *before = *text, n[NUMBER_LEN];

    *text = xlgpu_asprintf("%s%s%s %s", before ? before : "",
                           before ? ", " : "", part,
                           us < 0 ? "-" : number(us, n));
    free(before);
    if (us < 0) return;
    before = *text;
    *text = xlgpu_asprintf("%s us", before);
    free(before);
}

void xlgpu_pause_add_memory(char **text, yajl_val timing)
{
    static const char *const parts[] = {
        "freeze", "device_model", "types", "map", "hash", "send", "context",
        "paused",
    };
    size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        xlgpu_pause_add(text, parts[i], xlgpu_link_number(timing, parts[i]));
}

static int64_t between(int64_t from, int64_t to)
{
    return from < 0 || to < from ? XLGPU_PAUSE_UNKNOWN : to - from;
}

void xlgpu_pause_add_target(char **text, int64_t target,
                            const struct xlgpu_pause_arrival *a)
{
    int64_t restore = a->ready < 0 ? XLGPU_PAUSE_UNKNOWN
                                   : between(a->ready, target);

    xlgpu_pause_add(text, "restore", restore);
    xlgpu_pause_add(text, "target_dm", a->device_model);
    xlgpu_pause_add(text, "target_devices",
                    between(a->device_model, a->vf_begun));
    xlgpu_pause_add(text, "vf", between(a->vf_begun, a->vf));
    xlgpu_pause_add(text, "target_end", between(a->vf, a->ready));
    xlgpu_pause_add(text, "target", target);
}

void xlgpu_pause_add_resume(char **text, int64_t resume, const char *start,
                            const struct xlgpu_pause_start *s)
{
    int64_t told = s->start < 0 || s->settle < 0 ? XLGPU_PAUSE_UNKNOWN
                                                 : s->start + s->settle;

    xlgpu_pause_add(text, "commit", between(told, resume));
    xlgpu_pause_add(text, start, s->start);
    xlgpu_pause_add(text, "settle", s->settle);
    xlgpu_pause_add(text, "resume", resume);
}
