/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream of a domain behind xl's header: docs/specs/libxl-migration-
 * stream.pandoc and libxc-migration-stream.pandoc of Xen, as far as they are
 * needed to know where it ends.
 */
#ifndef SIMSTREAM_H
#define SIMSTREAM_H

#include <stdint.h>

#define LIBXL_IDENT 0x4c6962786c466d74ull
#define LIBXC_IDENT 0x58454e46u

struct libxl_head {
    uint64_t ident; /* these are big endian */
    uint32_t version, options;
};

struct libxc_head {
    uint64_t marker;
    uint32_t id, version; /* big endian */
    uint16_t options, res1;
    uint32_t res2;
    uint32_t type;
    uint16_t page_shift, res3;
    uint32_t xen_major, xen_minor;
};

/* Of both; the body is padded to 8 bytes. */
struct record {
    uint32_t type, length;
};

enum {
    LIBXL_END = 0,
    LIBXL_CONTEXT = 1,
    LIBXL_EMULATOR = 3,
    LIBXC_END = 0,
    LIBXC_PAGE_DATA = 1,
};

#endif
