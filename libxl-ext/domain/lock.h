/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks by flock(2) on files in /run/xl-gpu, which the kernel gives back
 * when the last process that has the descriptor is gone.
 *
 * held/UUID, exclusive: the guest with that UUID lives. Taken before xl is
 * executed and inherited by xl, its monitor and the guest's device model,
 * through every reboot of the guest.
 *
 * moving/UUID, exclusive: a gpu-migrate, or the receiver of one, is at work
 * on that guest, and owns its journal.
 *
 * layout: exclusive for a change of partition counts, shared for everything
 * that relies on them.
 */
#ifndef XLGPU_LOCK_H
#define XLGPU_LOCK_H

#include <stdbool.h>

/*
 * Takes the guest's lock; the descriptor has no CLOEXEC. What ended a moment
 * ago still has it for a while, so that the lock is waited for, up to
 * seconds. XLGPU_IN_USE, silently, when it stays taken.
 */
int xlgpu_guest_lock(const char *uuid, unsigned int seconds, int *fd_r);

bool xlgpu_guest_locked(const char *uuid);

/*
 * Whether a process of that name, or any where it is NULL, other than this
 * one, has the guest's lock. Where fd_r is given: the lock with
 * CLOEXEC, shared with that process, or -1 when it can't be had.
 */
bool xlgpu_guest_lock_holder(const char *uuid, const char *name, int *fd_r);

/* Removes the file of a lock that nobody has. */
void xlgpu_guest_lock_forget(const char *uuid);

/* Removes the files of all locks that nobody has. */
void xlgpu_guest_locks_sweep(void);

/*
 * Takes the lock of the guest's journal; the descriptor has CLOEXEC.
 * XLGPU_IN_USE, silently, when it is taken; otherwise says what failed.
 */
int xlgpu_journal_lock(const char *uuid, int *fd_r);

bool xlgpu_journal_locked(const char *uuid);

/* Close the descriptor to give the lock back. Says what failed. */
int xlgpu_layout_lock(bool exclusive, int *fd_r);

#endif
