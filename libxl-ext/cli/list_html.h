/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPUs as a page: gpu-list --html. */
#ifndef XLGPU_LIST_HTML_H
#define XLGPU_LIST_HTML_H

#include "domain/host.h"

/* Those of the inventory that are chosen. XLGPU_OK, or says why it can't be
 * written. */
int xlgpu_list_html(const struct xlgpu_host *host, const bool *chosen,
                    const char *file);

#endif
