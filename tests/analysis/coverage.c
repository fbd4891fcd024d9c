/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In each program of CHECK=coverage: what was run counts where a process ends
 * by _exit(), or kills itself, too. */
#include <signal.h>
#include <unistd.h>

void __gcov_dump(void);

/* Not there in a program that is linked without --wrap. */
__attribute__((weak)) _Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__exit(int status)
{
    __gcov_dump();
    __real__exit(status);
}

__attribute__((weak)) int __real_raise(int sig);
int __wrap_raise(int sig);
int __wrap_raise(int sig)
{
    __gcov_dump();
    return __real_raise(sig);
}
