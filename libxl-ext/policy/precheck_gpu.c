/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "precheck_gpu.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "policy/homogeneous.h"

#define PCIBACK "pciback"

static bool is_whole(const struct xlgpu_precheck_gpu *g)
{
    return !strcmp(g->gpu->driver, PCIBACK);
}

/* Why it has no partitions and can get none; NULL: it can. */
static const char *why_unable(const struct xlgpu_precheck_gpu *g)
{
    if (g->gpu->unreadable) return "its partitions can't be read";
    if (!*g->gpu->driver) return "no driver is bound to it";
    if (!g->has_sriov) return "it shows no SR-IOV";
    if (g->no_interface) return "its driver makes no partitions";
    if (!g->gpu->max) return "its driver offers no partitions";
    return NULL;
}

bool xlgpu_can_partition(const struct xlgpu_precheck_gpu *g)
{
    return !is_whole(g) && !g->mediator && !why_unable(g);
}

#define OF_FIRMWARE                                                       \
    "enable SR-IOV, ARI and decoding above 4 GiB in the firmware; a GPU " \
    "that has no SR-IOV can be passed through as a whole"

static const struct {
    const char *driver, *remedy;
} of_driver[] = {
    { "xe", "it needs a Linux whose xe knows SR-IOV for this GPU, 6.12 does "
            "not; some need xe.force_probe=DEVICE; no xe.max_vfs=0" },
    { "i915", "load Intel's i915 with SR-IOV, with i915.enable_guc=3 and "
              "i915.max_vfs=N; or xe, where it knows the GPU" },
    { "amdgpu", "load AMD's gim in its place" },
    { "radeon", "load AMD's gim in its place" },
    { "gim", "load it with vf_num=N, see modinfo gim" },
    { "nouveau", "pass it through as a whole" },
};

#define VENDOR_INTEL 0x8086
#define VENDOR_AMD 0x1002

static const char *remedy_of(const struct xlgpu_precheck_gpu *g)
{
    size_t i;

    if (g->gpu->unreadable) return "try again; the kernel's log may say more";
    if (g->mediator) return "pass it through as a whole";
    if (!*g->gpu->driver)
        return g->gpu->vendor == VENDOR_INTEL
                   ? "load xe, or Intel's i915 with SR-IOV; the kernel's log "
                     "says why it does not take the GPU"
               : g->gpu->vendor == VENDOR_AMD
                   ? "load AMD's gim; the kernel's log says why it does not "
                     "take the GPU"
                   : "load its PF driver";
    if (!g->has_sriov) return OF_FIRMWARE;
    for (i = 0; i < sizeof(of_driver) / sizeof(of_driver[0]); i++)
        if (!strcmp(of_driver[i].driver, g->gpu->driver))
            return of_driver[i].remedy;
    return "load a driver that makes partitions";
}

/* A check of one GPU; text becomes its own. */
static void add(struct xlgpu_checks *c, const char *name,
                const struct xlgpu_precheck_gpu *g,
                enum xlgpu_check_result result, char *text,
                const char *remedy)
{
    char bdf[XLGPU_BDF_LEN];

    xlgpu_check_add(c, name, result,
                    xlgpu_asprintf("%s: %s",
                                   xlgpu_bdf_format(g->gpu->bdf, bdf), text),
                    remedy);
    free(text);
}

/*
 * A GPU that can't be partitioned fails the host where it is meant to be, or
 * where no other can: a server's own VGA is no reason.
 */
static void check_sriov(struct xlgpu_checks *c,
                        const struct xlgpu_precheck_gpu *g, bool any_can)
{
    const struct xlgpu_gpu *gpu = g->gpu;
    const char *why = why_unable(g);

    if (is_whole(g))
        add(c, "sriov", g, XLGPU_CHECK_PASS,
            xlgpu_strdup("it is assignable as a whole"), NULL);
    else if (!why)
        add(c, "sriov", g, XLGPU_CHECK_PASS,
            xlgpu_asprintf("its driver %s offers up to %u partitions",
                           gpu->driver, gpu->max), NULL);
    else
        add(c, "sriov", g,
            g->mediator || (any_can && !g->expected) ? XLGPU_CHECK_WARN
                                                     : XLGPU_CHECK_FAIL,
            *gpu->driver ? xlgpu_asprintf("%s (%s)", why, gpu->driver)
                         : xlgpu_strdup(why),
            remedy_of(g));
}

