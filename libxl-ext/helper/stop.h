/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGTERM, by which libxl says that the save is no longer wanted, and by
 * which move.c says that gpu-migrate is gone: what is written to the stream
 * from then on fails, also a write that waits.
 */
#ifndef XLGPU_STOP_H
#define XLGPU_STOP_H

#include <stdbool.h>

/* 0 or an errno. */
int xlgpu_stop_init(int stream_fd);
bool xlgpu_stopped(void);

#endif
