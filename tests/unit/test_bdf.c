/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "inventory/bdf.h"

static const struct {
    const char *text, *canonical; /* NULL: refused */
} cases[] = {
    { "0000:01:00.0", "0000:01:00.0" },
    { "01:10.7", "0000:01:10.7" },
    { "ffff:FF:1f.7", "ffff:ff:1f.7" },
    { "1:2.3", "0000:01:02.3" },
    { "", NULL },
    { "01:00", NULL },
    { "01:00.8", NULL },
    { "01:20.0", NULL },
    { "01:00.0 ", NULL },
    { "01:00.0@6", NULL },
    { "100:00.0", NULL },
    { "00000:01:00.0", NULL },
    { "-1:00.0", NULL },
    { "01:00.0\n", NULL },
    { "zz:00.0", NULL },
    { "0000:01:10:00.0", NULL },
};

static void bdf_is_read_as_xl_reads_it(void **state)
{
    char text[XLGPU_BDF_LEN];
    struct xlgpu_bdf bdf;
    bool ok;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ok = xlgpu_bdf_parse(cases[i].text, &bdf);
        if (ok != (cases[i].canonical != NULL))
            fail_msg("\"%s\" was %s", cases[i].text, ok ? "taken" : "refused");
        if (ok)
            assert_string_equal(xlgpu_bdf_format(bdf, text),
                                cases[i].canonical);
    }
}

static void bdfs_are_ordered_as_lspci_orders_them(void **state)
{
    static const char *const order[] = { "00:00.7", "00:01.0", "01:00.0",
                                         "0001:00:00.0" };
    struct xlgpu_bdf a, b;
    int i, j;

    (void)state;
    for (i = 0; i < 4; i++)
        for (j = 0; j < 4; j++) {
            assert_true(xlgpu_bdf_parse(order[i], &a));
            assert_true(xlgpu_bdf_parse(order[j], &b));
            assert_int_equal(xlgpu_bdf_compare(a, b), (i > j) - (i < j));
            assert_int_equal(xlgpu_bdf_equal(a, b), i == j);
        }
}

UNIT_TESTS(bdf_is_read_as_xl_reads_it, bdfs_are_ordered_as_lspci_orders_them)
