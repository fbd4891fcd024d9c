/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "precheck.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "policy/precheck_gpu.h"

#define XEN_MAJOR 4
#define XEN_MINOR 17

#define SEE_XEN "see the check xen"
#define CONSOLE_IS_SHORT                                                  \
    "give Xen conring_size=256k on its command line and start it again, " \
    "or read xl dmesg soon after the start"

static void add_text(struct xlgpu_checks *c, const char *name,
                     enum xlgpu_check_result result, const char *message,
                     const char *remedy)
{
    xlgpu_check_add(c, name, result, xlgpu_strdup(message), remedy);
}

/* ---- The host ---- */

/* What a fact with three values says, by value. */
struct answer {
    enum xlgpu_check_result result;
    const char *message, *remedy;
};

static void add_answer(struct xlgpu_checks *c, const char *name,
                       const struct answer *answers, unsigned int value)
{
    const struct answer *a = &answers[value];

    add_text(c, name, a->result, a->message, a->remedy);
}

static void check_xen(struct xlgpu_checks *c,
                      const struct xlgpu_precheck_facts *f)
{
    bool old = f->major < XEN_MAJOR ||
               (f->major == XEN_MAJOR && f->minor < XEN_MINOR);

    if (!f->xen)
        add_text(c, "xen", XLGPU_CHECK_FAIL, "Xen does not answer",
                 "run it as root in dom0 of a Xen host");
    else if (!f->control)
        add_text(c, "xen", XLGPU_CHECK_FAIL,
                 "this domain does not control Xen", "run it in dom0");
    else
        xlgpu_check_add(c, "xen",
                        old ? XLGPU_CHECK_FAIL : XLGPU_CHECK_PASS,
                        xlgpu_asprintf("this is dom0 of Xen %d.%d", f->major,
                                       f->minor),
                        "install Xen 4.17 or newer");
}

static const struct answer dom0_type[] = {
    [XLGPU_DOM0_NOT_KNOWN] = {
        XLGPU_CHECK_WARN, "the type of dom0 is not known",
        "see that it is PV: no dom0=pvh on Xen's command line" },
    [XLGPU_DOM0_PV] = { XLGPU_CHECK_PASS, "dom0 is PV", NULL },
    [XLGPU_DOM0_PVH] = {
        XLGPU_CHECK_FAIL,
        "dom0 is PVH, which can neither split nor pass through devices",
        "remove dom0=pvh from Xen's command line" },
};

static const struct answer hvm[] = {
    [XLGPU_NOT_KNOWN] = { XLGPU_CHECK_WARN, "not known", SEE_XEN },
    [XLGPU_NO] = {
        XLGPU_CHECK_FAIL, "Xen can't run hardware-assisted guests",
        "enable virtualisation in the firmware: VT-x, or SVM" },
    [XLGPU_YES] = { XLGPU_CHECK_PASS, "Xen can run hardware-assisted guests",
                    NULL },
};

#define ENABLE_IOMMU                                                  \
    "enable the IOMMU in the firmware: VT-d, or AMD-Vi; and remove "  \
    "iommu=off from Xen's command line, where iommu=on is the default"

static const struct answer iommu[] = {
    [XLGPU_NOT_KNOWN] = { XLGPU_CHECK_WARN, "not known", SEE_XEN },
    [XLGPU_NO] = { XLGPU_CHECK_FAIL,
                   "Xen has no IOMMU, so guests can have no device",
                   ENABLE_IOMMU },
    [XLGPU_YES] = { XLGPU_CHECK_PASS, "Xen gives devices to guests by an IOMMU",
                    NULL },
};

/* Xen tells it to libxl, and xapi to whoever asks. */
static const struct answer xapi_iommu = {
    XLGPU_CHECK_WARN, "not known to xl-gpu under xapi",
    "xe host-param-get uuid=HOST param-name=chipset-info param-key=iommu tells"
};

static const struct answer remapping[] = {
    [XLGPU_NOT_KNOWN] = {
        XLGPU_CHECK_WARN, "not known: Xen's console does not say, or no longer",
        CONSOLE_IS_SHORT },
    [XLGPU_NO] = {
        XLGPU_CHECK_WARN,
        "Xen does not remap interrupts: a guest with a device can send any",
        "enable it in the firmware, and remove iommu=no-intremap from Xen's "
        "command line" },
    [XLGPU_YES] = { XLGPU_CHECK_PASS, "Xen remaps interrupts", NULL },
};

static void check_parts(struct xlgpu_checks *c,
                        const struct xlgpu_precheck_facts *f)
{
    static const struct answer pciback[] = {
        { XLGPU_CHECK_FAIL, "the driver pciback is not loaded",
          "modprobe xen-pciback" },
        { XLGPU_CHECK_PASS, "the driver pciback is loaded", NULL },
    };
    static const struct answer xenstore[] = {
        { XLGPU_CHECK_FAIL, "the records in xenstore can't be reached",
          "see that xenstored runs, and run it as root in dom0" },
        { XLGPU_CHECK_PASS, "the records in xenstore can be reached", NULL },
    };
    static const struct answer wrapper[] = {
        { XLGPU_CHECK_WARN,
          "stock xl is not diverted: xl does not know of gpu=",
          "/usr/lib/xl-gpu/divert-xl add" },
        { XLGPU_CHECK_PASS, "xl knows of gpu=", NULL },
    };

    add_answer(c, "pciback", pciback, f->pciback);
    add_answer(c, "xenstore", xenstore, f->records);
    if (!f->xapi) add_answer(c, "wrapper", wrapper, f->wrapper);
    if (!f->layout)
        add_text(c, "layout", XLGPU_CHECK_WARN,
                 "the desired layout can't be read",
                 "move it away, then partition the GPUs anew");
    else if (f->absent)
        xlgpu_check_add(c, "layout", XLGPU_CHECK_WARN,
                        xlgpu_asprintf("desired, but not there: %s",
                                       f->absent),
                        "xl gpu-layout shows more");
    else
        add_text(c, "layout", XLGPU_CHECK_PASS,
                 "every GPU of the desired layout is there", NULL);
}

