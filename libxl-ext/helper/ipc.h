/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libxl and its save helper say to each other on the helper's stdin and
 * stdout: tools/libs/light/libxl_save_msgs_gen.pl, the same in 4.17 to 4.20.
 * When libxl is gone, so is the helper.
 */
#ifndef XLGPU_IPC_H
#define XLGPU_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include <xentoollog.h>

void xlgpu_ipc_log(xentoollog_level level, int error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Has libxl suspend the guest, and stop and save its device model. Meanwhile
 * seen is called every millisecond. False: it could not.
 */
bool xlgpu_ipc_suspend(void (*seen)(void *arg), void *arg);

/* Has libxl turn QEMU's own dirty log on or off. False: it could not. */
bool xlgpu_ipc_qemu_log(uint32_t domid, bool enable);

/* The last word: 0, or below 0 with an errno. */
void xlgpu_ipc_complete(int result, int error);

#endif
