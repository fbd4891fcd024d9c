/* SPDX-License-Identifier: GPL-2.0-or-later */
#define HASH_PAGE xlgpu_hash_page_avx2
#include "hash_page.h"
