/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of the hypervisor, whose libraries are replaced here. */
#include "unit.h"

#include <xenctrl.h>
#include <xenguest.h>
#include <xenhypfs.h>

#include "domain/hypervisor.h"

#define GUEST 7

static struct {
    const char *log_dirty_dma; /* NULL: hypfs lacks the node */
    bool no_hypfs, no_policy;
} world;

xenhypfs_handle *xenhypfs_open(xentoollog_logger *log, unsigned int flags)
{
    (void)log, (void)flags;
    return world.no_hypfs ? NULL : (xenhypfs_handle *)&world;
}

int xenhypfs_close(xenhypfs_handle *hypfs)
{
    (void)hypfs;
    return 0;
}

char *xenhypfs_read(xenhypfs_handle *hypfs, const char *path)
{
    (void)hypfs;
    assert_string_equal(path, "/iommu/log-dirty-dma");
    return world.log_dirty_dma ? strdup(world.log_dirty_dma) : NULL;
}

xc_interface *xc_interface_open(xentoollog_logger *log,
                                xentoollog_logger *dom_builder,
                                unsigned int flags)
{
    (void)log, (void)dom_builder, (void)flags;
    return (xc_interface *)&world;
}

int xc_interface_close(xc_interface *xc)
{
    (void)xc;
    return 0;
}

/* Of 18 words, the last two of which are of MSRs. */
int xc_get_cpu_featureset(xc_interface *xc, uint32_t index, uint32_t *n,
                          uint32_t *word)
{
    (void)xc;
    assert_int_equal(index, XEN_SYSCTL_cpu_featureset_hvm_max);
    assert_true(*n >= 18);
    *n = 18;
    memset(word, 0xff, 18 * sizeof(*word));
    word[0] = 0xf0;
    return 0;
}

static const xen_cpuid_leaf_t leaves[] = {
    { 0, XEN_CPUID_NO_SUBLEAF, 0xd, 0xaa, 0xaa, 0xaa },
    { 1, XEN_CPUID_NO_SUBLEAF, 0xaa, 0xaa, 1, 0x18 },
    { 7, 0, 2, 5, 6, 9 },
    { 7, 1, 10, 12, 14, 15 },
    { 7, 2, 0xaa, 0xaa, 0xaa, 13 },
    { 0xd, 0, 0xaa, 0xaa, 0xaa, 0xaa },
    { 0xd, 1, 4, 0xaa, 0xaa, 0xaa },
    { 0x80000001, XEN_CPUID_NO_SUBLEAF, 0xaa, 0xaa, 3, 2 },
    { 0x80000007, XEN_CPUID_NO_SUBLEAF, 0xaa, 0xaa, 0xaa, 7 },
    { 0x80000008, XEN_CPUID_NO_SUBLEAF, 0xaa, 8, 0xaa, 0xaa },
    { 0x80000021, XEN_CPUID_NO_SUBLEAF, 11, 0xaa, 0xaa, 0xaa },
};

#define N_LEAVES (sizeof(leaves) / sizeof(leaves[0]))

int xc_cpu_policy_get_size(xc_interface *xc, uint32_t *n, uint32_t *n_msrs)
{
    (void)xc;
    *n = N_LEAVES + 5;
    *n_msrs = 1;
    return 0;
}

int xc_cpu_policy_get_domain(xc_interface *xc, uint32_t domid,
                             xc_cpu_policy_t *policy)
{
    (void)xc, (void)policy;
    assert_int_equal(domid, GUEST);
    return world.no_policy ? -1 : 0;
}

int xc_cpu_policy_serialise(xc_interface *xc, const xc_cpu_policy_t *policy,
                            xen_cpuid_leaf_t *leaf, uint32_t *n,
                            xen_msr_entry_t *msr, uint32_t *n_msrs)
{
    (void)xc, (void)policy, (void)msr;
    assert_true(*n >= N_LEAVES);
    memcpy(leaf, leaves, sizeof(leaves));
    *n = N_LEAVES;
    *n_msrs = 0;
    return 0;
}

static const struct {
    const char *node;
    bool no_hypfs;
    enum xlgpu_dma_log dma_log;
} nodes[] = {
    { "all", false, XLGPU_DMA_LOG_ALL },
    { "some", false, XLGPU_DMA_LOG_SOME },
    { "none", false, XLGPU_DMA_LOG_NONE },
    { "", false, XLGPU_DMA_LOG_NONE },
    { "allowed", false, XLGPU_DMA_LOG_NONE },
    { NULL, false, XLGPU_DMA_LOG_NONE },
    { "all", true, XLGPU_DMA_LOG_NONE },
};

/* One that merely allows log-dirty with a device has no such node. */
static void a_hypervisor_that_says_nothing_logs_no_dma(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        world.log_dirty_dma = nodes[i].node;
        world.no_hypfs = nodes[i].no_hypfs;
        assert_int_equal(xlgpu_hypervisor_dma_log(), nodes[i].dma_log);
    }
}

/* Each of its words is its number, but for 0 and 1. */
static void features_are_those_that_the_guest_was_given(void **state)
{
    uint32_t word[64];
    unsigned int i;

    (void)state;
    world.no_policy = false;
    assert_int_equal(xlgpu_hypervisor_features_of(GUEST, word, 64), 16);
    assert_int_equal(word[0], 0x10); /* of 0x18, what Xen lists */
    for (i = 1; i < 16; i++) assert_int_equal(word[i], i);

    world.no_policy = true;
    assert_int_equal(xlgpu_hypervisor_features_of(GUEST, word, 64), 0);
}

static void at_the_target_all_that_can_be_given_count(void **state)
{
    uint32_t word[64];

    (void)state;
    assert_int_equal(xlgpu_hypervisor_features(word, 64), 18);
    assert_int_equal(word[0], 0xf0);
    assert_int_equal(word[17], 0xffffffff);
}

UNIT_TESTS(a_hypervisor_that_says_nothing_logs_no_dma,
           features_are_those_that_the_guest_was_given,
           at_the_target_all_that_can_be_given_count)
