/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "json.h"
#include "perguest.h"
#include "step.h"

#define DIR "migration"
#define VERSION 1
#define TEXT_MAX 4096
#define QUIET_MAX 256

static const char *const states[] = {
    [XLGPU_JOURNAL_OPEN] = "open", [XLGPU_JOURNAL_GO_SENT] = "go-sent",
    [XLGPU_JOURNAL_GO_TAKEN] = "go-taken",
    [XLGPU_JOURNAL_ABORTED] = "aborted", [XLGPU_JOURNAL_DONE] = "done",
};

static const char *const sides[] = {
    [XLGPU_JOURNAL_SOURCE] = "source", [XLGPU_JOURNAL_TARGET] = "target",
};

const char *xlgpu_journal_state_string(enum xlgpu_journal_state state)
{
    return states[state];
}

const char *xlgpu_journal_side_string(enum xlgpu_journal_side side)
{
    return sides[side];
}

static bool is_final(enum xlgpu_journal_state state)
{
    return state >= XLGPU_JOURNAL_ABORTED;
}

/* What may follow what, of one migration. */
static bool may_follow(enum xlgpu_journal_side side,
                       enum xlgpu_journal_state from,
                       enum xlgpu_journal_state to)
{
    bool source = side == XLGPU_JOURNAL_SOURCE;

    if (from == to) return true;
    switch (from) {
    case XLGPU_JOURNAL_OPEN:
        return to == XLGPU_JOURNAL_ABORTED ||
               to == (source ? XLGPU_JOURNAL_GO_SENT : XLGPU_JOURNAL_GO_TAKEN);
    case XLGPU_JOURNAL_GO_SENT:
    case XLGPU_JOURNAL_GO_TAKEN:
        return is_final(to);
    default:
        return false;
    }
}

/* ---- JSON ---- */

static void copy_text(struct xlgpu_json *j, const char *key, char *buf,
                      size_t size)
{
    strcpy(buf, xlgpu_json_string(j, j->root, key, size - 1));
}

static char *dup_text(struct xlgpu_json *j, const char *key)
{
    return xlgpu_strdup(xlgpu_json_string(j, j->root, key, TEXT_MAX));
}

/* "" is no address. */
static struct xlgpu_bdf read_bdf(struct xlgpu_json *j, yajl_val object,
                                 const char *key)
{
    const char *text = xlgpu_json_string(j, object, key, XLGPU_BDF_LEN - 1);
    struct xlgpu_bdf bdf = { 0 };

    if (*text && !xlgpu_bdf_parse(text, &bdf))
        xlgpu_json_wrong(j, key, "is no PCI address");
    return bdf;
}

static void read_quiet(struct xlgpu_json *j, struct xlgpu_journal *journal)
{
    yajl_val *list, entry;
    size_t i, n;

    list = xlgpu_json_array(j, j->root, "quiet", QUIET_MAX, &n);
    journal->quiet = xlgpu_zalloc(n + 1, sizeof(*journal->quiet));
    for (i = 0; i < n; i++) {
        entry = xlgpu_json_entry(j, list[i], "quiet");
        journal->quiet[i].bdf = read_bdf(j, entry, "bdf");
        journal->quiet[i].command =
            xlgpu_json_number(j, entry, "command", UINT16_MAX);
    }
    journal->n_quiet = n;
}

static void read_partition(struct xlgpu_json *j, struct xlgpu_journal *journal)
{
    const char *process;

    journal->gpu = read_bdf(j, j->root, "gpu");
    journal->bdf = read_bdf(j, j->root, "bdf");
    journal->index = xlgpu_json_number(j, j->root, "index", UINT16_MAX);
    journal->vslot = xlgpu_json_number(j, j->root, "vslot", 31);
    process = xlgpu_json_string(j, j->root, "process", 128);
    if (*process && !xlgpu_owner_parse(process, &journal->process))
        xlgpu_json_wrong(j, "process", "names no process");
}

