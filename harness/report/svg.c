/* SPDX-License-Identifier: MIT
 *
 * Reads the little of SVG that gnuplot 5 and 6 write: elements and attributes of a list, everything else is dropped
 * (ids, classes, titles, <defs>) or an error. So whatever a name in a chart may have been, no script and no reference
 * gets into a page. The shapes of points, which gnuplot defines anew in each file, are defined once for the page
 * (svg_symbols).
 *
 * Not an XML parser (libxml2 or expat would be): it need not take what gnuplot does not write, and a library would
 * still leave the list to be checked by hand.
 */
#include "harness/report/svg.h"

#include "harness/common/files.h"
#include "harness/common/sentence.h"
#include "harness/report/page_text.h"
#include "harness/report/svg_writer.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The largest that a figure of thousands of lines came to was a tenth of this. */
static const size_t svg_bytes_max = (size_t)64 << 20;

enum { NAME_BYTES = 32, VALUE_BYTES = 128 };

struct reader {
    const char *at;
    struct svg_colours *colours; /* of the page */
    struct svg_writer writer;
    const char *problem; /* NULL: none */
};

/* What stands between two marks, not copied. */
struct span {
    const char *text;
    size_t length;
};

static bool is_span(struct span span, const char *text)
{
    return strlen(text) == span.length && !memcmp(span.text, text, span.length);
}

static bool is_one_of(struct span span, const char *const *words)
{
    for (; *words; words++)
        if (is_span(span, *words))
            return true;
    return false;
}

/* ---- values ---- */

/* A tenth of a pixel is seen by nobody, and a hundredth costs bytes in thousands of points. NULL: no memory. */
static char *round_coordinates(struct span value)
{
    const char *end = value.text + value.length;
    char *text = malloc(value.length + 8), *to = text; /* no number gets longer: they have two decimals */
    for (const char *at = value.text; text && at < end;) {
        if (!isdigit((unsigned char)*at)) {
            const bool is_blank = isspace((unsigned char)*at);
            while (is_blank && at + 1 < end && isspace((unsigned char)at[1]))
                at++;
            if (*at != 'L' && (!is_blank || at + 1 < end)) /* a line is what follows anyway */
                *to++ = is_blank ? ' ' : *at;
            at++;
            continue;
        }
        char *after, number[32];
        const double value_here = strtod(at, &after);
        snprintf(number, sizeof number, "%.1f", fmin(value_here, 1e9));
        const size_t length = strlen(number), kept = !strcmp(number + length - 2, ".0") ? length - 2 : length;
        /* "0x1p9" would be longer: it is none of gnuplot's and is copied as it stands. */
        const size_t taken = (size_t)(after - at), put = kept <= taken ? kept : taken;
        memcpy(to, kept <= taken ? number : at, put);
        to += put;
        at = after;
    }
    if (text)
        *to = 0;
    return text;
}

/* "rgb( 64,  64,  64)", "#FFFFFF" and "black"; false: no colour of these forms. */
static bool take_colour(struct span value, unsigned *colour)
{
    char text[VALUE_BYTES];
    unsigned red, green, blue;
    if (value.length >= sizeof text)
        return false;
    memcpy(text, value.text, value.length);
    text[value.length] = 0;
    if (!strcmp(text, "black"))
        *colour = 0;
    else if (sscanf(text, "rgb(%u ,%u ,%u )", &red, &green, &blue) == 3)
        *colour = (red & 255) << 16 | (green & 255) << 8 | (blue & 255);
    else if (*text != '#' || strlen(text) != 7 || sscanf(text + 1, "%6x", colour) != 1)
        return false;
    return true;
}

static bool is_plain(struct span value)
{
    for (size_t i = 0; i < value.length; i++)
        if (!isalnum((unsigned char)value.text[i]) && !strchr(" \t\n#().,+-%_", value.text[i]))
            return false;
    return true;
}

static const char *const colour_names[] = {"fill", "stroke", "color", NULL};
static const char *const coordinate_names[] = {"d", "points", NULL};
static const char *const other_names[] = {"stroke-width",
                                          "stroke-dasharray",
                                          "stroke-opacity",
                                          "fill-opacity",
                                          "text-anchor",
                                          "font-size",
                                          "font-weight",
                                          "font-style",
                                          "x",
                                          "y",
                                          "width",
                                          "height",
                                          "r",
                                          "cx",
                                          "cy",
                                          "transform",
                                          NULL};

/* NULL: none of them. */
static const char *find_word(struct span span, const char *const *words)
{
    for (; *words; words++)
        if (is_span(span, *words))
            return *words;
    return NULL;
}

