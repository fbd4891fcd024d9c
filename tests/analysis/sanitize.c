/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In each program of CHECK=sanitize. What the sanitizers find is in a file of
 * the directory XLGPU_REPORTS, one for a process: of one in the background too,
 * whose exit status nobody asks for, whatever is in its environment.
 */
#include <unistd.h>

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=1:strict_string_checks=1:"
           "log_path=" XLGPU_REPORTS "/address";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1:log_path=" XLGPU_REPORTS "/undefined";
}

/* Leaks are looked for at exit(); here at a child's _exit() as well. */
void __lsan_do_leak_check(void);
/* Not there in a program that is linked without --wrap=_exit. */
__attribute__((weak)) _Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__exit(int status)
{
    __lsan_do_leak_check();
    __real__exit(status);
}
