/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hypervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xenhypfs.h>

#include "alloc.h"
#include "domain/xen.h"

#define LOG_DIRTY_DMA "/iommu/log-dirty-dma"

/* The whole ring; the caller frees it. */
static char *read_console(libxl_ctx *xen)
{
    libxl_xen_console_reader *reader = libxl_xen_console_read_start(xen, 0);
    char *ring = xlgpu_strdup(""), *part, *longer;

    while (reader && libxl_xen_console_read_line(xen, reader, &part) > 0) {
        longer = xlgpu_asprintf("%s%s", ring, part);
        free(ring);
        ring = longer;
    }
    if (reader) libxl_xen_console_read_finish(xen, reader);
    return ring;
}

struct xlgpu_console xlgpu_hypervisor_console(libxl_ctx *xen)
{
    char *ring = read_console(xen);
    struct xlgpu_console console = xlgpu_console_understand(ring);

    free(ring);
    return console;
}

static xentoollog_logger *quiet_logger(void)
{
    return (xentoollog_logger *)xtl_createlogger_stdiostream(
        stderr, XTL_CRITICAL, 0);
}

enum xlgpu_dma_log xlgpu_hypervisor_dma_log(void)
{
    xentoollog_logger *log = quiet_logger();
    xenhypfs_handle *hypfs = xenhypfs_open(log, 0);
    char *text = hypfs ? xenhypfs_read(hypfs, LOG_DIRTY_DMA) : NULL;
    enum xlgpu_dma_log dma_log =
        text && !strcmp(text, "all")    ? XLGPU_DMA_LOG_ALL
        : text && !strcmp(text, "some") ? XLGPU_DMA_LOG_SOME
                                        : XLGPU_DMA_LOG_NONE;

    free(text);
    if (hypfs) xenhypfs_close(hypfs);
    xtl_logger_destroy(log);
    return dma_log;
}

void xlgpu_hypervisor_log_off(uint32_t domid)
{
    xentoollog_logger *log = quiet_logger();
    xc_interface *xc = xc_interface_open(log, NULL, 0);

    if (xc) xc_shadow_control(xc, domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0);
    if (xc) xc_interface_close(xc);
    xtl_logger_destroy(log);
}

/* ---- For gpu-precheck ---- */

static void ask_libxl(struct xlgpu_precheck_facts *f, bool verbose)
{
    const libxl_version_info *version;
    libxl_physinfo info;
    libxl_ctx *xen;

    if (xlgpu_xen_open(&xen, verbose)) goto out;
    version = libxl_get_version_info(xen);
    if (!version) goto out;
    f->xen = true;
    f->major = version->xen_version_major;
    f->minor = version->xen_version_minor;

    libxl_physinfo_init(&info);
    f->control = !libxl_get_physinfo(xen, &info);
    if (f->control) {
        f->hvm = info.cap_hvm ? XLGPU_YES : XLGPU_NO;
        /* Of PV guests, too, in spite of its name. */
        f->iommu = info.cap_hvm_directio ? XLGPU_YES : XLGPU_NO;
        f->console = xlgpu_hypervisor_console(xen);
    }
    libxl_physinfo_dispose(&info);
out:
    xlgpu_xen_close(xen);
}

void xlgpu_hypervisor_ask(struct xlgpu_precheck_facts *f, bool verbose)
{
    ask_libxl(f, verbose);
    f->dma_log = xlgpu_hypervisor_dma_log();
}

/* ---- CPU features ---- */

static unsigned int most_features(xc_interface *xc, uint32_t *word,
                                  unsigned int max)
{
    uint32_t n = max;

    return xc_get_cpu_featureset(xc, XEN_SYSCTL_cpu_featureset_hvm_max, &n,
                                 word) ? 0 : n;
}

#define NO_SUB XEN_CPUID_NO_SUBLEAF
#define REG(r) offsetof(xen_cpuid_leaf_t, r)