/* Where the colour stands in the page's list; SVG_COLOURS_MAX: there is no room. Black is the first. */
static size_t note_colour(struct svg_colours *colours, unsigned colour)
{
    if (!colours->count)
        colours->items[colours->count++] = 0;
    size_t i = 0;
    while (i < colours->count && colours->items[i] != colour)
        i++;
    if (i == colours->count && i < SVG_COLOURS_MAX)
        colours->items[colours->count++] = colour;
    return i;
}

/* "c12"; of texts, which need more contrast than lines, "t12". */
static void take_colour_value(struct svg_attribute *attribute, struct span value, bool is_text,
                              struct svg_colours *colours)
{
    unsigned colour;
    const bool is_colour = take_colour(value, &colour);
    const size_t place = is_colour ? note_colour(colours, colour) : 0;
    if (!is_colour)
        snprintf(attribute->value, sizeof attribute->value, "%.*s", (int)value.length, value.text);
    else if (place == SVG_COLOURS_MAX)
        snprintf(attribute->value, sizeof attribute->value, "#%06x", colour);
    else
        snprintf(attribute->value, sizeof attribute->value, "%c%zu", is_text ? 't' : 'c', place);
}

/* A mark's place in its own units, so that marks of one size share a group that scales them. */
static bool take_mark(struct span value, struct svg_element *element)
{
    char text[VALUE_BYTES];
    double x, y;
    int length = 0;
    snprintf(text, sizeof text, "%.*s", (int)value.length, value.text);
    if (strcmp(element->name, "use") || element->count + 2 > SVG_ATTRIBUTES_MAX ||
        sscanf(text, "translate(%lf,%lf) scale(%lf)%n", &x, &y, &element->scale, &length) != 3 ||
        text[length] || !(element->scale > 0))
        return false;
    struct svg_attribute *place = &element->attributes[element->count];
    place[0] = (struct svg_attribute){.name = "x"};
    place[1] = (struct svg_attribute){.name = "y"};
    snprintf(place[0].value, SVG_VALUE_BYTES, "%.1f", x / element->scale);
    snprintf(place[1].value, SVG_VALUE_BYTES, "%.1f", y / element->scale);
    element->count += 2;
    return true;
}

/* Adds what is on a list to the element; its long values are the caller's to free. */
static void add_attribute(struct reader *reader, struct span name, struct span value, bool is_text,
                          struct svg_element *element)
{
    static const char *const references[] = {"xlink:href", NULL}, *const filters[] = {"filter", NULL};
    struct svg_attribute *attribute = &element->attributes[element->count];
    const char *colour = find_word(name, colour_names), *coordinates = find_word(name, coordinate_names),
               *other = find_word(name, other_names);
    const bool is_reference = find_word(name, references) && value.length > 1 && *value.text == '#',
               is_filter = find_word(name, filters) && is_span(value, "url(#textbox)");
    if (!is_plain(value)) {
        if (colour || coordinates || other || find_word(name, references))
            reader->problem = "an attribute has characters that gnuplot does not write there";
        return;
    }
    if ((!colour && !coordinates && !other && !is_reference && !is_filter) ||
        (!coordinates && value.length >= SVG_VALUE_BYTES))
        return;
    if (other && !strcmp(other, "transform") && take_mark(value, element))
        return;
    if (element->count == SVG_ATTRIBUTES_MAX) {
        reader->problem = "an element has more attributes than gnuplot writes";
        return;
    }
    *attribute = (struct svg_attribute){.name = colour         ? colour
                                                : coordinates  ? coordinates
                                                : other        ? other
                                                : is_reference ? "href"
                                                               : "filter"};
    if (colour)
        take_colour_value(attribute, value, is_text, reader->colours);
    else if (coordinates)
        attribute->long_value = round_coordinates(value);
    else if (is_reference && value.length > 5 && !memcmp(value.text, "#gpPt", 5))
        snprintf(attribute->value, sizeof attribute->value, "#m%.*s", (int)value.length - 5, value.text + 5);
    else
        snprintf(attribute->value, sizeof attribute->value, "%.*s", (int)value.length, value.text);
    if (coordinates && !attribute->long_value)
        reader->problem = "there is no memory for it";
    element->count++;
}

static void release(struct svg_element *element)
{
    for (size_t i = 0; i < element->count; i++)
        free((char *)(uintptr_t)element->attributes[i].long_value);
}

/* ---- tags ---- */

