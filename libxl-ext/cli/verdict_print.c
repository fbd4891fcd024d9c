/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks and the JSON document are described in xl-gpu(8). */
#include "verdict_print.h"

#include <inttypes.h>
#include <stdlib.h>

#include "alloc.h"

#define HEADING "Check                Result Message; remedy"

static void print_check(struct xlgpu_emit *e, const struct xlgpu_check *c,
                        bool json)
{
    char *text = json || !c->remedy
                     ? xlgpu_strdup(c->message)
                     : xlgpu_asprintf("%s; %s", c->message, c->remedy);

    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "check", -20, c->check);
    xlgpu_emit_string(e, "result", -6, xlgpu_check_result_string(c->result));
    xlgpu_emit_string(e, "message", -1, text);
    xlgpu_emit_string(e, "remedy", XLGPU_JSON_ONLY, c->remedy);
    xlgpu_emit_row_end(e);
    free(text);
}

void xlgpu_checks_print(struct xlgpu_emit *e,
                        const struct xlgpu_checks *checks, bool json)
{
    size_t i;

    xlgpu_emit_list_begin(e, "checks", HEADING);
    for (i = 0; i < checks->n; i++) print_check(e, &checks->check[i], json);
    xlgpu_emit_list_end(e);
}

/* One line: how, and by whom; another one: for how long. */
static void print_text(struct xlgpu_emit *e, const struct xlgpu_verdict *v)
{
    const struct xlgpu_estimate *s = &v->estimate;
    bool tracked = v->tracker != XLGPU_TRACKER_NONE;
    char *text;

    text = xlgpu_asprintf("verdict: %s%s%s", xlgpu_move_string(v->move),
                          tracked ? ", tracker " : "",
                          tracked ? xlgpu_tracker_string(v->tracker) : "");
    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "", -1, text);
    xlgpu_emit_row_end(e);
    free(text);
    if (!s->basis) return;

    text = xlgpu_asprintf("estimate: away for %" PRIu64 ".%" PRIu64 " s, %"
                          PRIu64 " MiB to send: %s", s->downtime_ms / 1000,
                          s->downtime_ms % 1000 / 100, s->bytes >> 20,
                          s->basis);
    xlgpu_emit_row_begin(e);
    xlgpu_emit_string(e, "", -1, text);
    xlgpu_emit_row_end(e);
    free(text);
}

static void print_estimate(struct xlgpu_emit *e,
                           const struct xlgpu_estimate *s)
{
    xlgpu_emit_object_begin(e, "estimate");
    if (s->basis) {
        xlgpu_emit_number(e, "downtime_ms", XLGPU_JSON_ONLY, s->downtime_ms);
        xlgpu_emit_number(e, "bytes", XLGPU_JSON_ONLY, s->bytes);
    } else {
        xlgpu_emit_null(e, "downtime_ms", XLGPU_JSON_ONLY);
        xlgpu_emit_null(e, "bytes", XLGPU_JSON_ONLY);
    }
    xlgpu_emit_string(e, "basis", XLGPU_JSON_ONLY, s->basis);
    xlgpu_emit_object_end(e);
}

int xlgpu_verdict_print(const struct xlgpu_verdict *v,
                        const struct xlgpu_bdf *reservation, bool changed,
                        bool json)
{
    char bdf[XLGPU_BDF_LEN];
    struct xlgpu_emit *e = xlgpu_emit_open(json);

    if (!json) {
        print_text(e, v);
        xlgpu_checks_print(e, &v->checks, json);
        return xlgpu_emit_close(e);
    }
    xlgpu_emit_string(e, "verdict", XLGPU_JSON_ONLY,
                      xlgpu_move_string(v->move));
    xlgpu_emit_string(e, "tracker", XLGPU_JSON_ONLY,
                      xlgpu_tracker_string(v->tracker));
    xlgpu_emit_string(e, "device_state", XLGPU_JSON_ONLY,
                      v->device_state ? "guest" : "none");
    xlgpu_checks_print(e, &v->checks, json);
    xlgpu_emit_string(e, "reservation", XLGPU_JSON_ONLY,
                      reservation ? xlgpu_bdf_format(*reservation, bdf)
                                  : NULL);
    print_estimate(e, &v->estimate);
    xlgpu_emit_bool(e, "changed", changed);
    return xlgpu_emit_close(e);
}
