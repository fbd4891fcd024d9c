/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manual.h"
#include "unit.h"

#include <stdio.h>

#include "policy/precheck.h"

#define PASS XLGPU_CHECK_PASS
#define WARN XLGPU_CHECK_WARN
#define FAIL XLGPU_CHECK_FAIL

/* A host that can do it all, with two GPUs that are alike. */
static struct xlgpu_precheck_facts facts;
static struct xlgpu_precheck_gpu g[2];
static struct xlgpu_gpu gpu[2];

static void make_good_host(void)
{
    struct xlgpu_gpu one = { .bdf = { .bus = 0x41 }, .vendor = 0x8086,
                             .device = 0xe212, .driver = "xe", .max = 12 };
    struct xlgpu_precheck_gpu as = { .backend = "xe", .has_sriov = true,
                                     .can_reset = true };

    gpu[0] = gpu[1] = one;
    gpu[1].bdf.bus = 0x42;
    g[0] = g[1] = as;
    g[0].gpu = &gpu[0];
    g[1].gpu = &gpu[1];
    facts = (struct xlgpu_precheck_facts){
        .xen = 1, .control = 1, .major = 4, .minor = 17,
        .dom0 = XLGPU_DOM0_PV, .hvm = XLGPU_YES, .iommu = XLGPU_YES,
        .console = { XLGPU_YES, XLGPU_YES }, .dma_log = XLGPU_DMA_LOG_ALL,
        .pciback = 1, .records = 1, .layout = 1, .wrapper = 1,
        .gpu = g, .n_gpus = 2,
    };
}

static void xen_is_silent(void) { facts.xen = facts.control = 0; }
static void in_a_guest(void) { facts.control = 0; }
static void xen_4_16(void) { facts.minor = 16; }
static void xen_5_0(void) { facts.major = 5, facts.minor = 0; }
static void pvh(void) { facts.dom0 = XLGPU_DOM0_PVH; }
static void dom0_unknown(void) { facts.dom0 = XLGPU_DOM0_NOT_KNOWN; }
static void no_hvm(void) { facts.hvm = XLGPU_NO; }
static void no_iommu(void) { facts.iommu = XLGPU_NO; }
static void iommu_unknown(void) { facts.iommu = XLGPU_NOT_KNOWN; }
static void no_remapping(void)
{
    facts.console.interrupt_remapping = XLGPU_NO;
}
static void ring_is_over(void) { facts.console = (struct xlgpu_console){ 0 }; }
static void no_pciback(void) { facts.pciback = 0; }
static void no_records(void) { facts.records = 0; }
static void no_layout(void) { facts.layout = 0; }
static void a_gpu_is_gone(void) { facts.absent = (char *)"0000:43:00.0"; }
static void no_wrapper(void) { facts.wrapper = 0; }
static void xapi(void) { facts.xapi = 1, facts.wrapper = 0, iommu_unknown(); }
static void not_dirty(void) { facts.console.host_dirty = XLGPU_NO; }
static void log_some(void) { facts.dma_log = XLGPU_DMA_LOG_SOME; }
static void log_none(void) { facts.dma_log = XLGPU_DMA_LOG_NONE; }

static void no_gpu(void) { facts.n_gpus = 0; }
static void no_driver(void) { *gpu[1].driver = '\0'; }
static void expected_no_driver(void) { no_driver(), g[1].expected = 1; }
static void no_driver_at_all(void) { no_driver(), *gpu[0].driver = '\0'; }
static void no_sriov(void) { g[1].has_sriov = 0; }
static void unreadable(void) { gpu[1].unreadable = 1; }
static void expected_xe_has_none(void) { gpu[1].max = 0, g[1].expected = 1; }
static void expected_i915_has_none(void)
{
    strcpy(gpu[1].driver, "i915");
    g[1].no_interface = g[1].expected = 1;
}
static void expected_amdgpu(void)
{
    strcpy(gpu[1].driver, "amdgpu");
    g[1].no_interface = g[1].expected = 1;
}
static void pciback_has_it(void) { strcpy(gpu[1].driver, "pciback"); }
static void nvidia(void)
{
    strcpy(gpu[1].driver, "nvidia");
    g[1].mediator = "NVIDIA's vGPU manager";
}
static void only_nvidia_without_sriov(void)
{
    nvidia();
    no_sriov();
    g[1].expected = 1;
    g[0] = g[1];
}
static void console(void) { gpu[1].console = 1; }
static void no_reset(void) { g[1].can_reset = 0; }
static void other_count(void) { gpu[1].count = 2; }
static void other_firmware(void) { strcpy(g[1].firmware, "2"); }
static void other_but_whole(void) { pciback_has_it(), other_count(); }

