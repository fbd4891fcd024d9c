/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIMXL_H
#define SIMXL_H

#include <libxl.h>

#include "simdom.h"

/* Each ends the process, or returns its exit status. */
int main_create(int argc, char **argv, bool dry_run);
int main_migrate(int argc, char **argv);
int main_migrate_receive(int argc, char **argv);

/* Builds the domain; 0, or 1 having said why, and leaving nothing. */
int build(struct sim_domain *domain);
/* Its parts: nobody has its name, UUID and devices; its devices, and it is
 * ready. */
int check_free(const struct sim_domain *domain);
int attach_all(const struct sim_domain *domain);

/* Children that stay for the guest, as xl's monitor and its QEMU do. */
void start_device_model(uint32_t domid);
void start_monitor(const struct sim_domain *domain);

/* A context in which libxl does what needs no Xen. */
libxl_ctx *sim_ctx(void);

/* 0, or -1 at an error or the end of the file. */
int write_all(int fd, const void *data, size_t len);
int read_all(int fd, void *data, size_t len);

#endif
