/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of what xl save writes, as xl_saverestore.c's save_domain_core
 * has it: a header, then a u32 length and the domain's config as JSON.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"

#define MAGIC "Xen saved domain, xl format\n \0 \r"
#define BYTE_ORDER_MARK 0x01020304u
#define FLAG_JSON 1u
#define CONFIG_MAX (1u << 24)

struct header {
    char magic[32];
    uint32_t byteorder, mandatory_flags, optional_flags, optional_data_len;
};

static char *read_json(const char *file)
{
    struct header h;
    char *json = NULL;
    uint32_t len;
    struct stat st;
    FILE *f;

    /* What is read from a pipe would be missing for xl. */
    if (stat(file, &st) || !S_ISREG(st.st_mode)) return NULL;
    f = fopen(file, "re");
    if (!f) return NULL;

    if (fread(&h, sizeof(h), 1, f) == 1 &&
        !memcmp(h.magic, MAGIC, sizeof(h.magic)) &&
        h.byteorder == BYTE_ORDER_MARK && h.mandatory_flags & FLAG_JSON &&
        fread(&len, sizeof(len), 1, f) == 1 && len < CONFIG_MAX) {
        json = xlgpu_zalloc(len + 1, 1);
        if (fread(json, 1, len, f) != len) {
            free(json);
            json = NULL;
        }
    }
    fclose(f);
    return json;
}

bool xlgpu_saved_read(libxl_ctx *xen, const char *file,
                      struct xlgpu_saved *saved)
{
    libxl_domain_config d;
    const libxl_device_pci *pci;
    char *json;
    bool ok;
    int i;

    *saved = (struct xlgpu_saved){ 0 };
    json = read_json(file);
    if (!json) return false;

    libxl_domain_config_init(&d);
    ok = !libxl_domain_config_from_json(xen, &d, json);
    free(json);
    if (!ok) goto out;

    saved->name = xlgpu_strdup(d.c_info.name ? d.c_info.name : "");
    snprintf(saved->uuid, sizeof(saved->uuid), LIBXL_UUID_FMT,
             LIBXL_UUID_BYTES(d.c_info.uuid));
    saved->device = xlgpu_zalloc(d.num_pcidevs, sizeof(*saved->device));
    for (i = 0; i < d.num_pcidevs; i++) {
        pci = &d.pcidevs[i];
        saved->device[saved->n_devices++] = (struct xlgpu_saved_device){
            { pci->domain, pci->bus, pci->dev, pci->func }, pci->vdevfn >> 3
        };
    }
out:
    libxl_domain_config_dispose(&d);
    return ok;
}

void xlgpu_saved_dispose(struct xlgpu_saved *saved)
{
    free(saved->name);
    free(saved->device);
    *saved = (struct xlgpu_saved){ 0 };
}