static void skip_blanks(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

static struct span take_name(struct reader *reader)
{
    struct span name = {reader->at, strcspn(reader->at, " \t\r\n=/>")};
    reader->at += name.length;
    return name;
}

/* False at the tag's end. */
static bool take_attribute(struct reader *reader, struct span *name, struct span *value)
{
    skip_blanks(reader);
    if (!*reader->at || *reader->at == '/' || *reader->at == '>')
        return false;
    *name = take_name(reader);
    skip_blanks(reader);
    const char *equals = reader->at;
    if (*equals == '=') {
        reader->at++;
        skip_blanks(reader);
    }
    const char quote = *reader->at,
               *end = quote == '"' || quote == '\'' ? strchr(reader->at + 1, quote) : NULL;
    if (!name->length || *equals != '=' || !end) {
        reader->problem = "an attribute has no value in quotes";
        return false;
    }
    *value = (struct span){reader->at + 1, (size_t)(end - reader->at - 1)};
    reader->at = end + 1;
    return true;
}

/* Behind the closing tag of an element whose opening one has just been read up to its '>'. */
static void skip_element(struct reader *reader, struct span name)
{
    char closing[NAME_BYTES + 4];
    if (reader->at[-2] == '/')
        return;
    snprintf(closing, sizeof closing, "</%.*s>", (int)name.length, name.text);
    const char *end = strstr(reader->at, closing);
    if (!end)
        reader->problem = "an element is not closed";
    else
        reader->at = end + strlen(closing);
}

static const char *const kept_elements[] = {"g",    "path",  "polygon", "rect", "circle",
                                            "text", "tspan", "use",     NULL};
static const char *const dropped_elements[] = {"title", "desc", "defs", NULL};

/* True behind the tag. */
static bool take_tag_end(struct reader *reader)
{
    const char *close = strchr(reader->at, '>');
    if (!close)
        reader->problem = "a tag has no end";
    else
        reader->at = close + 1;
    return close;
}

static void take_opening(struct reader *reader)
{
    const struct span name = take_name(reader);
    struct svg_element element = {.name = find_word(name, kept_elements)};
    struct span key, value;
    if (!element.name && !is_one_of(name, dropped_elements)) {
        reader->problem = "it has an element that gnuplot does not write in a chart";
        return;
    }
    const char *end = strchr(reader->at, '>'); /* a text says the size of its font */
    const bool is_text =
        end && memmem(reader->at, (size_t)(end - reader->at), "font-size", strlen("font-size"));
    while (!reader->problem && take_attribute(reader, &key, &value))
        if (element.name)
            add_attribute(reader, key, value, is_text, &element);
    const bool is_empty = *reader->at == '/';
    if (!reader->problem && take_tag_end(reader)) {
        if (!element.name)
            skip_element(reader, name);
        else if (is_empty)
            svg_writer_put(&reader->writer, &element);
        else
            svg_writer_open(&reader->writer, &element);
    }
    release(&element);
}

static void take_closing(struct reader *reader)
{
    const struct span name = take_name(reader);
    if (take_tag_end(reader) && is_one_of(name, kept_elements))
        svg_writer_close(&reader->writer);
}

/* gnuplot escapes what means something to XML; the entities that it writes are kept. */
static void take_text(struct reader *reader)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", NULL};
    bool is_blank = true;
    for (const char *at = reader->at; *at && *at != '<'; at++)
        is_blank &= isspace((unsigned char)*at) != 0;
    while ((is_blank && *reader->at && *reader->at != '<') || *reader->at == ' ')
        reader->at++;
    FILE *out = reader->writer.out;
    if (*reader->at && *reader->at != '<')
        svg_writer_text(&reader->writer);
    while (*reader->at && *reader->at != '<') {
        size_t known = 0;
        for (size_t i = 0; entities[i] && !known; i++)
            if (!strncmp(reader->at, entities[i], strlen(entities[i])))
                known = strlen(entities[i]);
        if (known) {
            fprintf(out, "%.*s", (int)known, reader->at);
            reader->at += known;
        } else if (*reader->at == '&') {
            fputs("&amp;", out);
            reader->at++;
        } else if (*reader->at == '>') {
            fputs("&gt;", out);
            reader->at++;
        } else {
            page_text_put(page_text_next(&reader->at), out);
        }
    }
}

/* ---- the whole ---- */

static bool take_size(struct reader *reader, double *width, double *height)
{
    const char *svg = strstr(reader->at, "<svg");
    struct span name, value;
    *width = *height = 0;
    if (!svg) {
        reader->problem = "it has no <svg>";
        return false;
    }
    reader->at = svg + 4;
    while (take_attribute(reader, &name, &value)) {
        if (is_span(name, "width"))
            *width = strtod(value.text, NULL);
        else if (is_span(name, "height"))
            *height = strtod(value.text, NULL);
    }
    if (!reader->problem &&
        (*reader->at != '>' || !(*width > 0 && *width < 1e5) || !(*height > 0 && *height < 1e6)))
        reader->problem = "its size is missing";
    reader->at += !reader->problem;
    return !reader->problem;
}

