/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A simulated domain as libxl's types have it. */
#ifndef SIMCONFIG_H
#define SIMCONFIG_H

#include <libxl.h>

#include "simdom.h"

libxl_domain_type sim_config_type(const struct sim_domain *domain);
libxl_shutdown_reason sim_shutdown_reason(const struct sim_domain *domain);
void sim_config_pci(libxl_device_pci *pci, const struct sim_pci *from);

/* config is initialised, and the caller's to dispose of. */
void sim_config_fill(libxl_domain_config *config,
                     const struct sim_domain *domain);
void sim_config_read(const libxl_domain_config *config,
                     struct sim_domain *domain);

#endif
