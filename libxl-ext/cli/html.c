/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "cli/html_style.h"
#include "cli/report_file.h"
#include "status.h"
#include "utf8.h"

struct xlgpu_html {
    FILE *out; /* into text */
    char *text;
    size_t len;
    const char *const *heading; /* of the table that is open */
    unsigned int column;        /* … and the cell that comes */
};

/* ---- Text ---- */

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

static void put(struct xlgpu_html *h, const char *s)
{
    uint32_t c;
    size_t n;

    for (; *s; s += n ? n : 1) {
        n = xlgpu_utf8(s, &c);
        if (!n || is_control(c)) fputs("\xef\xbf\xbd", h->out);
        else if (c == '&') fputs("&amp;", h->out);
        else if (c == '<') fputs("&lt;", h->out);
        else if (c == '>') fputs("&gt;", h->out);
        else if (c == '"') fputs("&quot;", h->out);
        else if (c == '\'') fputs("&#39;", h->out);
        else fwrite(s, 1, n, h->out);
    }
}

/* <tag>text</tag> */
static void put_element(struct xlgpu_html *h, const char *tag,
                        const char *text)
{
    fprintf(h->out, "<%s>", tag);
    put(h, text);
    fprintf(h->out, "</%s>", tag);
}

static const char *tone_class(enum xlgpu_tone tone)
{
    static const char *const name[] = {
        [XLGPU_TONE_PLAIN] = "plain", [XLGPU_TONE_FREE] = "free",
        [XLGPU_TONE_HELD] = "held",   [XLGPU_TONE_WAITS] = "waits",
        [XLGPU_TONE_BAD] = "bad",
    };

    return name[tone];
}

static void put_word(struct xlgpu_html *h, const char *word,
                     enum xlgpu_tone tone)
{
    fprintf(h->out, "<span class=\"word %s\">", tone_class(tone));
    put(h, word);
    fputs("</span>", h->out);
}

/* ---- The page ---- */

static void put_made(struct xlgpu_html *h, const char *command,
                     const char *host)
{
    char when[32] = "", readable[32] = "";
    time_t now = time(NULL);
    struct tm tm;

    if (gmtime_r(&now, &tm)) {
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
        strftime(readable, sizeof(readable), "%Y-%m-%d %H:%M UTC", &tm);
    }
    fputs("<p class=\"made\">Made on ", h->out);
    put_element(h, "strong", host);
    fprintf(h->out, ", <time datetime=\"%s\">%s</time>, by ", when, readable);
    put_element(h, "code", command);
    fprintf(h->out, ", xl-gpu %s.</p>\n</header>\n<main>\n", XLGPU_VERSION);
}

struct xlgpu_html *xlgpu_html_open(const char *title, const char *command,
                                   const char *host)
{
    struct xlgpu_html *h = xlgpu_zalloc(1, sizeof(*h));

    h->out = open_memstream(&h->text, &h->len);
    if (!h->out) exit(xlgpu_fail(XLGPU_FAILED, "memory", NULL,
                                 "none is left"));
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
          "<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" "
          "content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
          h->out);
    put_element(h, "title", title);
    fputs("\n<style>\n" XLGPU_HTML_STYLE "</style>\n</head>\n<body>\n"
          "<header>\n", h->out);
    put_element(h, "h1", title);
    fputc('\n', h->out);
    put_made(h, command, host);
    return h;
}

int xlgpu_html_close(struct xlgpu_html *h, const char *file)
{
    int rc;

    fputs("</main>\n</body>\n</html>\n", h->out);
    if (fclose(h->out))
        rc = xlgpu_fail(XLGPU_FAILED, file, NULL, "%s", strerror(errno));
    else
        rc = xlgpu_report_write(file, h->text, h->len);
    free(h->text);
    free(h);
    return rc;
}

void xlgpu_html_paragraph(struct xlgpu_html *h, const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    put_element(h, "p", text);
    fputc('\n', h->out);
}

void xlgpu_html_verdict(struct xlgpu_html *h, const char *word,
                        enum xlgpu_tone tone, const char *meaning)
{
    fputs("<p class=\"verdict\">", h->out);
    put_word(h, word, tone);
    fputc(' ', h->out);
    put(h, meaning);
    fputs("</p>\n", h->out);
}

