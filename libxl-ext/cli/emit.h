/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one emitter: the same calls print a text table, in xl's borderless
 * style, or a JSON object. A document is one object with lists of rows; a
 * row may hold lists of rows of its own.
 */
#ifndef XLGPU_EMIT_H
#define XLGPU_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xlgpu_emit;

struct xlgpu_emit *xlgpu_emit_open(bool json);
/* Ends the document and prints it. XLGPU_OK, or says why it can't. */
int xlgpu_emit_close(struct xlgpu_emit *e);
/* Ends a JSON document. Its text, which the caller frees. */
char *xlgpu_emit_close_json(struct xlgpu_emit *e);

/* heading is the text's line above the rows, or NULL for none. */
void xlgpu_emit_list_begin(struct xlgpu_emit *e, const char *key,
                           const char *heading);
void xlgpu_emit_list_end(struct xlgpu_emit *e);
/* An object below that key; nothing of its own in the text. */
void xlgpu_emit_object_begin(struct xlgpu_emit *e, const char *key);
void xlgpu_emit_object_end(struct xlgpu_emit *e);
void xlgpu_emit_row_begin(struct xlgpu_emit *e);
void xlgpu_emit_row_end(struct xlgpu_emit *e);

/*
 * One field. width is printf's: negative to the left; JSON_ONLY leaves it
 * out of the text. A NULL string is null, "-" in the text.
 */
#define XLGPU_JSON_ONLY 0
void xlgpu_emit_string(struct xlgpu_emit *e, const char *key, int width,
                       const char *value);
void xlgpu_emit_number(struct xlgpu_emit *e, const char *key, int width,
                       int64_t value);
void xlgpu_emit_bool(struct xlgpu_emit *e, const char *key, bool value);
/* Bytes, shown as MiB in the text; 0 is not known: null, "-". */
void xlgpu_emit_memory(struct xlgpu_emit *e, const char *key, int width,
                       uint64_t bytes);
void xlgpu_emit_null(struct xlgpu_emit *e, const char *key, int width);
/* JSON only. */
void xlgpu_emit_pci_ids(struct xlgpu_emit *e, uint16_t vendor, uint16_t device,
                        uint16_t subvendor, uint16_t subdevice);
void xlgpu_emit_strings(struct xlgpu_emit *e, const char *key,
                        char *const *value, size_t n);
void xlgpu_emit_numbers(struct xlgpu_emit *e, const char *key,
                        const unsigned int *value, unsigned int n);

#endif
