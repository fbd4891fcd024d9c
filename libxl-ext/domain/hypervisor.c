/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hypervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>
#include <xenguest.h>
#include <xenhypfs.h>

#include "alloc.h"

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

unsigned int xlgpu_hypervisor_features(bool most, uint32_t *word,
                                       unsigned int max)
{
    xentoollog_logger *log = quiet_logger();
    xc_interface *xc = xc_interface_open(log, NULL, 0);
    uint32_t n = max;

    if (!xc || xc_get_cpu_featureset(xc,
                                     most ? XEN_SYSCTL_cpu_featureset_hvm_max
                                          : XEN_SYSCTL_cpu_featureset_hvm,
                                     &n, word))
        n = 0;
    if (xc) xc_interface_close(xc);
    xtl_logger_destroy(log);
    return n;
}