/* ---- Tables ---- */

/* A heading, and what is in its column. */
static const char *column_class(const char *heading)
{
    return *heading == '#' ? " class=\"n\"" : *heading == '~' ? " class=\"t\""
                                                             : "";
}

static const char *column_name(const char *heading)
{
    return heading + (*heading == '#' || *heading == '~');
}

void xlgpu_html_table_begin(struct xlgpu_html *h, const char *caption,
                            const char *const *heading)
{
    h->heading = heading;
    /* What scrolls has to be reached by the keyboard. */
    fputs("<div class=\"table\" role=\"region\" tabindex=\"0\" "
          "aria-label=\"", h->out);
    put(h, caption);
    fputs("\">\n<table>\n", h->out);
    put_element(h, "caption", caption);
    fputs("\n<thead><tr>", h->out);
    for (; *heading; heading++) {
        fprintf(h->out, "<th scope=\"col\"%s>", column_class(*heading));
        put(h, column_name(*heading));
        fputs("</th>", h->out);
    }
    fputs("</tr></thead>\n<tbody>\n", h->out);
}

void xlgpu_html_table_end(struct xlgpu_html *h)
{
    fputs("</tbody>\n</table>\n</div>\n", h->out);
}

void xlgpu_html_row_begin(struct xlgpu_html *h)
{
    h->column = 0;
    fputs("<tr>", h->out);
}

void xlgpu_html_row_end(struct xlgpu_html *h)
{
    fputs("</tr>\n", h->out);
}

/* It has its heading with it, for where there is no room for columns. */
static void cell_begin(struct xlgpu_html *h)
{
    const char *heading = h->heading[h->column];

    fprintf(h->out, "<%s%s data-is=\"", h->column ? "td" : "th scope=\"row\"",
            column_class(heading));
    put(h, column_name(heading));
    fputs("\">", h->out);
}

static void cell_end(struct xlgpu_html *h)
{
    fputs(h->column++ ? "</td>" : "</th>", h->out);
}

void xlgpu_html_text(struct xlgpu_html *h, const char *text, const char *small)
{
    cell_begin(h);
    put(h, text ? text : "–");
    if (small) {
        fputs("<small>", h->out);
        put(h, small);
        fputs("</small>", h->out);
    }
    cell_end(h);
}

void xlgpu_html_model(struct xlgpu_html *h, const char *model,
                      unsigned int vendor, unsigned int device,
                      unsigned int subvendor, unsigned int subdevice)
{
    char ids[64];

    snprintf(ids, sizeof(ids), "%04x:%04x, subsystem %04x:%04x", vendor,
             device, subvendor, subdevice);
    xlgpu_html_text(h, model, ids);
}

void xlgpu_html_number(struct xlgpu_html *h, int64_t value)
{
    cell_begin(h);
    fprintf(h->out, "%" PRId64, value);
    cell_end(h);
}

void xlgpu_html_memory(struct xlgpu_html *h, uint64_t bytes)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64 " MiB", bytes >> 20);
    xlgpu_html_text(h, bytes ? text : NULL, NULL);
}

void xlgpu_html_word(struct xlgpu_html *h, const char *word,
                     enum xlgpu_tone tone)
{
    cell_begin(h);
    put_word(h, word, tone);
    cell_end(h);
}

static void put_part(struct xlgpu_html *h, enum xlgpu_tone tone,
                     unsigned int n)
{
    if (n)
        fprintf(h->out, "<i class=\"%s\" style=\"flex-grow:%u\"></i>",
                tone_class(tone), n);
}

void xlgpu_html_bar(struct xlgpu_html *h, unsigned int held,
                    unsigned int reserved, unsigned int n_free,
                    unsigned int count)
{
    unsigned int known = held + reserved + n_free;

    cell_begin(h);
    fputs("<span class=\"bar\" aria-hidden=\"true\">", h->out);
    put_part(h, XLGPU_TONE_HELD, held);
    put_part(h, XLGPU_TONE_WAITS, reserved);
    put_part(h, XLGPU_TONE_BAD, known < count ? count - known : 0);
    put_part(h, XLGPU_TONE_FREE, n_free);
    fputs("</span>", h->out);
    cell_end(h);
}
