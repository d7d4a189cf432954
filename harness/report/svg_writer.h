/* SPDX-License-Identifier: MIT
 *
 * Writes the elements of a picture with no more than they need: groups with nothing in them are left out, an attribute
 * is not said again inside a group that hands it down, a text has its group's attributes itself, and marks of one colour
 * and size that follow each other share a group. Of what gnuplot writes that is more than half.
 *
 * A picture begins with the values of svg_writer_defaults, which the page's style sheet sets on its <svg>.
 */
#ifndef GROWBENCH_SVG_WRITER_H
#define GROWBENCH_SVG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { SVG_ATTRIBUTES_MAX = 24, SVG_VALUE_BYTES = 96, SVG_DEPTH_MAX = 32, SVG_INHERITED_MAX = 10 };

struct svg_attribute {
    const char *name;
    char value[SVG_VALUE_BYTES]; /* escaped; of a colour "c12" or "t12", by its place in the page's list */
    const char *long_value;      /* NULL-ended text of coordinates; borrowed */
};

struct svg_element {
    const char *name; /* "g", "path", ... */
    double scale;     /* of a mark, whose place is given in its own units; 0: no mark */
    size_t count;
    struct svg_attribute attributes[SVG_ATTRIBUTES_MAX];
};

struct svg_writer {
    FILE *out;
    size_t depth;
    bool failed; /* deeper than gnuplot nests */
    struct svg_level {
        char values[SVG_INHERITED_MAX][SVG_VALUE_BYTES];
        struct svg_element group; /* its attributes that are not handed down to it already */
        bool is_written, is_group;
    } levels[SVG_DEPTH_MAX];
    char mark_colour[SVG_VALUE_BYTES]; /* of the group around the marks that follow each other */
    double mark_scale;                 /* likewise; 0: there is none */
};

void svg_writer_begin(struct svg_writer *writer, FILE *out);

/* An element that has others or text in it, and its end. */
void svg_writer_open(struct svg_writer *writer, const struct svg_element *element);
void svg_writer_close(struct svg_writer *writer);

/* One that has nothing in it. */
void svg_writer_put(struct svg_writer *writer, const struct svg_element *element);

/* What follows is text of the innermost element, which the caller writes. */
void svg_writer_text(struct svg_writer *writer);

#endif
