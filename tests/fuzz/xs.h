/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In libxenstore's place: a store in memory with what the input says. */
#ifndef XLGPU_FUZZ_XS_H
#define XLGPU_FUZZ_XS_H

/*
 * Fills the store with one "PATH=VALUE" a line. A path that does not begin
 * with a slash is below /local/domain/0/gpu. What xenstored would not take
 * as a path is left out.
 */
void fuzz_xs_load(const char *text);
void fuzz_xs_dispose(void);

#endif