/* The last check of that name, after one thing was made worse. */
static const struct {
    void (*make)(void);
    const char *check;
    enum xlgpu_check_result result;
    const char *message, *remedy;
} cases[] = {
    { xen_is_silent, "xen", FAIL, "does not answer", "dom0" },
    { in_a_guest, "xen", FAIL, "does not control", "dom0" },
    { xen_4_16, "xen", FAIL, "4.16", "4.17" },
    { xen_5_0, "xen", PASS, "5.0", NULL },
    { pvh, "dom0_type", FAIL, "PVH", "dom0=pvh" },
    { dom0_unknown, "dom0_type", WARN, "not known", "PV" },
    { no_hvm, "hvm", FAIL, "can't", "SVM" },
    { no_iommu, "iommu", FAIL, "no IOMMU", "iommu=" },
    { no_iommu, "iommu", FAIL, "no IOMMU", "AMD-Vi" },
    { iommu_unknown, "iommu", WARN, "not known", "check xen" },
    { no_remapping, "interrupt_remapping", WARN, "does not remap",
      "firmware" },
    { ring_is_over, "interrupt_remapping", WARN, "not known",
      "conring_size" },
    { no_pciback, "pciback", FAIL, "not loaded", "modprobe xen-pciback" },
    { no_records, "xenstore", FAIL, "can't be reached", "xenstored" },
    { no_layout, "layout", WARN, "can't be read", "move it away" },
    { a_gpu_is_gone, "layout", WARN, "0000:43:00.0", "gpu-layout" },
    { no_wrapper, "wrapper", WARN, "not diverted", "divert-xl" },

    { xapi, "iommu", WARN, "not known", "xe host-param-get" },
    { xapi, "migrate", WARN, "VM_HAS_PCI_ATTACHED", "release its partition" },

    { no_gpu, "sriov", FAIL, "no GPU", "model file" },
    { no_driver, "sriov", WARN, "0000:42:00.0: no driver", "load xe" },
    { expected_no_driver, "sriov", FAIL, "0000:42:00.0: no driver",
      "load xe" },
    { no_driver_at_all, "sriov", FAIL, "no driver", "load xe" },
    { no_sriov, "sriov", WARN, "no SR-IOV", "firmware" },
    { unreadable, "sriov", WARN, "can't be read", "log" },
    { expected_xe_has_none, "sriov", FAIL, "offers no partitions (xe)",
      "force_probe" },
    { expected_i915_has_none, "sriov", FAIL, "makes no partitions (i915)",
      "max_vfs" },
    { expected_amdgpu, "sriov", FAIL, "makes no partitions (amdgpu)",
      "gim" },
    { pciback_has_it, "sriov", PASS, "as a whole", NULL },
    { nvidia, "mediator", WARN, "NVIDIA's vGPU manager", "passthrough" },
    { only_nvidia_without_sriov, "sriov", WARN, "no SR-IOV", "as a whole" },
    { console, "console", WARN, "dom0's console", "firmware" },
    { no_reset, "reset", WARN, "can't be reset", "reset_method" },
    { other_count, "homogeneous", WARN,
      "0000:42:00.0: it is unlike 0000:41:00.0: partition count 2 and 0",
      "alike" },
    { other_firmware, "homogeneous", WARN, "firmware 2 and not known",
      "alike" },
    { other_but_whole, "homogeneous", PASS, "are alike", NULL },

    { no_iommu, "migrate_iommu", WARN, "no IOMMU", "iommu=" },
    { not_dirty, "migrate_iommu_dirty", WARN, "can't record", "migrate" },
    { ring_is_over, "migrate_iommu_dirty", WARN, "not known",
      "conring_size" },
    { log_none, "migrate_hypervisor", WARN, "does not include", "migrate" },
    { log_some, "migrate_hypervisor", WARN, "only some", "migrate" },
    { log_none, "migrate_iommu_dirty", PASS, "can record", NULL },
    { not_dirty, "migrate_hypervisor", PASS, "includes DMA", NULL },
    { log_none, "migrate", PASS, "live (tracker content)", NULL },
    { not_dirty, "migrate", PASS, "live (tracker iommu)", NULL },
    { not_dirty, "migrate", PASS, "otherwise hotplug", NULL },
    { no_iommu, "migrate", WARN, "none: there is no IOMMU", "iommu" },
    { iommu_unknown, "migrate", WARN, "not known", "check xen" },
};

