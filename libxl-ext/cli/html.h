/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emitter's pages: HTML that stands for itself, without scripts, and
 * loads nothing. Whatever is handed over is text: it is escaped here, and
 * what is not UTF-8, or controls a terminal, is U+FFFD.
 */
#ifndef XLGPU_HTML_H
#define XLGPU_HTML_H

#include <stdint.h>

struct xlgpu_html;

/* command is what made it, as "xl gpu-list"; host is this one. */
struct xlgpu_html *xlgpu_html_open(const char *title, const char *command,
                                   const char *host);
/* Ends the page and writes it: whole or not at all, "-" is the standard
 * output. XLGPU_OK, or says why it can't. */
int xlgpu_html_close(struct xlgpu_html *h, const char *file);

void xlgpu_html_paragraph(struct xlgpu_html *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How things are: the colour that a word has beside it. */
enum xlgpu_tone {
    XLGPU_TONE_PLAIN,
    XLGPU_TONE_FREE,
    XLGPU_TONE_HELD,
    XLGPU_TONE_WAITS,
    XLGPU_TONE_BAD,
};
/* A paragraph of a word that matters, and what it means. */
void xlgpu_html_verdict(struct xlgpu_html *h, const char *word,
                        enum xlgpu_tone tone, const char *meaning);

/* ---- Tables ---- */

/* heading is one for each column, with "#" before one of numbers, "~" before
 * one of long texts; NULL ends them. The first cell of a row is its
 * heading. */
void xlgpu_html_table_begin(struct xlgpu_html *h, const char *caption,
                            const char *const *heading);
void xlgpu_html_table_end(struct xlgpu_html *h);
void xlgpu_html_row_begin(struct xlgpu_html *h);
void xlgpu_html_row_end(struct xlgpu_html *h);

/* One cell. NULL is none; small goes below, NULL: nothing. */
void xlgpu_html_text(struct xlgpu_html *h, const char *text,
                     const char *small);
/* A GPU's model, with its PCI ids. */
void xlgpu_html_model(struct xlgpu_html *h, const char *model,
                      unsigned int vendor, unsigned int device,
                      unsigned int subvendor, unsigned int subdevice);
void xlgpu_html_number(struct xlgpu_html *h, int64_t value);
/* Bytes; 0 is not known. */
void xlgpu_html_memory(struct xlgpu_html *h, uint64_t bytes);
void xlgpu_html_word(struct xlgpu_html *h, const char *word,
                     enum xlgpu_tone tone);
/* Numbers that are in other cells too, as a bar. */
void xlgpu_html_bar(struct xlgpu_html *h, unsigned int held,
                    unsigned int reserved, unsigned int n_free,
                    unsigned int count);

#endif