static void check_mediator(struct xlgpu_checks *c,
                           const struct xlgpu_precheck_gpu *g)
{
    if (g->mediator)
        add(c, "mediator", g, XLGPU_CHECK_WARN,
            xlgpu_asprintf("its partitions need %s; passed through as a whole "
                           "it works", g->mediator),
            "use gpu = [ \"passthrough,bdf=…\" ]");
    else
        add(c, "mediator", g, XLGPU_CHECK_PASS,
            xlgpu_asprintf("guests need none (back end %s)", g->backend),
            NULL);
}

static void check_console(struct xlgpu_checks *c,
                          const struct xlgpu_precheck_gpu *g)
{
    if (g->gpu->console)
        add(c, "console", g, XLGPU_CHECK_WARN,
            xlgpu_strdup("it drives dom0's console, so it is never given away "
                         "as a whole"),
            "to give it away, make another GPU the first one in the firmware");
    else
        add(c, "console", g, XLGPU_CHECK_PASS,
            xlgpu_strdup("it does not drive dom0's console"), NULL);
}

static void check_reset(struct xlgpu_checks *c,
                        const struct xlgpu_precheck_gpu *g)
{
    if (g->can_reset)
        add(c, "reset", g, XLGPU_CHECK_PASS,
            xlgpu_strdup(g->gpu->count ? "its partitions can be reset"
                                       : "it can be reset"), NULL);
    else
        add(c, "reset", g, XLGPU_CHECK_WARN,
            xlgpu_strdup(g->gpu->count ? "a partition of it can't be reset, "
                                         "so it would be quarantined"
                                       : "it can't be reset, so as a whole "
                                         "it can't change hands"),
            "see reset_method in its sysfs directory: it names none");
}

static struct xlgpu_traits traits_of(const struct xlgpu_precheck_gpu *g)
{
    const struct xlgpu_gpu *gpu = g->gpu;

    return (struct xlgpu_traits){ .vendor = gpu->vendor,
                                  .device = gpu->device,
                                  .subvendor = gpu->subvendor,
                                  .subdevice = gpu->subdevice,
                                  .memory = gpu->memory,
                                  .count = gpu->count,
                                  .driver = gpu->driver,
                                  .driver_version = g->driver_version,
                                  .firmware = g->firmware };
}

/* Those that can be partitioned, each with the first of them. */
static void check_homogeneous(struct xlgpu_checks *c,
                              const struct xlgpu_precheck_facts *f)
{
    const struct xlgpu_precheck_gpu *g, *first = NULL;
    char other[XLGPU_BDF_LEN], *differs;
    struct xlgpu_traits a, b;
    bool alike = true;

    for (g = f->gpu; g < f->gpu + f->n_gpus; g++) {
        if (!xlgpu_can_partition(g)) continue;
        if (!first) first = g;
        a = traits_of(g);
        b = traits_of(first);
        if (xlgpu_homogeneous(&a, &b, &differs) == XLGPU_ALIKE) continue;
        alike = false;
        xlgpu_bdf_format(first->gpu->bdf, other);
        add(c, "homogeneous", g, XLGPU_CHECK_WARN,
            xlgpu_asprintf("it is unlike %s: %s", other, differs),
            "have GPUs of one kind, partitioned alike; or name the kind in "
            "gpu=, with model= or memory=");
        free(differs);
    }
    if (alike)
        xlgpu_check_add(c, "homogeneous", XLGPU_CHECK_PASS,
                        xlgpu_strdup("the GPUs that can be partitioned are "
                                     "alike"), NULL);
}

void xlgpu_precheck_gpus(struct xlgpu_checks *c,
                         const struct xlgpu_precheck_facts *f)
{
    const struct xlgpu_precheck_gpu *g;
    bool any_can = false;

    for (g = f->gpu; g < f->gpu + f->n_gpus; g++)
        any_can |= xlgpu_can_partition(g) || g->mediator || is_whole(g);
    for (g = f->gpu; g < f->gpu + f->n_gpus; g++) {
        check_sriov(c, g, any_can);
        check_mediator(c, g);
        check_console(c, g);
        check_reset(c, g);
    }
    if (!f->n_gpus)
        xlgpu_check_add(c, "sriov", XLGPU_CHECK_FAIL,
                        xlgpu_strdup("this host has no GPU"),
                        "see lspci; a model file makes another device one, "
                        "see xl-gpu-models(5)");
    check_homogeneous(c, f);
}