static const struct xlgpu_check *last(const struct xlgpu_checks *c,
                                      const char *name)
{
    size_t i = c->n;

    while (i--)
        if (!strcmp(c->check[i].check, name)) return &c->check[i];
    fail_msg("no check %s", name);
    return NULL;
}

static void each_fact_has_its_result_and_remedy(void **state)
{
    const struct xlgpu_check *c;
    struct xlgpu_checks checks;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make_good_host();
        cases[i].make();
        checks = xlgpu_precheck(&facts);
        c = last(&checks, cases[i].check);
        if (c->result != cases[i].result ||
            !strstr(c->message, cases[i].message) ||
            !c->remedy != !cases[i].remedy ||
            (c->remedy && !strstr(c->remedy, cases[i].remedy)))
            fail_msg("case %zu, %s: %s: %s; %s", i, c->check,
                     xlgpu_check_result_string(c->result), c->message,
                     c->remedy);
        if (cases[i].result == FAIL) assert_true(xlgpu_checks_failed(&checks));
        xlgpu_checks_dispose(&checks);
    }
}

static void a_good_host_passes_all(void **state)
{
    struct xlgpu_checks checks;
    size_t i;

    (void)state;
    make_good_host();
    checks = xlgpu_precheck(&facts);
    for (i = 0; i < checks.n; i++) {
        if (checks.check[i].result != PASS)
            fail_msg("%s: %s", checks.check[i].check, checks.check[i].message);
        assert_null(checks.check[i].remedy);
    }
    assert_false(xlgpu_checks_failed(&checks));
    xlgpu_checks_dispose(&checks);
}

static void where_xapi_is_nobody_asks_for_the_wrapper(void **state)
{
    struct xlgpu_checks checks;
    size_t i;

    (void)state;
    make_good_host();
    xapi();
    checks = xlgpu_precheck(&facts);
    for (i = 0; i < checks.n; i++) {
        assert_string_not_equal(checks.check[i].check, "wrapper");
        assert_string_not_equal(checks.check[i].check, "migrate_iommu");
    }
    xlgpu_checks_dispose(&checks);
}

/* A migration that is worse than live is no fault of the host's. */
static void nothing_of_migration_fails_a_host(void **state)
{
    struct xlgpu_checks checks;
    size_t i;

    (void)state;
    make_good_host();
    xen_is_silent(), no_iommu(), ring_is_over(), log_none();
    checks = xlgpu_precheck(&facts);
    for (i = 0; i < checks.n; i++) {
        if (!strncmp(checks.check[i].check, "migrate", 7))
            assert_int_not_equal(checks.check[i].result, FAIL);
        if (checks.check[i].result != PASS)
            assert_non_null(checks.check[i].remedy);
    }
    xlgpu_checks_dispose(&checks);
}

#define NEXT "\r\n(XEN) "
#define START "..." NEXT
#define FEATURES "AMD-Vi: IOMMU Extended Features:" NEXT "- x2APIC" NEXT

