/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written for somebody else to read, into a file of their choice. */
#ifndef XLGPU_REPORT_FILE_H
#define XLGPU_REPORT_FILE_H

#include <stddef.h>

/* The file has all of the text afterwards, or what it had before, with the
 * permissions that the shell's > would leave; "-" is the standard output.
 * XLGPU_OK, or says why it can't. */
int xlgpu_report_write(const char *file, const char *text, size_t len);

#endif