/* ---- Migration ---- */

#define SEE_MIGRATE "see the check migrate for what is possible without"

static const struct answer migrate_iommu[] = {
    [XLGPU_NOT_KNOWN] = { XLGPU_CHECK_WARN, "not known", SEE_XEN },
    [XLGPU_NO] = { XLGPU_CHECK_WARN, "no IOMMU is present", ENABLE_IOMMU },
    [XLGPU_YES] = { XLGPU_CHECK_PASS, "an IOMMU is present", NULL },
};

static const struct answer migrate_iommu_dirty[] = {
    [XLGPU_NOT_KNOWN] = {
        XLGPU_CHECK_WARN,
        "not known: Xen says it of AMD's IOMMUs alone, when it starts",
        CONSOLE_IS_SHORT },
    [XLGPU_NO] = { XLGPU_CHECK_WARN, "the IOMMU can't record dirty pages",
                   "nothing mends that on this machine, AMD's newer IOMMUs "
                   "can (HDSup); " SEE_MIGRATE },
    [XLGPU_YES] = { XLGPU_CHECK_PASS, "the IOMMU can record dirty pages",
                    NULL },
};

static const struct answer migrate_hypervisor[] = {
    [XLGPU_DMA_LOG_NONE] = {
        XLGPU_CHECK_WARN, "the hypervisor's dirty log does not include DMA",
        "where the IOMMU can record dirty pages: a Xen built with the patches "
        "in libxl-ext/hypervisor of xl-gpu's source; " SEE_MIGRATE },
    [XLGPU_DMA_LOG_SOME] = {
        XLGPU_CHECK_WARN, "the hypervisor's dirty log includes only some DMA",
        "every IOMMU has to record dirty pages, and ats must not be on Xen's "
        "command line; " SEE_MIGRATE },
    [XLGPU_DMA_LOG_ALL] = {
        XLGPU_CHECK_PASS, "the hypervisor's dirty log includes DMA", NULL },
};

static const struct answer xapi_migrate = {
    XLGPU_CHECK_WARN,
    "none: xapi moves no VM that has a PCI device (VM_HAS_PCI_ATTACHED)",
    "shut the VM down, release its partition, reserve one at the other host, "
    "and start the VM there"
};

/* What a guest would get whose owner, and whose target, allow everything. */
static struct xlgpu_rung best(const struct xlgpu_precheck_facts *f,
                                 bool device_state)
{
    const struct xlgpu_ladder_facts v = {
        .iommu = f->iommu == XLGPU_YES,
        .records_dirty = f->console.host_dirty,
        .dma_log = f->dma_log,
        .device_state = device_state,
        .announced = device_state,
        .room = true,
        .stream = true,
        .live = true,
        .hotplug = true,
        .restart = true,
        .may_restart = true,
        .poweroff_destroys = true,
        .kept = true,
    };

    return xlgpu_ladder(&v);
}

static void check_migrate(struct xlgpu_checks *c,
                          const struct xlgpu_precheck_facts *f)
{
    struct xlgpu_rung with = best(f, true), without = best(f, false);

    add_answer(c, "migrate_iommu", migrate_iommu, f->iommu);
    add_answer(c, "migrate_iommu_dirty", migrate_iommu_dirty,
               f->console.host_dirty);
    add_answer(c, "migrate_hypervisor", migrate_hypervisor, f->dma_log);
    add_text(c, "migrate_device_state", XLGPU_CHECK_PASS,
             "each guest tells for itself: gpu_state = \"guest\" where its own "
             "driver saves the device at suspend", NULL);

    if (f->iommu == XLGPU_NOT_KNOWN)
        add_text(c, "migrate", XLGPU_CHECK_WARN, "not known", SEE_XEN);
    else if (with.move == XLGPU_MOVE_NONE)
        xlgpu_check_add(c, "migrate", XLGPU_CHECK_WARN,
                        xlgpu_asprintf("%s: %s", xlgpu_move_string(with.move),
                                       with.missed[0].why),
                        "see the check iommu");
    else
        xlgpu_check_add(c, "migrate", XLGPU_CHECK_PASS,
                        xlgpu_asprintf("at best %s (tracker %s) where the "
                                       "device's state follows, otherwise %s",
                                       xlgpu_move_string(with.move),
                                       xlgpu_tracker_string(with.tracker),
                                       xlgpu_move_string(without.move)),
                        NULL);
}

/* ---- All of it ---- */

struct xlgpu_checks xlgpu_precheck(const struct xlgpu_precheck_facts *f)
{
    struct xlgpu_checks c = { 0 };

    check_xen(&c, f);
    add_answer(&c, "dom0_type", dom0_type, f->dom0);
    add_answer(&c, "hvm", hvm, f->hvm);
    if (f->xapi && f->iommu == XLGPU_NOT_KNOWN)
        add_answer(&c, "iommu", &xapi_iommu, 0);
    else
        add_answer(&c, "iommu", iommu, f->iommu);
    add_answer(&c, "interrupt_remapping", remapping,
               f->console.interrupt_remapping);
    check_parts(&c, f);
    xlgpu_precheck_gpus(&c, f);
    if (f->xapi)
        add_answer(&c, "migrate", &xapi_migrate, 0);
    else
        check_migrate(&c, f);
    return c;
}
