/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test includes; UNIT_TESTS(f, …) makes its main(). */
#ifndef XLGPU_UNIT_H
#define XLGPU_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UNIT_1(f) { #f, f, NULL, NULL, NULL }
#define UNIT_2(f, ...) UNIT_1(f), UNIT_1(__VA_ARGS__)
#define UNIT_3(f, ...) UNIT_1(f), UNIT_2(__VA_ARGS__)
#define UNIT_4(f, ...) UNIT_1(f), UNIT_3(__VA_ARGS__)
#define UNIT_5(f, ...) UNIT_1(f), UNIT_4(__VA_ARGS__)
#define UNIT_6(f, ...) UNIT_1(f), UNIT_5(__VA_ARGS__)
#define UNIT_7(f, ...) UNIT_1(f), UNIT_6(__VA_ARGS__)
#define UNIT_PICK(a, b, c, d, e, f, g, name, ...) name
#define UNIT_TESTS(...)                                                   \
    int main(void)                                                        \
    {                                                                     \
        const struct CMUnitTest tests[] = { UNIT_PICK(                    \
            __VA_ARGS__, UNIT_7, UNIT_6, UNIT_5, UNIT_4, UNIT_3, UNIT_2,  \
            UNIT_1)(__VA_ARGS__) };                                       \
                                                                          \
        return cmocka_run_group_tests(tests, NULL, NULL);                 \
    }

#endif