static void put_opening(const struct svg_labels *labels, double width, double height, FILE *out)
{
    fprintf(out,
            "<svg class=\"%s\" role=\"img\" viewBox=\"0 0 %.0f %.0f\" style=\"--w:%.0f\" "
            "aria-labelledby=\"%s-t %s-d\">"
            "<title id=\"%s-t\">",
            labels->class_name, width, height, width, labels->id, labels->id, labels->id);
    page_text_html(labels->title, out);
    fprintf(out, "</title><desc id=\"%s-d\">", labels->id);
    page_text_html(labels->description, out);
    fputs("</desc>", out);
}

int svg_embed(const char *path, const struct svg_labels *labels, struct svg_colours *colours, FILE *out,
              char *error)
{
    char clause[SENTENCE_BYTES], *text;
    size_t length;
    const int failed = files_read_stored(path, svg_bytes_max, &text, &length, clause);
    if (failed)
        return sentence_fail(error, failed, "cannot read '%.1000s': %.200s", path, clause);
    struct reader reader = {.at = text, .colours = colours};
    svg_writer_begin(&reader.writer, out);
    double width, height;
    if (take_size(&reader, &width, &height)) {
        put_opening(labels, width, height, out);
        while (!reader.problem && *reader.at && strncmp(reader.at, "</svg", 5)) {
            if (reader.at[0] != '<') {
                take_text(&reader);
            } else if (reader.at[1] == '/') {
                reader.at += 2;
                take_closing(&reader);
            } else {
                reader.at++;
                take_opening(&reader);
            }
        }
        if (!reader.problem && !*reader.at)
            reader.problem = "it is cut off";
        if (!reader.problem && (reader.writer.failed || reader.writer.depth))
            reader.problem = "its elements are not closed in order";
        fputs("</svg>\n", out);
    }
    free(text);
    return reader.problem
               ? sentence_fail(error, EBADMSG, "'%.1000s' is no chart of gnuplot's: %s", path, reader.problem)
               : 0;
}

void svg_symbols(FILE *out)
{
    /* Of gnuplot's svg terminal, by its numbers: plus, cross, star, then each hollow one and, one more, filled. Each says
     * its line itself: a <use> hands down what stands around it, and not what stands around the symbol. */
    static const struct {
        int number;
        const char *shape;
        bool has_filled;
    } shapes[] = {{0, "<path d=\"M-1,0h2M0,-1v2\"", false},
                  {1, "<path d=\"M-1,-1L1,1M1,-1L-1,1\"", false},
                  {2, "<path d=\"M-1,0h2M0,-1v2M-1,-1L1,1M-1,1L1,-1\"", false},
                  {3, "<rect x=\"-1\" y=\"-1\" width=\"2\" height=\"2\"", true},
                  {5, "<circle r=\"1\"", true},
                  {7, "<path d=\"M0,-1.33L-1.33,.67L1.33,.67z\"", true},
                  {9, "<path d=\"M0,1.33L-1.33,-.67L1.33,-.67z\"", true},
                  {11, "<path d=\"M0,-1.414L1.414,0L0,1.414L-1.414,0z\"", true},
                  {13, "<path d=\"M0,1.33L1.265,.411L.782,-1.067L-.782,-1.076L-1.265,.411z\"", true}};
    fputs("<svg class=\"symbols\" aria-hidden=\"true\" width=\"0\" height=\"0\"><defs>"
          "<circle id=\"gpDot\" r=\"0.5\" stroke-width=\"0.5\" stroke=\"currentColor\"/>",
          out);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        fprintf(out, "%s id=\"m%d\" stroke-width=\"0.205\" stroke=\"currentColor\" fill=\"none\"/>",
                shapes[i].shape, shapes[i].number);
        if (shapes[i].has_filled)
            fprintf(out, "%s id=\"m%d\" stroke=\"none\" fill=\"currentColor\"/>", shapes[i].shape,
                    shapes[i].number + 1);
    }
    fputs("<filter id=\"textbox\" x=\"0\" y=\"0\" width=\"1\" height=\"1\"><feFlood class=\"textbox\"/>"
          "<feComposite in=\"SourceGraphic\" operator=\"over\"/></filter></defs></svg>\n",
          out);
}

void svg_put_colours(const struct svg_colours *colours, FILE *out)
{
    static const struct {
        char letter;
        const char *property;
    } kinds[] = {{'s', "stroke"}, {'f', "fill"}, {'k', "color"}};
    fputs("<style>", out);
    for (size_t i = 0; i < colours->count; i++)
        for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
            for (int text = 0; text < 2; text++)
                fprintf(out, ".%c%c%zu{%s:var(--%c%06x,#%06x)}", kinds[kind].letter, text ? 't' : 'c', i,
                        kinds[kind].property, text ? 't' : 'c', colours->items[i], colours->items[i]);
    fputs("</style>\n", out);
}
