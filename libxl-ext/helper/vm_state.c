/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of the guest's state that is not memory. */
#include "vm_xen.h"

#include <errno.h>
#include <stdlib.h>

#include <xen/hvm/params.h>
#include <xenguest.h>

#include "stream.h"

static int write_policy(struct xlgpu_vm_xen *x, struct xlgpu_stream *stream,
                        xc_cpu_policy_t *policy, xen_cpuid_leaf_t *leaf,
                        uint32_t n_leaves, xen_msr_entry_t *msr,
                        uint32_t n_msrs)
{
    int rc = 0;

    if (xc_cpu_policy_get_domain(x->xch, x->domid, policy) ||
        xc_cpu_policy_serialise(x->xch, policy, leaf, &n_leaves, msr,
                                &n_msrs))
        return errno ? errno : EIO;

    if (n_leaves)
        rc = xlgpu_stream_record(stream, XLGPU_REC_CPUID_POLICY, leaf,
                                 n_leaves * sizeof(*leaf));
    if (!rc && n_msrs)
        rc = xlgpu_stream_record(stream, XLGPU_REC_MSR_POLICY, msr,
                                 n_msrs * sizeof(*msr));
    return rc;
}

static int write_cpu_policy(struct xlgpu_vm_xen *x,
                            struct xlgpu_stream *stream)
{
    xc_cpu_policy_t *policy = NULL;
    xen_cpuid_leaf_t *leaf = NULL;
    xen_msr_entry_t *msr = NULL;
    uint32_t n_leaves = 0, n_msrs = 0;
    int rc;

    if (xc_cpu_policy_get_size(x->xch, &n_leaves, &n_msrs) < 0) return errno;

    leaf = calloc(n_leaves + 1, sizeof(*leaf));
    msr = calloc(n_msrs + 1, sizeof(*msr));
    policy = xc_cpu_policy_init();
    rc = leaf && msr && policy ?
         write_policy(x, stream, policy, leaf, n_leaves, msr, n_msrs) :
         ENOMEM;

    if (policy) xc_cpu_policy_destroy(policy);
    free(msr);
    free(leaf);
    return rc;
}

int xlgpu_vm_xen_before(struct xlgpu_vm *vm, struct xlgpu_stream *stream)
{
    struct xlgpu_vm_xen *x = vm_xen(vm);
    int version = xc_version(x->xch, XENVER_version, NULL);
    int rc;

    if (version < 0) return errno;

    rc = xlgpu_stream_header(stream, version >> 16, version & 0xffff);
    if (!rc) rc = write_cpu_policy(x, stream);
    if (!rc)
        rc = xlgpu_stream_record(stream, XLGPU_REC_STATIC_DATA_END, NULL, 0);
    return rc;
}

static int write_tsc(struct xlgpu_vm_xen *x, struct xlgpu_stream *stream)
{
    struct {
        uint32_t mode, khz;
        uint64_t nsec;
        uint32_t incarnation, res;
    } tsc = { 0 };

    if (xc_domain_get_tsc_info(x->xch, x->domid, &tsc.mode, &tsc.nsec,
                               &tsc.khz, &tsc.incarnation) < 0)
        return errno;
    return xlgpu_stream_record(stream, XLGPU_REC_TSC_INFO, &tsc, sizeof(tsc));
}

static int write_context(struct xlgpu_vm_xen *x, struct xlgpu_stream *stream)
{
    uint8_t *context = NULL;
    int size, rc;

    size = xc_domain_hvm_getcontext(x->xch, x->domid, NULL, 0);
    if (size < 0) return errno;
    context = malloc(size);
    if (!context) return ENOMEM;

    size = xc_domain_hvm_getcontext(x->xch, x->domid, context, size);
    rc = size < 0 ? errno :
         xlgpu_stream_record(stream, XLGPU_REC_HVM_CONTEXT, context, size);
    free(context);
    return rc;
}

/* Those that a restore takes. */
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

static int write_params(struct xlgpu_vm_xen *x, struct xlgpu_stream *stream)
{
    struct {
        uint32_t count, res;
        struct {
            uint64_t index, value;
        } param[N_PARAMS];
    } body = { 0 };
    uint64_t value;
    size_t i;

    for (i = 0; i < N_PARAMS; i++) {
        if (xc_hvm_param_get(x->xch, x->domid, params[i], &value))
            return errno;
        if (!value) continue;
        body.param[body.count].index = params[i];
        body.param[body.count++].value = value;
    }
    if (!body.count) return 0;
    return xlgpu_stream_record(stream, XLGPU_REC_HVM_PARAMS, &body,
                               8 + body.count * sizeof(body.param[0]));
}

int xlgpu_vm_xen_after(struct xlgpu_vm *vm, struct xlgpu_stream *stream)
{
    struct xlgpu_vm_xen *x = vm_xen(vm);
    int rc;

    rc = write_tsc(x, stream);
    if (!rc) rc = write_context(x, stream);
    if (!rc) rc = write_params(x, stream);
    return rc;
}
