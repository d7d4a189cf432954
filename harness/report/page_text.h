/* SPDX-License-Identifier: MIT
 *
 * Text that may be anybody's, made harmless for one of the languages that a report is written in.
 */
#ifndef GROWBENCH_PAGE_TEXT_H
#define GROWBENCH_PAGE_TEXT_H

#include <stdint.h>
#include <stdio.h>

/* The next character of UTF-8 text that is not at its end; moves on. U+FFFD stands for a byte that is none, and for
 * what has no business in a line of text: control characters (a line end or a tab becomes a space), marks that turn
 * the direction of writing, and characters without a width that could hide something. */
uint32_t page_text_next(const char **text);

void page_text_put(uint32_t character, FILE *out);

/* In HTML and SVG, between tags and in attributes in double quotes. */
void page_text_html(const char *text, FILE *out);

/* In a paragraph or a cell of GitHub's Markdown. Also no mention of a person, no link and no reference to an issue
 * comes of it. */
void page_text_markdown(const char *text, FILE *out);

/* The same between the tags of a block of HTML in Markdown, where a backslash would be seen. */
void page_text_markdown_html(const char *text, FILE *out);

#endif
