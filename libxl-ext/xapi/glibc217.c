/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a newer glibc's headers make of our calls, with what glibc 2.17 has;
 * an XCP-ng 8.3 dom0 has that one. scripts/dom0-stub sees that nothing newer
 * is linked: what is missing here does not link.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxl.h>

/* Of glibc 2.17's bits/stat.h, on x86-64. */
#define STAT_VER 1

int __xstat(int version, const char *path, struct stat *st);
int __fxstat(int version, int fd, struct stat *st);

int stat(const char *restrict path, struct stat *restrict st)
{
    return __xstat(STAT_VER, path, st);
}

int fstat(int fd, struct stat *st)
{
    return __fxstat(STAT_VER, fd, st);
}

void *reallocarray(void *p, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, bytes);
}

/* Nor has dom0's kernel it. All that a process has open is few. */
int close_range(unsigned int first, unsigned int last, int flags)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *e;
    unsigned int fd;

    (void)flags;
    if (!dir) return -1;
    while ((e = readdir(dir))) {
        fd = strtoul(e->d_name, NULL, 10);
        if (e->d_name[0] != '.' && fd >= first && fd <= last &&
            fd != (unsigned int)dirfd(dir))
            close(fd);
    }
    closedir(dir);
    return 0;
}

#if __GLIBC_PREREQ(2, 38)
/* Its headers call these for the functions without the prefix. */
#define OLD(type, name, ...)                                     \
    type old_##name(__VA_ARGS__) __asm__(#name);                 \
    type __isoc23_##name(__VA_ARGS__)

OLD(long, strtol, const char *s, char **end, int base);
OLD(unsigned long, strtoul, const char *s, char **end, int base);
OLD(long long, strtoll, const char *s, char **end, int base);
OLD(unsigned long long, strtoull, const char *s, char **end, int base);
int __isoc99_vsscanf(const char *s, const char *format, va_list ap);
int __isoc23_sscanf(const char *s, const char *format, ...);

long __isoc23_strtol(const char *s, char **end, int base)
{
    return old_strtol(s, end, base);
}

unsigned long __isoc23_strtoul(const char *s, char **end, int base)
{
    return old_strtoul(s, end, base);
}

long long __isoc23_strtoll(const char *s, char **end, int base)
{
    return old_strtoll(s, end, base);
}

unsigned long long __isoc23_strtoull(const char *s, char **end, int base)
{
    return old_strtoull(s, end, base);
}

int __isoc23_sscanf(const char *s, const char *format, ...)
{
    va_list ap;
    int r;

    va_start(ap, format);
    r = __isoc99_vsscanf(s, format, ap);
    va_end(ap);
    return r;
}
#endif

/*
 * libxlutil.a is linked for its parser, which names this one function of
 * libxl's, for booleans. No setting of ours is one.
 */
void libxl_defbool_set(libxl_defbool *value, bool b)
{
    value->val = b ? 1 : -1;
}
