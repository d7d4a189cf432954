/* SPDX-License-Identifier: MIT
 *
 * What a report is made of, and who writes it down: one writer for HTML, one for Markdown. The sections of the report
 * call these and know neither.
 *
 * Every text is plain and may hold anything, also what came out of a hostile file: the writer escapes it, and what is
 * no UTF-8 or steers a terminal, a browser or the direction of writing becomes U+FFFD. Nothing is borrowed after a call
 * returns. Writing errors are the stream's and show when it is closed.
 */
#ifndef GROWBENCH_PAGE_H
#define GROWBENCH_PAGE_H

#include "harness/report/svg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a cell of a table says beyond its text: in a sign and a colour; the word belongs to the text of its legend. */
enum page_mark {
    PAGE_PLAIN,
    PAGE_BEST,  /* leads */
    PAGE_WORST, /* told apart from the best, and behind everybody */
    PAGE_BAD,   /* did not come to its end */
    PAGE_MUTED, /* not measured, or not to be relied on */
    PAGE_MARK_COUNT
};

struct page_cell {
    const char *text;   /* NULL: empty */
    const char *detail; /* smaller, below it; NULL: none */
    enum page_mark mark;
    size_t columns; /* it spans; 0 is 1 */
};

struct page_column {
    const char *title; /* with its unit */
    bool is_number;    /* aligned to the right */
};

struct page_table {
    const char *caption; /* one line; says what it is also to who hears it */
    const struct page_column *columns;
    size_t column_count;
    const struct page_cell *cells; /* row by row; those of a row span all columns together */
    size_t row_count;
    bool stacks;       /* on a phone each row becomes a card: for few rows with much text */
    bool is_of_figure; /* the numbers behind a chart: closed until it is asked for */
};

struct page_figure {
    const char *name;              /* of its files; letters, digits, '-', '_' and '.' */
    const char *script;            /* that drew it: plots/scripts/SCRIPT.gp */
    const char *title, *subtitle;  /* of the chart */
    const char *how;               /* how to read it: a sentence or two */
    const char *folder;            /* of the run: plots/ is inside it */
    size_t panel_count;            /* plots/panels/NAME.1.svg ...; .0 is the key */
    bool has_narrow;               /* two panels: the same, once wide and once for a phone */
    const struct page_table *data; /* behind it */
};

/* To a section of the page. */
struct page_link {
    const char *id, *heading;
};

struct page;

struct page_ops {
    void (*begin)(struct page *page, const char *title, const char *subtitle);
    void (*contents)(struct page *page, const struct page_link *links, size_t count);
    void (*section)(struct page *page, const char *id, const char *heading);
    void (*heading)(struct page *page, const char *text); /* below a section's */
    void (*paragraph)(struct page *page, const char *text);
    void (*note)(struct page *page, const char *text); /* a small one */
    void (*list)(struct page *page, const char *const *items, size_t count);
    void (*table)(struct page *page, const struct page_table *table);
    void (*figure)(struct page *page, const struct page_figure *figure);
    void (*command)(struct page *page, const char *text); /* a line for the shell */
    void (*open_box)(struct page *page, const char *heading);
    void (*close_box)(struct page *page);
    void (*open_details)(struct page *page, const char *summary); /* closed until it is asked for */
    void (*close_details)(struct page *page);
    void (*end)(struct page *page);
};

struct page {
    const struct page_ops *ops;
    FILE *out;
    size_t figure_count;
    bool is_section_open;
    struct svg_colours colours; /* of HTML */
    const char *style;          /* of HTML: a style sheet, ours */
    char *error;                /* SENTENCE_BYTES: what could not be read; empty: nothing */
};

/* `style` and `error` are borrowed until the end. */
struct page page_html(FILE *out, const char *style, char *error);
struct page page_markdown(FILE *out, char *error);

#endif