bool xlgpu_journal_parse(const char *text, struct xlgpu_journal *journal)
{
    struct xlgpu_json j;
    bool ok;

    *journal = (struct xlgpu_journal){ 0 };
    xlgpu_json_parse(&j, text);
    if (xlgpu_json_number(&j, j.root, "version", VERSION) != VERSION)
        xlgpu_json_wrong(&j, "version", "is not known");
    journal->side = xlgpu_json_word(&j, j.root, "side", sides, 2);
    journal->state = xlgpu_json_word(&j, j.root, "state", states, 5);
    copy_text(&j, "id", journal->id, sizeof(journal->id));
    copy_text(&j, "uuid", journal->uuid, sizeof(journal->uuid));
    copy_text(&j, "boot", journal->boot, sizeof(journal->boot));
    copy_text(&j, "mode", journal->mode, sizeof(journal->mode));
    journal->name = dup_text(&j, "name");
    journal->peer = dup_text(&j, "peer");
    journal->config_path = dup_text(&j, "config_path");
    journal->began = xlgpu_json_number(&j, j.root, "began", INT64_MAX);
    journal->domid = xlgpu_json_number(&j, j.root, "domid", UINT16_MAX);
    read_partition(&j, journal);
    read_quiet(&j, journal);
    /* A journal of an older version has none. */
    journal->suspending = xlgpu_json_has(j.root, "suspending") &&
                          xlgpu_json_bool(&j, j.root, "suspending");
    journal->detached = xlgpu_json_bool(&j, j.root, "detached");
    journal->stopped = xlgpu_json_bool(&j, j.root, "stopped");
    ok = !j.why;
    xlgpu_json_dispose(&j);
    return ok;
}

static void gen_bdf(yajl_gen g, const char *key, struct xlgpu_bdf bdf)
{
    static const struct xlgpu_bdf none;
    char text[XLGPU_BDF_LEN];

    xlgpu_gen_string(g, key, xlgpu_bdf_equal(bdf, none)
                                 ? "" : xlgpu_bdf_format(bdf, text));
}

static void gen_partition(yajl_gen g, const struct xlgpu_journal *journal)
{
    const struct xlgpu_owner *p = &journal->process;
    char *process = p->pid ? xlgpu_asprintf("%d %llu %s", (int)p->pid,
                                            p->start, p->boot)
                           : xlgpu_strdup("");
    size_t i;

    gen_bdf(g, "gpu", journal->gpu);
    gen_bdf(g, "bdf", journal->bdf);
    xlgpu_gen_number(g, "index", journal->index);
    xlgpu_gen_number(g, "vslot", journal->vslot);
    xlgpu_gen_string(g, "process", process);
    free(process);
    xlgpu_gen_list(g, "quiet");
    for (i = 0; i < journal->n_quiet; i++) {
        xlgpu_gen_object(g, NULL);
        gen_bdf(g, "bdf", journal->quiet[i].bdf);
        xlgpu_gen_number(g, "command", journal->quiet[i].command);
        yajl_gen_map_close(g);
    }
    yajl_gen_array_close(g);
}

static char *to_json(const struct xlgpu_journal *journal)
{
    yajl_gen g = xlgpu_gen_open();

    xlgpu_gen_number(g, "version", VERSION);
    xlgpu_gen_string(g, "side", sides[journal->side]);
    xlgpu_gen_string(g, "state", states[journal->state]);
    xlgpu_gen_string(g, "id", journal->id);
    xlgpu_gen_string(g, "uuid", journal->uuid);
    xlgpu_gen_string(g, "boot", journal->boot);
    xlgpu_gen_string(g, "mode", journal->mode);
    xlgpu_gen_string(g, "name", journal->name);
    xlgpu_gen_string(g, "peer", journal->peer);
    xlgpu_gen_string(g, "config_path", journal->config_path);
    xlgpu_gen_number(g, "began", journal->began);
    xlgpu_gen_number(g, "domid", journal->domid);
    gen_partition(g, journal);
    xlgpu_gen_bool(g, "suspending", journal->suspending);
    xlgpu_gen_bool(g, "detached", journal->detached);
    xlgpu_gen_bool(g, "stopped", journal->stopped);
    return xlgpu_gen_close(g);
}

/* ---- Files ---- */

void xlgpu_journal_init(struct xlgpu_journal *journal,
                        enum xlgpu_journal_side side, const char *id,
                        const char *uuid)
{
    struct xlgpu_owner self = xlgpu_owner_self();

    *journal = (struct xlgpu_journal){ .side = side, .began = time(NULL),
                                       .name = xlgpu_strdup(""),
                                       .peer = xlgpu_strdup(""),
                                       .config_path = xlgpu_strdup("") };
    snprintf(journal->id, sizeof(journal->id), "%s", id);
    snprintf(journal->uuid, sizeof(journal->uuid), "%s", uuid);
    strcpy(journal->boot, self.boot);
}

