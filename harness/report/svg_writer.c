/* SPDX-License-Identifier: MIT */
#include "harness/report/svg_writer.h"

#include <string.h>

/* What is handed down, and what it is where nobody says. The style sheet says the same of the <svg>. */
static const struct {
    const char *name, *value;
} inherited[] = {{"fill", "none"},         {"stroke", "currentColor"}, {"color", ""},
                 {"stroke-width", "1.00"}, {"stroke-dasharray", ""},   {"stroke-opacity", ""},
                 {"fill-opacity", ""},     {"font-size", "13.00"},     {"text-anchor", "start"}};

enum { INHERITED = sizeof inherited / sizeof *inherited };

static size_t inherited_index(const char *name)
{
    size_t i = 0;
    while (i < INHERITED && strcmp(inherited[i].name, name))
        i++;
    return i;
}

static void put_attribute(const struct svg_attribute *attribute, FILE *out)
{
    fprintf(out, " %s=\"%s\"", attribute->name,
            attribute->long_value ? attribute->long_value : attribute->value);
}

static void put_tag(const struct svg_element *element, const char *end, FILE *out)
{
    fprintf(out, "<%s", element->name);
    for (size_t i = 0; i < element->count; i++)
        put_attribute(&element->attributes[i], out);
    fputs(end, out);
}

/* The element without what it is handed down. */
static struct svg_element reduce(const struct svg_level *level, const struct svg_element *element)
{
    struct svg_element reduced = {.name = element->name};
    for (size_t i = 0; i < element->count; i++) {
        const size_t index = inherited_index(element->attributes[i].name);
        if (index == INHERITED || strcmp(level->values[index], element->attributes[i].value))
            reduced.attributes[reduced.count++] = element->attributes[i];
    }
    return reduced;
}

static void end_marks(struct svg_writer *writer)
{
    if (*writer->mark_colour)
        fputs("</g>", writer->out);
    *writer->mark_colour = 0;
}

/* The groups around what comes now, those that say nothing left out. */
static void flush(struct svg_writer *writer)
{
    for (size_t i = 1; i <= writer->depth; i++) {
        struct svg_level *level = &writer->levels[i];
        if (level->is_group && !level->is_written && level->group.count)
            put_tag(&level->group, ">", writer->out);
        level->is_written = true;
    }
}

void svg_writer_begin(struct svg_writer *writer, FILE *out)
{
    *writer = (struct svg_writer){.out = out};
    for (size_t i = 0; i < INHERITED; i++)
        snprintf(writer->levels[0].values[i], SVG_VALUE_BYTES, "%s", inherited[i].value);
}

void svg_writer_open(struct svg_writer *writer, const struct svg_element *element)
{
    end_marks(writer);
    if (writer->depth + 1 == SVG_DEPTH_MAX) {
        writer->failed = true;
        return;
    }
    struct svg_level *level = &writer->levels[writer->depth + 1];
    *level = writer->levels[writer->depth];
    level->is_group = !strcmp(element->name, "g");
    level->is_written = false;
    level->group = reduce(&writer->levels[writer->depth], element);
    for (size_t i = 0; i < element->count; i++) {
        const size_t index = inherited_index(element->attributes[i].name);
        if (index < INHERITED)
            memcpy(level->values[index], element->attributes[i].value, SVG_VALUE_BYTES);
    }
    if (!level->is_group) {
        flush(writer);
        put_tag(&level->group, ">", writer->out);
    }
    writer->depth++;
    level->is_written = !level->is_group;
}

void svg_writer_close(struct svg_writer *writer)
{
    end_marks(writer);
    if (!writer->depth) {
        writer->failed = true;
        return;
    }
    const struct svg_level *level = &writer->levels[writer->depth--];
    if (!level->is_group)
        fprintf(writer->out, "</%s>", level->group.name);
    else if (level->is_written && level->group.count)
        fputs("</g>", writer->out);
}

/* The colour of a mark, apart from it. */
static bool take_colour(struct svg_element *mark, char *colour)
{
    for (size_t i = 0; i < mark->count; i++)
        if (!strcmp(mark->attributes[i].name, "color")) {
            memcpy(colour, mark->attributes[i].value, SVG_VALUE_BYTES);
            mark->attributes[i] = mark->attributes[--mark->count];
            return true;
        }
    return false;
}

void svg_writer_put(struct svg_writer *writer, const struct svg_element *element)
{
    struct svg_element reduced = reduce(&writer->levels[writer->depth], element);
    char colour[SVG_VALUE_BYTES] = "";
    if (!strcmp(element->name, "use"))
        take_colour(&reduced, colour);
    if (strcmp(colour, writer->mark_colour))
        end_marks(writer);
    flush(writer);
    if (*colour && !*writer->mark_colour) {
        fprintf(writer->out, "<g color=\"%s\">", colour);
        memcpy(writer->mark_colour, colour, sizeof colour);
    }
    put_tag(&reduced, "/>", writer->out);
}

void svg_writer_text(struct svg_writer *writer)
{
    end_marks(writer);
    flush(writer);
}
