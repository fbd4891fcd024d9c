/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes and transactions, for the files of this folder alone. */
#ifndef XLGPU_STORE_H
#define XLGPU_STORE_H

#include <xenstore.h>

#include "records.h"

#define XLGPU_STORE_ROOT "/local/domain/0/gpu"

struct xlgpu_store {
    struct xs_handle *xs;
    xs_transaction_t t;
    const char *failed; /* what a body could not do, and its errno */
    int failed_errno;
};

/* Says what failed outside a transaction. */
int xlgpu_store_error(const char *doing);
/* In a body, which returns it: said when trying again does not help. */
int xlgpu_body_error(struct xlgpu_store *s, const char *doing);

/* xenstore allows no colon and no dot in a path: 0000-01-00-0, as libxl. */
char *xlgpu_store_name(struct xlgpu_bdf b, char name[XLGPU_BDF_LEN]);
/* Only as they are written: "00" would be a second record of partition 0. */
bool xlgpu_store_name_parse(const char *name, struct xlgpu_bdf *bdf_r);
bool xlgpu_store_index_parse(const char *name, unsigned int *index_r);

/* The GPU's directory, and that of one partition or of the whole GPU; the
 * caller frees them. */
char *xlgpu_store_gpu_dir(struct xlgpu_bdf gpu);
char *xlgpu_store_dir(struct xlgpu_bdf gpu, unsigned int index);

/* NULL with errno ENOENT when there is none; the caller frees it. */
char *xlgpu_node_read(struct xlgpu_store *s, const char *dir,
                      const char *name);
long long xlgpu_node_number(struct xlgpu_store *s, const char *dir,
                            const char *name, long long otherwise);
void xlgpu_node_string(struct xlgpu_store *s, const char *dir,
                       const char *name, char *buf, size_t size);
/* "PID START BOOT"; .pid is 0 when there is none. */
struct xlgpu_owner xlgpu_node_owner(struct xlgpu_store *s, const char *dir,
                                    const char *name);

bool xlgpu_node_write(struct xlgpu_store *s, const char *dir,
                      const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool xlgpu_node_write_owner(struct xlgpu_store *s, const char *dir,
                            const char *name, const struct xlgpu_owner *o);
/* Fine when it is not there. */
bool xlgpu_node_remove(struct xlgpu_store *s, const char *dir,
                       const char *name);

/* Makes our root, readable by dom0 alone; nodes below inherit that. */
bool xlgpu_store_make_root(struct xlgpu_store *s);

/*
 * Runs body in a transaction, again while others interfere. A status other
 * than XLGPU_OK ends it with nothing changed, and is returned.
 */
typedef int xlgpu_body_fn(struct xlgpu_store *s, void *arg);
int xlgpu_store_transact(struct xlgpu_store *s, xlgpu_body_fn *body,
                         void *arg);

/* One record within a transaction; false when there is none. r->gpu and
 * r->index say which. */
bool xlgpu_record_read(struct xlgpu_store *s, struct xlgpu_record *r);
/* Writes it anew: what it does not have is not there. */
bool xlgpu_record_write(struct xlgpu_store *s, const struct xlgpu_record *r);
bool xlgpu_record_index_remove(struct xlgpu_store *s, const char *uuid);

/* As xlgpu_libxl_note(), within a transaction; 0: none. */
uint32_t xlgpu_note_read(struct xlgpu_store *s, struct xlgpu_bdf bdf);

/* Adds the records of one GPU. */
void xlgpu_records_read(struct xlgpu_store *s, struct xlgpu_bdf gpu,
                        struct xlgpu_records *records);

#endif
