/* SPDX-License-Identifier: MIT */
#include "harness/report/page_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { REPLACEMENT = 0xFFFD };

/* The length that the first byte of a sequence tells; 0: it begins none. */
static size_t length_of(unsigned char first)
{
    return first < 0x80                    ? 1
           : first >= 0xC2 && first < 0xE0 ? 2
           : first >= 0xE0 && first < 0xF0 ? 3
           : first >= 0xF0 && first < 0xF5 ? 4
                                           : 0;
}

/* Overlong forms, halves of surrogate pairs and what lies beyond Unicode are no characters. */
static bool is_character(uint32_t c, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return c >= least[length] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

static bool is_unwanted(uint32_t c)
{
    return c < ' ' || (c >= 0x7F && c < 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF0 && c < REPLACEMENT) || c >= 0xE0000;
}

uint32_t page_text_next(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    const size_t length = length_of(*at);
    uint32_t c = length > 1 ? *at & (0x7Fu >> length) : *at;
    size_t taken = 1;
    for (; taken < length && (at[taken] & 0xC0) == 0x80; taken++)
        c = c << 6 | (at[taken] & 0x3F);
    const bool is_whole = length && taken == length && is_character(c, length);
    *text += is_whole ? length : 1;
    if (!is_whole)
        return REPLACEMENT;
    return c == '\n' || c == '\t' || c == '\r' ? ' ' : is_unwanted(c) ? REPLACEMENT : c;
}

void page_text_put(uint32_t c, FILE *out)
{
    if (c < 0x80) {
        putc((int)c, out);
        return;
    }
    const int tails = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint32_t heads[] = {0, 0xC0, 0xE0, 0xF0};
    putc((int)(heads[tails] | c >> (6 * tails)), out);
    for (int i = tails - 1; i >= 0; i--)
        putc((int)(0x80 | (c >> (6 * i) & 0x3F)), out);
}

static void put_html(uint32_t c, FILE *out)
{
    switch (c) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        page_text_put(c, out);
    }
}

void page_text_html(const char *text, FILE *out)
{
    while (*text)
        put_html(page_text_next(&text), out);
}

/* GitHub looks for mentions and issues in the text of the finished HTML, so neither a backslash nor "&#64;" hides them
 * (github/cmark-gfm issue 181); a space without a width behind the sign does. */
static bool is_reference(uint32_t c)
{
    return c == '@' || c == '#';
}

static void put_apart(uint32_t c, FILE *out)
{
    page_text_put(c, out);
    fputs("&#8203;", out);
}

void page_text_markdown_html(const char *text, FILE *out)
{
    while (*text) {
        const uint32_t c = page_text_next(&text);
        if (is_reference(c))
            put_apart(c, out);
        else
            put_html(c, out);
    }
}

void page_text_markdown(const char *text, FILE *out)
{
    for (uint32_t before = ' '; *text;) {
        const uint32_t c = page_text_next(&text);
        const bool begins_link = (c == ':' && *text == '/') || (c == '.' && (before == 'w' || before == 'W'));
        if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '&')
            fputs("&amp;", out);
        else if (is_reference(c))
            put_apart(c, out);
        else if (begins_link) /* a backslash would not keep it from being found */
            fprintf(out, "&#%u;", (unsigned)c);
        else {
            if (c < 0x80 && strchr("\\`*_{}[]|~$", (int)c))
                putc('\\', out);
            page_text_put(c, out);
        }
        before = c;
    }
}
