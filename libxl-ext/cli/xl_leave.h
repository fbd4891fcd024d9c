/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl migrate, xl save and xl remus, argv[0] being the verb. False: stock xl is
 * to do it; otherwise *rc_r is the command's exit status. */
#ifndef XLGPU_XL_LEAVE_H
#define XLGPU_XL_LEAVE_H

#include "cli.h"

bool xlgpu_xl_migrate(int argc, char **argv, struct xlgpu_globals globals,
                      int *rc_r);
bool xlgpu_xl_save(int argc, char **argv, int *rc_r);
bool xlgpu_xl_remus(int argc, char **argv, int *rc_r);

#endif
