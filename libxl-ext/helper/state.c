/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state.h"

#include <errno.h>
#include <stdlib.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xen/hvm/params.h>

#include "alloc.h"

struct tsc_info {
    uint32_t mode, khz;
    uint64_t nsec;
    uint32_t incarnation, reserved;
};

struct hvm_params {
    uint32_t count, reserved;
    struct {
        uint64_t index, value;
    } param[32];
};

/* Those that a domain's builder does not set anew. */
static const uint32_t params[] = {
    HVM_PARAM_STORE_PFN, HVM_PARAM_IOREQ_PFN, HVM_PARAM_BUFIOREQ_PFN,
    HVM_PARAM_PAGING_RING_PFN, HVM_PARAM_MONITOR_RING_PFN,
    HVM_PARAM_SHARING_RING_PFN, HVM_PARAM_VM86_TSS_SIZED,
    HVM_PARAM_CONSOLE_PFN, HVM_PARAM_ACPI_IOPORTS_LOCATION,
    HVM_PARAM_VIRIDIAN, HVM_PARAM_IDENT_PT, HVM_PARAM_VM_GENERATION_ID_ADDR,
    HVM_PARAM_IOREQ_SERVER_PFN, HVM_PARAM_NR_IOREQ_SERVER_PAGES,
    HVM_PARAM_X87_FIP_WIDTH, HVM_PARAM_MCA_CAP,
};

#define N_PARAMS (sizeof(params) / sizeof(params[0]))

bool xlgpu_state_is_suspended(xc_interface *xch, uint32_t domid)
{
    xc_domaininfo_t info;

    if (xc_domain_getinfolist(xch, domid, 1, &info) != 1 ||
        info.domain != domid || !(info.flags & XEN_DOMINF_shutdown))
        return false;
    return (info.flags >> XEN_DOMINF_shutdownshift &
            XEN_DOMINF_shutdownmask) == SHUTDOWN_suspend;
}

static int write_policy(struct xlgpu_stream *s, xc_interface *xch,
                        uint32_t domid, xc_cpu_policy_t *policy)
{
    uint32_t n_leaves = 0, n_msrs = 0;
    xen_cpuid_leaf_t *leaf = NULL;
    xen_msr_entry_t *msr = NULL;
    int rc = EIO;

    if (xc_cpu_policy_get_size(xch, &n_leaves, &n_msrs) < 0) return errno;
    leaf = xlgpu_zalloc(n_leaves, sizeof(*leaf));
    msr = xlgpu_zalloc(n_msrs, sizeof(*msr));
    errno = EIO;
    if (xc_cpu_policy_get_domain(xch, domid, policy) ||
        xc_cpu_policy_serialise(xch, policy, leaf, &n_leaves, msr, &n_msrs))
        rc = errno;
    else
        rc = 0;
    if (!rc && n_leaves)
        rc = xlgpu_stream_record(s, XLGPU_REC_X86_CPUID_POLICY, leaf,
                                 n_leaves * sizeof(*leaf));
    if (!rc && n_msrs)
        rc = xlgpu_stream_record(s, XLGPU_REC_X86_MSR_POLICY, msr,
                                 n_msrs * sizeof(*msr));
    free(leaf);
    free(msr);
    return rc;
}

int xlgpu_state_begin(xc_interface *xch, uint32_t domid,
                      struct xlgpu_stream *s)
{
    int version = xc_version(xch, XENVER_version, NULL), rc;
    xc_cpu_policy_t *policy;

    if (version < 0) return errno;
    rc = xlgpu_stream_begin(s, version >> 16 & 0xffff, version & 0xffff);
    if (rc) return rc;
    policy = xc_cpu_policy_init();
    if (!policy) return ENOMEM;
    rc = write_policy(s, xch, domid, policy);
    xc_cpu_policy_destroy(policy);
    return rc ? rc
              : xlgpu_stream_record(s, XLGPU_REC_STATIC_DATA_END, NULL, 0);
}

static int write_tsc(struct xlgpu_stream *s, xc_interface *xch,
                     uint32_t domid)
{
    struct tsc_info tsc = { 0 };

    if (xc_domain_get_tsc_info(xch, domid, &tsc.mode, &tsc.nsec, &tsc.khz,
                               &tsc.incarnation) < 0)
        return errno;
    return xlgpu_stream_record(s, XLGPU_REC_X86_TSC_INFO, &tsc, sizeof(tsc));
}

static int write_context(struct xlgpu_stream *s, xc_interface *xch,
                         uint32_t domid)
{
    int size = xc_domain_hvm_getcontext(xch, domid, NULL, 0), rc = 0;
    uint8_t *context;

    if (size < 0) return errno;
    context = xlgpu_zalloc(size, 1);
    size = xc_domain_hvm_getcontext(xch, domid, context, size);
    if (size < 0)
        rc = errno;
    else
        rc = xlgpu_stream_record(s, XLGPU_REC_HVM_CONTEXT, context, size);
    free(context);
    return rc;
}

static int write_params(struct xlgpu_stream *s, xc_interface *xch,
                        uint32_t domid)
{
    struct hvm_params p = { 0 };
    uint64_t value;
    size_t i;

    for (i = 0; i < N_PARAMS; i++) {
        if (xc_hvm_param_get(xch, domid, params[i], &value)) return errno;
        if (!value) continue;
        p.param[p.count].index = params[i];
        p.param[p.count++].value = value;
    }
    if (!p.count) return 0;
    return xlgpu_stream_record(s, XLGPU_REC_HVM_PARAMS, &p,
                               8 + p.count * sizeof(p.param[0]));
}

int xlgpu_state_end(xc_interface *xch, uint32_t domid, struct xlgpu_stream *s)
{
    int rc = write_tsc(s, xch, domid);

    if (!rc) rc = write_context(s, xch, domid);
    if (!rc) rc = write_params(s, xch, domid);
    return rc ? rc : xlgpu_stream_record(s, XLGPU_REC_END, NULL, 0);
}
