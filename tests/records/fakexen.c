/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD library: lets a real xenstored, 4.17's or 4.20's, run without a hypervisor.
 * It stands for what xenstored asks of Xen at start: that dom0 exists, its
 * event channel and its shared page. Clients come by the socket alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#define PAGE 4096

static int event = -1;

/* /proc/xen's two files exist on a Xen host alone. */
static int xen_file(const char *content, size_t size)
{
    int fd = memfd_create("proc-xen", 0);

    if (ftruncate(fd, size) || pwrite(fd, content, strlen(content), 0) < 0)
        abort();
    return fd;
}

int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    mode_t mode = 0;
    va_list ap;

    if (!strcmp(path, "/proc/xen/xsd_port")) return xen_file("1", 1);
    if (!strcmp(path, "/proc/xen/xsd_kva")) return xen_file("", PAGE);

    va_start(ap, flags);
    if (flags & O_CREAT) mode = va_arg(ap, mode_t);
    va_end(ap);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "open");
    return real(path, flags, mode);
}

xc_interface *xc_interface_open(xentoollog_logger *a, xentoollog_logger *b,
                                unsigned int flags)
{
    (void)a, (void)b, (void)flags;
    return (xc_interface *)&event;
}

int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

/* Xen 4.18 has the latter in place of the former. */
#if __XEN_LATEST_INTERFACE_VERSION__ < 0x00041300
int xc_domain_getinfo(xc_interface *xch, uint32_t domid, unsigned int max,
                      xc_dominfo_t *info)
{
    (void)xch, (void)max;
    memset(info, 0, sizeof(*info));
    return domid == 0;
}
#else
int xc_domain_getinfo_single(xc_interface *xch, uint32_t domid,
                             xc_domaininfo_t *info)
{
    (void)xch;
    memset(info, 0, sizeof(*info));
    return domid ? -1 : 0;
}
#endif

xengnttab_handle *xengnttab_open(xentoollog_logger *log, unsigned int flags)
{
    (void)log, (void)flags;
    return (xengnttab_handle *)&event;
}

int xengnttab_set_max_grants(xengnttab_handle *h, uint32_t n)
{
    (void)h, (void)n;
    return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *h, uint32_t domid,
                              uint32_t ref, int prot)
{
    (void)h, (void)domid, (void)ref, (void)prot;
    return mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int xengnttab_unmap(xengnttab_handle *h, void *page, uint32_t count)
{
    (void)h;
    return munmap(page, (size_t)count * PAGE);
}

xenevtchn_handle *xenevtchn_open(xentoollog_logger *log, unsigned int flags)
{
    (void)log, (void)flags;
    event = eventfd(0, EFD_CLOEXEC);
    return (xenevtchn_handle *)&event;
}

int xenevtchn_fd(xenevtchn_handle *h)
{
    (void)h;
    return event;
}

int xenevtchn_notify(xenevtchn_handle *h, evtchn_port_t port)
{
    (void)h, (void)port;
    return 0;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *h,
                                                     uint32_t domid,
                                                     evtchn_port_t port)
{
    (void)h, (void)port;
    return 100 + domid;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *h,
                                              unsigned int virq)
{
    (void)h, (void)virq;
    return 7;
}

int xenevtchn_unmask(xenevtchn_handle *h, evtchn_port_t port)
{
    (void)h, (void)port;
    return 0;
}

int xenevtchn_unbind(xenevtchn_handle *h, evtchn_port_t port)
{
    (void)h, (void)port;
    return 0;
}