void xlgpu_journal_dispose(struct xlgpu_journal *journal)
{
    free(journal->name);
    free(journal->peer);
    free(journal->config_path);
    free(journal->quiet);
    *journal = (struct xlgpu_journal){ 0 };
}

int xlgpu_journal_read(const char *uuid, struct xlgpu_journal *journal)
{
    char *text;
    int rc;

    *journal = (struct xlgpu_journal){ 0 };
    rc = xlgpu_perguest_read(DIR, uuid, &text);
    if (rc) return rc;
    if (!xlgpu_journal_parse(text, journal) || strcmp(journal->uuid, uuid))
        rc = xlgpu_perguest_wrong(DIR, uuid, "it is no journal",
                                  "find out where the guest runs, then "
                                  "remove it");
    free(text);
    return rc;
}

static int check_order(const struct xlgpu_journal *to)
{
    struct xlgpu_journal from;
    bool same, ok = true;
    int rc = xlgpu_journal_read(to->uuid, &from);

    if (rc) {
        xlgpu_journal_dispose(&from);
        return rc == XLGPU_NOT_FOUND ? XLGPU_OK : rc;
    }
    same = !strcmp(from.id, to->id) && from.side == to->side;
    ok = same ? may_follow(to->side, from.state, to->state)
              : is_final(from.state);
    if (!ok)
        rc = xlgpu_fail(XLGPU_IN_USE, to->uuid, "xl gpu-recover",
                        "a migration of it is %s at this host",
                        states[from.state]);
    xlgpu_journal_dispose(&from);
    return rc;
}

int xlgpu_journal_write(const struct xlgpu_journal *journal)
{
    int rc = check_order(journal);

    return rc ? rc : xlgpu_perguest_write(DIR, journal->uuid,
                                          to_json(journal));
}

int xlgpu_journal_list(struct xlgpu_journals *journals)
{
    char (*uuid)[XLGPU_UUID_LEN];
    size_t i, n;
    int rc, first;

    *journals = (struct xlgpu_journals){ 0 };
    first = xlgpu_perguest_list(DIR, &uuid, &n);
    journals->journal = xlgpu_zalloc(n + 1, sizeof(*journals->journal));
    for (i = 0; i < n; i++) {
        rc = xlgpu_journal_read(uuid[i], &journals->journal[journals->n]);
        if (!rc)
            journals->n++;
        else
            xlgpu_journal_dispose(&journals->journal[journals->n]);
        if (!first && rc != XLGPU_NOT_FOUND) first = rc;
    }
    free(uuid);
    return first;
}

void xlgpu_journals_dispose(struct xlgpu_journals *journals)
{
    size_t i;

    for (i = 0; i < journals->n; i++)
        xlgpu_journal_dispose(&journals->journal[i]);
    free(journals->journal);
    *journals = (struct xlgpu_journals){ 0 };
}

int xlgpu_journal_remove(const char *uuid)
{
    return xlgpu_perguest_remove(DIR, uuid);
}

/* ---- Questions ---- */

bool xlgpu_journal_is_of_boot(const struct xlgpu_journal *journal)
{
    struct xlgpu_owner self = xlgpu_owner_self();

    return !strcmp(journal->boot, self.boot);
}

bool xlgpu_journal_names(const char *uuid)
{
    struct xlgpu_journal j;
    int rc = xlgpu_journal_read(uuid, &j);
    bool names = rc ? rc != XLGPU_NOT_FOUND : !is_final(j.state);

    xlgpu_journal_dispose(&j);
    return names;
}

int xlgpu_journal_find(const char *uuid, const char *config_path,
                       const char *name, struct xlgpu_journal *journal)
{
    struct xlgpu_journals all;
    struct xlgpu_journal *j;
    int rc = XLGPU_NOT_FOUND, bad;

    *journal = (struct xlgpu_journal){ 0 };
    bad = xlgpu_journal_list(&all);
    for (j = all.journal; rc && j < all.journal + all.n; j++) {
        if (is_final(j->state) ||
            (*uuid ? strcmp(j->uuid, uuid)
                   : (!*config_path || strcmp(j->config_path, config_path)) &&
                         strcmp(j->name, name)))
            continue;
        *journal = *j;
        *j = (struct xlgpu_journal){ 0 };
        rc = XLGPU_OK;
    }
    xlgpu_journals_dispose(&all);
    return rc && bad ? bad : rc;
}
