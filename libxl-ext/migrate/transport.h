/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How gpu-migrate gets at the two pipes of xl migrate: xl runs, by sh, what
 * it was given for the other host, which is always XLGPU_TRANSPORT. That
 * sends its stdin and stdout over a socket that it inherited, and stays for
 * as long as the socket is open, as xl expects of ssh. It keeps the pipes
 * open meanwhile: when gpu-migrate is killed, the guest's devices are woken
 * before xl sees an end of file and resumes the guest.
 */
#ifndef XLGPU_TRANSPORT_H
#define XLGPU_TRANSPORT_H

/* The descriptor of the socket, for the transport. */
#define XLGPU_TRANSPORT_FD "XLGPU_TRANSPORT_FD"
/* The guest, for a transport that outlives gpu-migrate. */
#define XLGPU_TRANSPORT_UUID "XLGPU_TRANSPORT_UUID"

/* What xl is told to run in the place of ssh: no shell finds a name in it. */
const char *xlgpu_transport_command(void);

/* In gpu-migrate: the pipes, *from_xl and *to_xl; waits at most that many
 * seconds. Says what failed. */
int xlgpu_transport_take(int socket, unsigned int seconds, int *from_xl,
                         int *to_xl);

/* The transport itself. */
int xlgpu_transport_run(void);

#endif
