/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "console.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define XEN "(XEN) "
/* xen/drivers/passthrough/iommu.c, amd/iommu_detect.c */
#define REMAPPING "Interrupt remapping "
#define FEATURES "AMD-Vi: IOMMU Extended Features:"
#define FEATURE "- "
#define HOST_DIRTY FEATURE "Host Dirty"

struct reader {
    struct xlgpu_console console;
    bool in_features; /* of one IOMMU */
    bool dirty;       /* … and they have "Host Dirty" */
};

static bool begins(const char *s, const char *prefix)
{
    return !strncmp(s, prefix, strlen(prefix));
}

/* One IOMMU that can't makes them all unable: a device may be behind it. */
static void end_features(struct reader *r)
{
    enum xlgpu_known *all = &r->console.host_dirty;

    if (!r->in_features) return;
    if (*all != XLGPU_NO) *all = r->dirty ? XLGPU_YES : XLGPU_NO;
    r->in_features = r->dirty = false;
}

static void read_line(struct reader *r, const char *text)
{
    if (begins(text, FEATURE)) {
        /* Also where the heading is no longer in the ring. */
        if (!strcmp(text, HOST_DIRTY)) r->in_features = r->dirty = true;
        return;
    }
    end_features(r);
    if (!strcmp(text, FEATURES)) r->in_features = true;
    if (!strcmp(text, REMAPPING "enabled"))
        r->console.interrupt_remapping = XLGPU_YES;
    if (!strcmp(text, REMAPPING "disabled"))
        r->console.interrupt_remapping = XLGPU_NO;
}

/* The text behind "(XEN) " and a time stamp; NULL: it is not Xen's. */
static const char *text_of(const char *line)
{
    const char *end;

    if (!begins(line, XEN)) return NULL;
    line += strlen(XEN);
    end = *line == '[' ? strstr(line, "] ") : NULL;
    return end ? end + 2 : line;
}

struct xlgpu_console xlgpu_console_understand(const char *ring)
{
    char *copy = xlgpu_strdup(ring), *rest = copy, *line;
    struct reader r = { 0 };
    const char *text;

    /* The first line may lack its beginning, and with it whose it is. */
    strsep(&rest, "\n");
    while ((line = strsep(&rest, "\n"))) {
        line[strcspn(line, "\r")] = '\0';
        text = text_of(line);
        if (text) read_line(&r, text);
    }
    end_features(&r);
    free(copy);
    return r.console;
}