static const struct {
    const char *what, *ring;
    enum xlgpu_known interrupt_remapping, host_dirty;
} rings[] = {
    { "an Intel host",
      START "Intel VT-d Interrupt Remapping enabled." NEXT
      "I/O virtualisation enabled" NEXT "Interrupt remapping enabled\r\n",
      XLGPU_YES, XLGPU_NOT_KNOWN },
    { "remapping is off", START "Interrupt remapping disabled\n", XLGPU_NO,
      XLGPU_NOT_KNOWN },
    { "time stamps",
      "...\n(XEN) [2026-01-01 00:00:00.123] Interrupt remapping enabled\n",
      XLGPU_YES, XLGPU_NOT_KNOWN },
    { "an AMD host that can",
      START FEATURES "- Host Dirty" NEXT "- VMGuard I/O Support" NEXT
      "Interrupt remapping enabled\n", XLGPU_YES, XLGPU_YES },
    { "an AMD host that can't",
      START FEATURES "- Host Access" NEXT "I/O virtualisation enabled",
      XLGPU_NOT_KNOWN, XLGPU_NO },
    { "one of two IOMMUs can't",
      START FEATURES "- Host Dirty" NEXT FEATURES, XLGPU_NOT_KNOWN,
      XLGPU_NO },
    { "the other of two can't", START FEATURES FEATURES "- Host Dirty",
      XLGPU_NOT_KNOWN, XLGPU_NO },
    { "the heading is gone", START "- Host Dirty" NEXT "x", XLGPU_NOT_KNOWN,
      XLGPU_YES },
    { "the start is gone", START "- Invalidate IOTLB Type" NEXT "x",
      XLGPU_NOT_KNOWN, XLGPU_NOT_KNOWN },
    { "an empty ring", "", XLGPU_NOT_KNOWN, XLGPU_NOT_KNOWN },
    { "a guest that says so",
      "...\n(d1) (XEN) - Host Dirty\n(d1) Interrupt remapping enabled\n",
      XLGPU_NOT_KNOWN, XLGPU_NOT_KNOWN },
    { "a guest that says so, cut where the ring begins",
      "(XEN) - Host Dirty\n", XLGPU_NOT_KNOWN, XLGPU_NOT_KNOWN },
};

static void what_xen_said_is_understood(void **state)
{
    struct xlgpu_console c;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
        c = xlgpu_console_understand(rings[i].ring);
        if (c.interrupt_remapping != rings[i].interrupt_remapping ||
            c.host_dirty != rings[i].host_dirty)
            fail_msg("%s: %d, %d", rings[i].what, c.interrupt_remapping,
                     c.host_dirty);
    }
}

static void the_manual_describes_every_check(void **state)
{
    char line[256], name[64], described[2048] = " ";
    bool here = false;
    struct xlgpu_checks checks;
    FILE *f = open_manual();
    size_t i, n = 0, different = 0;

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        if (!strncmp(line, ".S", 2))
            here = !strcmp(line, ".SH CHECKS\n");
        if (!here || strncmp(line, ".B ", 3)) continue;
        assert_int_equal(sscanf(line + 3, "%63s", name), 1);
        strcat(strcat(described, name), " ");
        n++;
    }
    fclose(f);

    make_good_host();
    facts.n_gpus = 1;
    checks = xlgpu_precheck(&facts);
    for (i = 0; i < checks.n; i++, different++) {
        snprintf(name, sizeof(name), " %s ", checks.check[i].check);
        if (!strstr(described, name)) fail_msg("not described:%s", name);
    }
    assert_int_equal(n, different);
    xlgpu_checks_dispose(&checks);
}

UNIT_TESTS(a_good_host_passes_all, each_fact_has_its_result_and_remedy,
           nothing_of_migration_fails_a_host,
           where_xapi_is_nobody_asks_for_the_wrapper,
           what_xen_said_is_understood,
           the_manual_describes_every_check)
