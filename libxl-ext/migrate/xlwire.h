/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stock xl's two sides of a migration say to each other: xl.h and
 * xl_migrate.c, the same in 4.17 to 4.20. Each is sent with its NUL, but for
 * the banner, which has none. */
#ifndef XLGPU_XLWIRE_H
#define XLGPU_XLWIRE_H

#include <stdint.h>

#define XL_BANNER "xl migration receiver ready, send binary domain data.\n"
#define XL_READY "domain received, ready to unpause"
#define XL_GO "domain is yours, you are cleared to unpause"
#define XL_REPORT "my copy unpause results are as follows"

/* What the domain is called at the source while it may still be resumed, and
 * at the target until it is unpaused: behind its name. */
#define XL_AWAY "--migratedaway"
#define XL_INCOMING "--incoming"

/* The head of a saved or migrated domain: then a u32 length and the domain's
 * config as JSON with its NUL, then what xl ignores, in all
 * optional_data_len. */
#define XL_MAGIC "Xen saved domain, xl format\n \0 \r"
#define XL_BYTE_ORDER 0x01020304u
#define XL_FLAG_JSON 1u
#define XL_CONFIG_MAX (1u << 20)

struct xl_header {
    char magic[32];
    uint32_t byteorder, mandatory_flags, optional_flags, optional_data_len;
};

#endif
