/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may also not be known. */
#ifndef XLGPU_KNOWN_H
#define XLGPU_KNOWN_H

enum xlgpu_known { XLGPU_NOT_KNOWN, XLGPU_NO, XLGPU_YES };

#endif
