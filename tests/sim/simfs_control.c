/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests say and ask: sim/control, sim/log, and faults. */
#define _GNU_SOURCE
#include "simfs.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static int errno_of(const char *name)
{
    int e;

    for (e = 1; e < 134; e++)
        if (strerrorname_np(e) && !strcmp(strerrorname_np(e), name)) return e;
    return 0;
}

/* ---- Faults ---- */

struct fault {
    char path[SIM_PATH]; /* a shell pattern */
    bool reading;
    enum { FAIL, HANG, DELAY } what;
    int error;
    unsigned int ms;
    long left;           /* how often still; -1: always */
    bool gone;           /* stays in the list for those that wait */
    struct fault *next;
};

static struct fault *faults;

static void fault_remove(const char *path, bool reading)
{
    struct fault *f;

    for (f = faults; f; f = f->next)
        if (f->reading == reading && !strcmp(f->path, path)) f->gone = true;
    sim_changed();
}

void faults_clear(void)
{
    struct fault *f;

    for (f = faults; f; f = f->next) f->gone = true;
    sim_changed();
}

/* ok, fail:ERRNO, hang or delay:MS; each but ok with "*TIMES". */
int fault_set(const char *path, bool reading, const char *what)
{
    struct fault *f = calloc(1, sizeof(*f));
    char *word = strdup(what), *times;
    int r = 0;

    if (!f || !word) abort();
    f->left = -1;
    f->reading = reading;
    snprintf(f->path, sizeof(f->path), "%s", path);
    times = strchr(word, '*');
    if (times) {
        *times++ = '\0';
        f->left = strtol(times, NULL, 10);
    }

    if (!strncmp(word, "fail:", 5)) {
        f->what = FAIL;
        f->error = errno_of(word + 5);
        if (!f->error) r = EINVAL;
    } else if (!strncmp(word, "delay:", 6)) {
        f->what = DELAY;
        f->ms = strtoul(word + 6, NULL, 10);
    } else if (!strcmp(word, "hang")) {
        f->what = HANG;
    } else {
        f->gone = true;
        if (strcmp(word, "ok")) r = EINVAL;
    }
    free(word);
    if (r) {
        free(f);
        return r;
    }
    fault_remove(path, reading);
    f->next = faults;
    faults = f;
    return 0;
}

static int hang(struct fault *f)
{
    unsigned int generation = sim_generation;

    while (!f->gone && generation == sim_generation) sim_wait_ms(0);
    return generation == sim_generation ? 0 : ENODEV;
}

int fault(const char *path, bool reading)
{
    struct fault *f;

    for (f = faults; f; f = f->next)
        if (!f->gone && f->left && f->reading == reading &&
            !fnmatch(f->path, path, 0))
            break;
    if (!f) return 0;
    if (f->left > 0) f->left--;
    if (f->what == FAIL) return f->error;
    if (f->what == HANG) return hang(f);
    if (f->ms) sim_wait_ms(f->ms);
    return 0;
}

/* ---- The log ---- */

struct entry {
    char *path, *value;
    int result; /* -1: not yet */
};

static struct entry *entries;
static size_t n_entries, base; /* numbers go on when the log is emptied */

size_t log_begin(const char *path, const char *value)
{
    entries = reallocarray(entries, n_entries + 1, sizeof(*entries));
    if (!entries) abort();
    entries[n_entries] =
        (struct entry){ strdup(path), strdup(value), -1 };
    return base + n_entries++;
}

void log_end(size_t entry, int r)
{
    if (entry >= base) entries[entry - base].result = r;
}

void log_clear(void)
{
    size_t i;

    for (i = 0; i < n_entries; i++) {
        free(entries[i].path);
        free(entries[i].value);
    }
    base += n_entries;
    n_entries = 0;
}

void log_show(FILE *out)
{
    const struct entry *e;

    for (e = entries; e < entries + n_entries; e++)
        fprintf(out, "WRITE %s %s -> %s\n", e->path, e->value,
                e->result < 0 ? "..."
                              : e->result ? strerrorname_np(e->result) : "ok");
}

/* ---- Control ---- */

static int control_boot(char *rest)
{
    unsigned int offset = 0;

    if (*rest && sscanf(rest, "offset=%u", &offset) != 1) return EINVAL;
    return config_boot(offset);
}

static int control_fault(const char *path, const char *what)
{
    return fault_set(path, false, what);
}

/* One word for a device; what is no setting of a GPU is an attribute. */
static int control_device(uint32_t rid, char *word)
{
    char path[SIM_PATH], bdf[BDF_LEN], *value = strchr(word, '=');
    bool reading = !strncmp(word, "read:", 5);
    struct gpu *gpu = NULL;
    unsigned int fn;

    if (!fn_find_any(rid, &gpu, &fn)) return ENODEV;
    if (!strcmp(word, "unplug") || !strcmp(word, "plug")) {
        if (fn) return EINVAL;
        sriov_remove(gpu);
        gpu->unplugged = *word == 'u';
        gpu->fn->driver[0] = '\0';
        if (!gpu->unplugged) driver_probe(gpu, 0);
        return 0;
    }
    if (!value) return EINVAL;
    *value++ = '\0';
    if (!fn && gpu_set(gpu, word, value)) return 0;

    if (reading) word += strlen("read:");
    if (!strcmp(word, "numvfs")) word = "sriov_numvfs";
    snprintf(path, sizeof(path), "/bus/pci/devices/%s/", rid_format(rid, bdf));
    if (!strcmp(word, "numvfs_error")) {
        char what[SIM_NAME];

        strcat(path, "sriov_numvfs");
        snprintf(what, sizeof(what), "%s%s",
                 !strcmp(value, "ok") ? "" : "fail:", value);
        return control_fault(path, what);
    }
    strncat(path, word, sizeof(path) - strlen(path) - 1);
    return fault_set(path, reading, value);
}

/* "/PATH=WHAT" or "read:/PATH=WHAT"; the path is a shell pattern. */
static int control_path(char *line)
{
    bool reading = !strncmp(line, "read:", 5);
    char *what = strrchr(line, '=');

    if (!what) return EINVAL;
    *what++ = '\0';
    return fault_set(line + (reading ? strlen("read:") : 0), reading, what);
}

int control(char *line)
{
    char *word, *save;
    const char *rest;
    uint32_t rid;
    int r;

    if (!strncmp(line, "boot", 4)) {
        line += 4;
        return control_boot(line + strspn(line, " "));
    }
    if (*line == '/' || !strncmp(line, "read:/", 6)) return control_path(line);
    if (!rid_parse(line, &rid, &rest)) return EINVAL;

    word = strtok_r(line + (rest - line), " \t", &save);
    for (r = word ? 0 : EINVAL; word && !r; word = strtok_r(NULL, " \t", &save))
        r = control_device(rid, word);
    return r;
}
