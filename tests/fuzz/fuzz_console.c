/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Xen's console ring. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "policy/console.h"

static bool equal(struct xlgpu_console a, struct xlgpu_console b)
{
    return a.interrupt_remapping == b.interrupt_remapping &&
           a.host_dirty == b.host_dirty;
}

/* Its lines that are Xen's, with a guest's line before each. */
static char *among_guests(const char *ring)
{
    static const char guest[] = "\n(d1) Interrupt remapping enabled";
    char *text = xlgpu_zalloc(sizeof(guest) * (strlen(ring) + 1), 1);
    char *end = text;
    const char *line;

    for (line = strchr(ring, '\n'); line; line = strchr(line + 1, '\n')) {
        if (strncmp(line + 1, "(XEN) ", 6)) continue;
        end = stpcpy(end, guest);
        end = mempcpy(end, line, 1 + strcspn(line + 1, "\n"));
    }
    *end = '\0';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *ring = fuzz_text(data, size), *other;
    struct xlgpu_console c = xlgpu_console_understand(ring);

    FUZZ_CHECK(c.interrupt_remapping <= XLGPU_YES);
    FUZZ_CHECK(c.host_dirty <= XLGPU_YES);
    if (c.interrupt_remapping)
        FUZZ_CHECK(strstr(ring, c.interrupt_remapping == XLGPU_YES
                                    ? "Interrupt remapping enabled"
                                    : "Interrupt remapping disabled"));
    if (c.host_dirty == XLGPU_YES) FUZZ_CHECK(strstr(ring, "- Host Dirty"));
    if (c.host_dirty == XLGPU_NO)
        FUZZ_CHECK(strstr(ring, "IOMMU Extended Features:"));

    /* Guests' lines change nothing. */
    other = among_guests(ring);
    FUZZ_CHECK(equal(c, xlgpu_console_understand(other)));
    free(other);
    free(ring);
    return 0;
}
