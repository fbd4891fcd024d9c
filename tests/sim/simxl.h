/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIMXL_H
#define SIMXL_H

#include "simdom.h"

/* Each ends the process, or returns its exit status. */
int main_create(int argc, char **argv, bool dry_run);

/* Builds the domain; 0, or 1 having said why, and leaving nothing. */
int build(struct sim_domain *domain);
/* A child that stays for the guest, as xl's monitor and its QEMU do. */
void start_monitor(const struct sim_domain *domain);

#endif
