/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON that somebody else wrote, read strictly: a member that is missing, of
 * another kind or out of its bounds makes the whole of it wrong. The first
 * mistake stays in why, and what is read after it is empty, so that a reader
 * takes all members and then asks once.
 */
#ifndef XLGPU_JSON_H
#define XLGPU_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "inventory/bdf.h"

struct xlgpu_json {
    yajl_val root; /* an object; NULL: it is none */
    char *why;     /* NULL: nothing is wrong yet; owned */
};

/* Nested as deep as anything of ours or libxl's, and no deeper; and without
 * comments, which the tree of yajl would take. */
bool xlgpu_json_is_plain(const char *text);

/* text has a NUL behind it, and may be hostile. Dispose in any case. */
void xlgpu_json_parse(struct xlgpu_json *j, const char *text);
void xlgpu_json_dispose(struct xlgpu_json *j);
/* The same, for who reads on: what is wrong, which the caller frees; NULL:
 * nothing. */
char *xlgpu_json_end(struct xlgpu_json *j);

/* Whether it has a member that may be left out. */
bool xlgpu_json_has(yajl_val object, const char *key);

/* Members of an object. */
uint64_t xlgpu_json_number(struct xlgpu_json *j, yajl_val object,
                           const char *key, uint64_t max);
bool xlgpu_json_bool(struct xlgpu_json *j, yajl_val object, const char *key);
/* The document's own; of at most max bytes and without control characters;
 * "" where it is wrong. */
const char *xlgpu_json_string(struct xlgpu_json *j, yajl_val object,
                              const char *key, size_t max);
struct xlgpu_bdf xlgpu_json_bdf(struct xlgpu_json *j, yajl_val object,
                                const char *key);
/* Which of the words it is; 0 where it is wrong. */
unsigned int xlgpu_json_word(struct xlgpu_json *j, yajl_val object,
                             const char *key, const char *const *word,
                             unsigned int n);
yajl_val xlgpu_json_object(struct xlgpu_json *j, yajl_val object,
                           const char *key);
/* The entries, of which there are *n_r, at most max. */
yajl_val *xlgpu_json_array(struct xlgpu_json *j, yajl_val object,
                           const char *key, size_t max, size_t *n_r);
/* An entry that is an object; or a string, as above. */
yajl_val xlgpu_json_entry(struct xlgpu_json *j, yajl_val entry,
                          const char *key);
const char *xlgpu_json_text(struct xlgpu_json *j, yajl_val entry,
                            const char *key, size_t max);

/* What is wrong by the reader's own rules. */
void xlgpu_json_wrong(struct xlgpu_json *j, const char *key,
                      const char *why);

/* ---- Writing; key NULL: an entry of an array ---- */

/* A document, which is an object. */
yajl_gen xlgpu_gen_open(void);
/* Ends it. Its text, which the caller frees. */
char *xlgpu_gen_close(yajl_gen g);

void xlgpu_gen_key(yajl_gen g, const char *key);
/* False for what would not be read again: bytes that are no UTF-8, control
 * characters. */
bool xlgpu_gen_takes(const char *value);
bool xlgpu_gen_string(yajl_gen g, const char *key, const char *value);
void xlgpu_gen_number(yajl_gen g, const char *key, uint64_t value);
void xlgpu_gen_bool(yajl_gen g, const char *key, bool value);
/* To be closed with yajl_gen_array_close(), yajl_gen_map_close(). */
void xlgpu_gen_list(yajl_gen g, const char *key);
void xlgpu_gen_object(yajl_gen g, const char *key);

#endif
