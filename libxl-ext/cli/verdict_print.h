/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict, as text or as the document of gpu-migrate -n -j. */
#ifndef XLGPU_VERDICT_PRINT_H
#define XLGPU_VERDICT_PRINT_H

#include "emit.h"
#include "policy/verdict.h"

/* A list of checks in an open document, as gpu-precheck has it too. */
void xlgpu_checks_print(struct xlgpu_emit *e,
                        const struct xlgpu_checks *checks, bool json);

/* Prints the document; reservation is NULL for a dry run; changed: it moved,
 * or in a dry run would. XLGPU_OK, or says why it can't; the command's exit
 * status is verdict->status. */
int xlgpu_verdict_print(const struct xlgpu_verdict *verdict,
                        const struct xlgpu_bdf *reservation, bool changed,
                        bool json);

#endif
