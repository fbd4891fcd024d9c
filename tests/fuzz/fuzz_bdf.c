/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI addresses, and xenstore's form of them: two of them, with a newline
 * between. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "inventory/bdf.h"
#include "xenstore/store.h"

static bool check_bdf(const char *text, struct xlgpu_bdf *bdf)
{
    const struct xlgpu_bdf before = { 0x1234, 0x56, 0x1f, 7 };
    char printed[XLGPU_BDF_LEN];
    struct xlgpu_bdf again;

    *bdf = before;
    if (!xlgpu_bdf_parse(text, bdf)) {
        FUZZ_CHECK(xlgpu_bdf_equal(*bdf, before));
        return false;
    }
    FUZZ_CHECK(bdf->dev <= 0x1f && bdf->fn <= 7);
    FUZZ_CHECK(strspn(text, "0123456789abcdefABCDEF:.") == strlen(text));
    FUZZ_CHECK(strlen(text) <= strlen("0000:00:00.0"));

    FUZZ_CHECK(xlgpu_bdf_format(*bdf, printed) == printed);
    FUZZ_CHECK(fuzz_terminated(printed, sizeof(printed)));
    FUZZ_CHECK(strlen(printed) == strlen("0000:00:00.0"));
    FUZZ_CHECK(xlgpu_bdf_parse(printed, &again));
    FUZZ_CHECK(xlgpu_bdf_equal(*bdf, again));
    return true;
}

/* A node has one name: another one would be a second record of the GPU. */
static void check_name(const char *text)
{
    char printed[XLGPU_BDF_LEN];
    struct xlgpu_bdf bdf;

    if (!xlgpu_store_name_parse(text, &bdf)) return;
    FUZZ_CHECK(!strcmp(xlgpu_store_name(bdf, printed), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *second = strchr(text, '\n');
    struct xlgpu_bdf a, b;
    bool both;
    int order;

    if (second) *second++ = '\0';
    both = check_bdf(text, &a) && second && check_bdf(second, &b);
    if (both) {
        order = xlgpu_bdf_compare(a, b);
        FUZZ_CHECK(xlgpu_bdf_compare(b, a) == -order);
        FUZZ_CHECK(xlgpu_bdf_equal(a, b) == !order);
    }
    check_name(text);
    free(text);
    return 0;
}
