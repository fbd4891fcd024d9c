/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD library that counts what the program itself asks of xenstored,
 * not what its libraries do: simulated libxl is one of them. At the end of
 * the program, or when it executes another one, it appends a line
 *   REQUESTS TRANSACTIONS COMMITS CONFLICTS
 * to the file that COUNT_XS names: CONFLICTS are commits that xenstored
 * refused with EAGAIN.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <xenstore.h>

static struct {
    unsigned long requests, transactions, commits, conflicts;
} count;

/* Whether the address is in the executable. */
static bool is_programs(const void *caller)
{
    Dl_info info, entry;

    return dladdr(caller, &info) &&
           dladdr((void *)getauxval(AT_ENTRY), &entry) &&
           info.dli_fbase == entry.dli_fbase;
}

static void report(void)
{
    const char *file = getenv("COUNT_XS");
    char line[128];
    int fd, n;

    if (!file || !count.requests) return;
    fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    n = snprintf(line, sizeof(line), "%lu %lu %lu %lu\n", count.requests,
                 count.transactions, count.commits, count.conflicts);
    if (fd < 0 || write(fd, line, n) != n) perror(file);
    if (fd >= 0) close(fd);
}

__attribute__((destructor)) static void at_exit(void)
{
    report();
}

int execv(const char *path, char *const argv[])
{
    int (*real)(const char *, char *const[]) = dlsym(RTLD_NEXT, "execv");

    report();
    return real(path, argv);
}

#define COUNT (count.requests += is_programs(__builtin_return_address(0)))

#define WRAP(type, name, parameters, arguments)                             \
    type name parameters                                                    \
    {                                                                       \
        type(*real) parameters = dlsym(RTLD_NEXT, #name);                   \
                                                                            \
        COUNT;                                                              \
        return real arguments;                                              \
    }

WRAP(void *, xs_read,
     (struct xs_handle *h, xs_transaction_t t, const char *path,
      unsigned int *len),
     (h, t, path, len))
WRAP(char **, xs_directory,
     (struct xs_handle *h, xs_transaction_t t, const char *path,
      unsigned int *num),
     (h, t, path, num))
WRAP(bool, xs_write,
     (struct xs_handle *h, xs_transaction_t t, const char *path,
      const void *data, unsigned int len),
     (h, t, path, data, len))
WRAP(bool, xs_mkdir, (struct xs_handle *h, xs_transaction_t t,
                      const char *path), (h, t, path))
WRAP(bool, xs_rm, (struct xs_handle *h, xs_transaction_t t,
                   const char *path), (h, t, path))
WRAP(struct xs_permissions *, xs_get_permissions,
     (struct xs_handle *h, xs_transaction_t t, const char *path,
      unsigned int *num),
     (h, t, path, num))
WRAP(bool, xs_set_permissions,
     (struct xs_handle *h, xs_transaction_t t, const char *path,
      struct xs_permissions *perms, unsigned int n),
     (h, t, path, perms, n))

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    xs_transaction_t (*real)(struct xs_handle *) =
        dlsym(RTLD_NEXT, "xs_transaction_start");

    COUNT;
    count.transactions += is_programs(__builtin_return_address(0));
    return real(h);
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    bool (*real)(struct xs_handle *, xs_transaction_t, bool) =
        dlsym(RTLD_NEXT, "xs_transaction_end");
    bool own = is_programs(__builtin_return_address(0)), ok;

    COUNT;
    ok = real(h, t, abort);
    count.commits += own && ok && !abort;
    count.conflicts += own && !ok && errno == EAGAIN;
    return ok;
}
