/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "simconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>
#include <libxl_uuid.h>

libxl_domain_type sim_config_type(const struct sim_domain *d)
{
    return !strcmp(d->type, "pv")    ? LIBXL_DOMAIN_TYPE_PV
           : !strcmp(d->type, "pvh") ? LIBXL_DOMAIN_TYPE_PVH
                                     : LIBXL_DOMAIN_TYPE_HVM;
}

libxl_shutdown_reason sim_shutdown_reason(const struct sim_domain *d)
{
    return !strcmp(d->state, "suspended") ? LIBXL_SHUTDOWN_REASON_SUSPEND
           : !strcmp(d->shutdown, "reboot") ? LIBXL_SHUTDOWN_REASON_REBOOT
                                            : LIBXL_SHUTDOWN_REASON_POWEROFF;
}

void sim_config_pci(libxl_device_pci *pci, const struct sim_pci *from)
{
    libxl_device_pci_init(pci);
    pci->domain = from->bdf.domain;
    pci->bus = from->bdf.bus;
    pci->dev = from->bdf.dev;
    pci->func = from->bdf.fn;
    pci->vdevfn = from->vslot << 3;
    pci->vfunc_mask = 1;
}

void sim_config_fill(libxl_domain_config *config, const struct sim_domain *d)
{
    size_t i;

    config->c_info.type = sim_config_type(d);
    config->c_info.name = strdup(d->name);
    config->c_info.domid = d->domid;
    libxl_uuid_from_string(&config->c_info.uuid, d->uuid);
    libxl_passthrough_from_string(*d->passthrough ? d->passthrough
                                  : d->n_pci      ? "enabled"
                                                  : "disabled",
                                  &config->c_info.passthrough);
    libxl_domain_build_info_init_type(&config->b_info, config->c_info.type);
    config->b_info.max_vcpus = d->vcpus;
    config->b_info.target_memkb = config->b_info.max_memkb = d->memory * 1024;
    config->on_poweroff = LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
    config->on_reboot = LIBXL_ACTION_ON_SHUTDOWN_RESTART;
    config->pcidevs = calloc(d->n_pci + 1, sizeof(*config->pcidevs));
    for (i = 0; config->pcidevs && i < d->n_pci; i++)
        sim_config_pci(&config->pcidevs[i], &d->pci[i]);
    config->num_pcidevs = d->n_pci;
}

void sim_config_read(const libxl_domain_config *config, struct sim_domain *d)
{
    const libxl_device_pci *pci;
    int i;

    *d = (struct sim_domain){ .vcpus = config->b_info.max_vcpus,
                              .memory = config->b_info.max_memkb / 1024 };
    snprintf(d->name, sizeof(d->name), "%s", config->c_info.name);
    snprintf(d->uuid, sizeof(d->uuid), LIBXL_UUID_FMT,
             LIBXL_UUID_BYTES(config->c_info.uuid));
    snprintf(d->type, sizeof(d->type), "%s",
             libxl_domain_type_to_string(config->c_info.type));
    snprintf(d->passthrough, sizeof(d->passthrough), "%s",
             libxl_passthrough_to_string(config->c_info.passthrough));
    for (i = 0; i < config->num_pcidevs && i < SIM_PCI_MAX; i++) {
        pci = &config->pcidevs[i];
        d->pci[d->n_pci++] = (struct sim_pci){
            { pci->domain, pci->bus, pci->dev, pci->func }, pci->vdevfn >> 3
        };
    }
}
