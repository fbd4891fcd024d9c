/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records that are not of memory: byte by byte as Xen's
 * docs/specs/libxc-migration-stream.pandoc has them, in libxc's own order
 * (a restore keeps the context until the parameters are set). */
#define _GNU_SOURCE
#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "helper/stream.h"
#include "helper/vm_xen.h"

#include <xen/hvm/params.h>
#include <xenguest.h>

#define GUEST 7

static struct xlgpu_vm_xen guest = { .domid = GUEST };
static bool has_no_msrs, has_no_params;

/* ---- The hypervisor, whose libraries are replaced ---- */

int xc_version(xc_interface *xc, int command, void *arg)
{
    (void)xc, (void)arg;
    assert_int_equal(command, XENVER_version);
    return 4 << 16 | 17;
}

int xc_cpu_policy_get_size(xc_interface *xc, uint32_t *n, uint32_t *n_msrs)
{
    (void)xc;
    *n = *n_msrs = 5;
    return 0;
}

int xc_cpu_policy_get_domain(xc_interface *xc, uint32_t domid,
                             xc_cpu_policy_t *policy)
{
    (void)xc, (void)policy;
    assert_int_equal(domid, GUEST);
    return 0;
}

int xc_cpu_policy_serialise(xc_interface *xc, const xc_cpu_policy_t *policy,
                            xen_cpuid_leaf_t *leaf, uint32_t *n,
                            xen_msr_entry_t *msr, uint32_t *n_msrs)
{
    (void)xc, (void)policy;
    *leaf = (xen_cpuid_leaf_t){ 1, 2, 3, 4, 5, 6 };
    *n = 1;
    msr[0] = (xen_msr_entry_t){ .idx = 7, .val = 8 };
    msr[1] = (xen_msr_entry_t){ .idx = 9, .val = 10 };
    *n_msrs = has_no_msrs ? 0 : 2;
    return 0;
}

int xc_domain_get_tsc_info(xc_interface *xc, uint32_t domid, uint32_t *mode,
                           uint64_t *nsec, uint32_t *khz,
                           uint32_t *incarnation)
{
    (void)xc, (void)domid;
    *mode = 1;
    *khz = 2;
    *nsec = 3;
    *incarnation = 4;
    return 0;
}

/* It is asked for room for 16 bytes, and has 5. */
int xc_domain_hvm_getcontext(xc_interface *xc, uint32_t domid, uint8_t *buf,
                             uint32_t size)
{
    (void)xc, (void)domid;
    if (!buf) return 16;
    assert_int_equal(size, 16);
    memcpy(buf, "state", 5);
    return 5;
}

int xc_hvm_param_get(xc_interface *xc, uint32_t domid, uint32_t param,
                     uint64_t *value)
{
    (void)xc, (void)domid;
    *value = has_no_params                ? 0
             : param == HVM_PARAM_STORE_PFN ? 0xfeffc
             : param == HVM_PARAM_IDENT_PT  ? 0xfeffe : 0;
    return 0;
}

/* ---- The stream ---- */

static const uint32_t header[] = {
    0xffffffff, 0xffffffff, 0x464e4558, 0x03000000, 0, 0, /* big endian */
    2, 12, 4, 17,
}, cpuid[] = { 0x11, 24, 1, 2, 3, 4, 5, 6 },
   msrs[] = { 0x12, 32, 7, 0, 8, 0, 9, 0, 10, 0 },
   static_end[] = { 0x10, 0 },
   tsc[] = { 0x08, 24, 1, 2, 3, 0, 4, 0 },
   context[] = { 0x09, 5, 0x74617473, 0x65 }, /* padded to 8 */
   params[] = { 0x0a, 40, 2, 0, HVM_PARAM_STORE_PFN, 0, 0xfeffc, 0,
                HVM_PARAM_IDENT_PT, 0, 0xfeffe, 0 };

static struct xlgpu_stream stream;

static void begin(bool no_msrs, bool no_params)
{
    has_no_msrs = no_msrs;
    has_no_params = no_params;
    stream = (struct xlgpu_stream){ .fd = memfd_create("stream", 0) };
}

static void next(const uint32_t *expected, size_t size)
{
    char got[64];

    assert_int_equal(read(stream.fd, got, size), size);
    assert_memory_equal(got, expected, size);
}

#define NEXT(record) next(record, sizeof(record))

static void end(void)
{
    char more;

    assert_int_equal(read(stream.fd, &more, 1), 0);
    close(stream.fd);
}

static void before_the_memory_come_headers_and_static_data(void **state)
{
    int no_msrs;

    (void)state;
    for (no_msrs = 0; no_msrs < 2; no_msrs++) {
        begin(no_msrs, false);
        assert_int_equal(xlgpu_vm_xen_before(&guest.vm, &stream), 0);
        lseek(stream.fd, 0, SEEK_SET);
        NEXT(header);
        NEXT(cpuid);
        if (!no_msrs) NEXT(msrs);
        NEXT(static_end);
        end();
    }
}

static void behind_it_come_clock_context_and_parameters(void **state)
{
    int no_params;

    (void)state;
    for (no_params = 0; no_params < 2; no_params++) {
        begin(false, no_params);
        assert_int_equal(xlgpu_vm_xen_after(&guest.vm, &stream), 0);
        lseek(stream.fd, 0, SEEK_SET);
        NEXT(tsc);
        NEXT(context);
        if (!no_params) NEXT(params);
        end();
    }
}

UNIT_TESTS(before_the_memory_come_headers_and_static_data,
           behind_it_come_clock_context_and_parameters)