/* Where the words are: Xen's include/xen/lib/x86/cpu-policy.h. Those behind
 * are not asked for. */
static const struct {
    uint32_t leaf, subleaf;
    size_t reg;
} place[] = {
    { 1, NO_SUB, REG(d) },          { 1, NO_SUB, REG(c) },
    { 0x80000001, NO_SUB, REG(d) }, { 0x80000001, NO_SUB, REG(c) },
    { 0xd, 1, REG(a) },             { 7, 0, REG(b) },
    { 7, 0, REG(c) },               { 0x80000007, NO_SUB, REG(d) },
    { 0x80000008, NO_SUB, REG(b) }, { 7, 0, REG(d) },
    { 7, 1, REG(a) },               { 0x80000021, NO_SUB, REG(a) },
    { 7, 1, REG(b) },               { 7, 2, REG(d) },
    { 7, 1, REG(c) },               { 7, 1, REG(d) },
};

#define N_PLACES (sizeof(place) / sizeof(place[0]))

static uint32_t feature_word(const xen_cpuid_leaf_t *leaf, uint32_t n,
                             unsigned int i)
{
    for (; n; n--, leaf++)
        if (leaf->leaf == place[i].leaf && leaf->subleaf == place[i].subleaf)
            return *(const uint32_t *)((const char *)leaf + place[i].reg);
    return 0;
}

/* The leaves that a guest sees, which the caller frees; NULL: not known. */
static xen_cpuid_leaf_t *leaves_of(xc_interface *xc, uint32_t domid,
                                   uint32_t *n_r)
{
    xc_cpu_policy_t *policy = NULL;
    xen_cpuid_leaf_t *leaf = NULL;
    xen_msr_entry_t *msr = NULL;
    uint32_t n_msrs = 0;
    bool ok = false;

    if (xc_cpu_policy_get_size(xc, n_r, &n_msrs)) return NULL;
    policy = xc_cpu_policy_init();
    leaf = xlgpu_zalloc(*n_r + 1, sizeof(*leaf));
    msr = xlgpu_zalloc(n_msrs + 1, sizeof(*msr));
    ok = policy && !xc_cpu_policy_get_domain(xc, domid, policy) &&
         !xc_cpu_policy_serialise(xc, policy, leaf, n_r, msr, &n_msrs);
    if (policy) xc_cpu_policy_destroy(policy);
    free(msr);
    if (ok) return leaf;
    free(leaf);
    return NULL;
}

/* Bits that Xen gives without listing them as features are left out. */
static unsigned int features_of(xc_interface *xc, uint32_t domid,
                                uint32_t *word, unsigned int max)
{
    unsigned int i, n = most_features(xc, word, max);
    xen_cpuid_leaf_t *leaf = NULL;
    uint32_t n_leaves = 0;

    if (n > N_PLACES) n = N_PLACES;
    if (n) leaf = leaves_of(xc, domid, &n_leaves);
    if (!leaf) return 0;
    for (i = 0; i < n; i++) word[i] &= feature_word(leaf, n_leaves, i);
    free(leaf);
    return n;
}

static unsigned int ask_features(const uint32_t *domid, uint32_t *word,
                                 unsigned int max)
{
    xentoollog_logger *log = quiet_logger();
    xc_interface *xc = xc_interface_open(log, NULL, 0);
    unsigned int n = !xc     ? 0
                     : domid ? features_of(xc, *domid, word, max)
                             : most_features(xc, word, max);

    if (xc) xc_interface_close(xc);
    xtl_logger_destroy(log);
    return n;
}

unsigned int xlgpu_hypervisor_features(uint32_t *word, unsigned int max)
{
    return ask_features(NULL, word, max);
}

unsigned int xlgpu_hypervisor_features_of(uint32_t domid, uint32_t *word,
                                          unsigned int max)
{
    return ask_features(&domid, word, max);
}
