/* SPDX-License-Identifier: MIT
 *
 * A panel that gnuplot drew, made fit to stand inside a page: without prologue and fixed size, with ids of its own, a
 * title and a description for who hears the page, and colours that the page's style sheet can change.
 */
#ifndef GROWBENCH_SVG_H
#define GROWBENCH_SVG_H

#include <stdio.h>

struct svg_labels {
    const char *id;                  /* of this panel: letters, digits and '-'; unique in the page */
    const char *title, *description; /* plain text */
    const char *class_name;          /* of the element; ours */
};

/* What the panels of a page refer to; once, before the first of them. */
void svg_symbols(FILE *out);

/* Each colour #rrggbb of a presentation attribute or a style becomes var(--c-rrggbb,#rrggbb), of a
 * text var(--t-rrggbb,#rrggbb). Returns 0, or an errno
 * value with a sentence in `error` (SENTENCE_BYTES): it cannot be read, or is none of gnuplot's. */
int svg_embed(const char *path, const struct svg_labels *labels, FILE *out, char *error);

#endif
