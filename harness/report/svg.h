/* SPDX-License-Identifier: MIT
 *
 * A panel that gnuplot drew, made fit to stand inside a page: without prologue and fixed size, with ids of its own, a
 * title and a description for who hears the page, and colours that the page's style sheet can change.
 */
#ifndef GROWBENCH_SVG_H
#define GROWBENCH_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct svg_labels {
    const char *id;                  /* of this panel: letters, digits and '-'; unique in the page */
    const char *title, *description; /* plain text */
    const char *class_name;          /* of the element; ours */
};

/* What the panels of a page refer to; once, before the first of them. */
void svg_symbols(FILE *out);

/* The colours that the panels of a page have. */
enum { SVG_COLOURS_MAX = 64 };

struct svg_colours {
    size_t count;
    unsigned items[SVG_COLOURS_MAX]; /* 0xRRGGBB */
};

/* Each colour becomes a class and is noted in `colours`: of lines --cRRGGBB of the style sheet, of texts --tRRGGBB,
 * and where that sets neither, itself. Returns 0, or an errno value with a sentence in `error` (SENTENCE_BYTES): it
 * cannot be read, or is none of gnuplot's. */
int svg_embed(const char *path, const struct svg_labels *labels, struct svg_colours *colours, FILE *out,
              char *error);

/* The classes; behind the last panel. */
void svg_put_colours(const struct svg_colours *colours, FILE *out);

#endif
