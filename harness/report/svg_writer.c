/* SPDX-License-Identifier: MIT */
#include "harness/report/svg_writer.h"

#include <string.h>

/* What is handed down, and what it is where nobody says. The style sheet says the same of the <svg>. */
static const struct {
    const char *name, *value;
} inherited[] = {{"fill", "none"},         {"stroke", "currentColor"}, {"color", "c0"},
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

/* "c12" and "t12" are colours of the page, and classes of its style: 's' for strokes, 'f' for fills, 'k' for what
 * currentColor is. */
static char class_letter(const struct svg_attribute *attribute)
{
    const bool is_number = (*attribute->value == 'c' || *attribute->value == 't') &&
                           attribute->value[1] >= '0' && attribute->value[1] <= '9';
    return !is_number                           ? 0
           : !strcmp(attribute->name, "stroke") ? 's'
           : !strcmp(attribute->name, "fill")   ? 'f'
           : !strcmp(attribute->name, "color")  ? 'k'
                                                : 0;
}

static void put_tag(const struct svg_element *element, const char *end, FILE *out)
{
    size_t classes = 0;
    fprintf(out, "<%s", element->name);
    for (size_t i = 0; i < element->count; i++) {
        const struct svg_attribute *attribute = &element->attributes[i];
        if (class_letter(attribute))
            fprintf(out, "%s%c%s", classes++ ? " " : " class=\"", class_letter(attribute), attribute->value);
    }
    if (classes)
        fputs("\"", out);
    for (size_t i = 0; i < element->count; i++) {
        const struct svg_attribute *attribute = &element->attributes[i];
        if (!class_letter(attribute))
            fprintf(out, " %s=\"%s\"", attribute->name,
                    attribute->long_value ? attribute->long_value : attribute->value);
    }
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
    if (writer->mark_scale > 0)
        fputs("</g>", writer->out);
    writer->mark_scale = 0;
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

/* A group that only says where its text stands and how it looks: the text says it itself. */
static struct svg_element merge(const struct svg_element *group, const struct svg_element *text)
{
    struct svg_element merged = *text;
    for (size_t i = 0; i < group->count && merged.count + 1 < SVG_ATTRIBUTES_MAX; i++) {
        const struct svg_attribute *attribute = &group->attributes[i];
        double x, y;
        int length = 0;
        if (!strcmp(attribute->name, "transform") &&
            sscanf(attribute->value, "translate(%lf,%lf)%n", &x, &y, &length) == 2 &&
            !attribute->value[length]) {
            struct svg_attribute *place = &merged.attributes[merged.count];
            merged.count += 2;
            place[0] = (struct svg_attribute){.name = "x"};
            place[1] = (struct svg_attribute){.name = "y"};
            snprintf(place[0].value, SVG_VALUE_BYTES, "%.1f", x);
            snprintf(place[1].value, SVG_VALUE_BYTES, "%.1f", y);
        } else if (strcmp(attribute->name, "stroke")) { /* the style sheet strokes no text */
            merged.attributes[merged.count++] = *attribute;
        }
    }
    return merged;
}

void svg_writer_open(struct svg_writer *writer, const struct svg_element *element)
{
    end_marks(writer);
    if (writer->depth + 1 == SVG_DEPTH_MAX) {
        writer->failed = true;
        return;
    }
    struct svg_level *outer = &writer->levels[writer->depth], *level = outer + 1;
    *level = *outer;
    level->is_group = !strcmp(element->name, "g");
    level->group = reduce(outer, element);
    for (size_t i = 0; i < element->count; i++) {
        const size_t index = inherited_index(element->attributes[i].name);
        if (index < INHERITED)
            memcpy(level->values[index], element->attributes[i].value, SVG_VALUE_BYTES);
    }
    if (!level->is_group) {
        const bool is_merged =
            writer->depth && outer->is_group && !outer->is_written && !strcmp(element->name, "text");
        writer->depth -= is_merged; /* the group stays unwritten */
        flush(writer);
        writer->depth += is_merged;
        level->group = is_merged ? merge(&outer->group, &level->group) : level->group;
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
static void take_colour(const struct svg_level *level, struct svg_element *mark, char *colour)
{
    memcpy(colour, level->values[inherited_index("color")], SVG_VALUE_BYTES);
    for (size_t i = 0; i < mark->count; i++)
        if (!strcmp(mark->attributes[i].name, "color")) {
            memcpy(colour, mark->attributes[i].value, SVG_VALUE_BYTES);
            mark->attributes[i] = mark->attributes[--mark->count];
            return;
        }
}

static void put_mark(struct svg_writer *writer, struct svg_element *mark)
{
    char colour[SVG_VALUE_BYTES];
    take_colour(&writer->levels[writer->depth], mark, colour);
    if (writer->mark_scale != mark->scale || strcmp(colour, writer->mark_colour))
        end_marks(writer);
    flush(writer);
    if (!(writer->mark_scale > 0))
        fprintf(writer->out, "<g class=\"k%s\" transform=\"scale(%g)\">", colour, mark->scale);
    memcpy(writer->mark_colour, colour, sizeof colour);
    writer->mark_scale = mark->scale;
    put_tag(mark, "/>", writer->out);
}

void svg_writer_put(struct svg_writer *writer, const struct svg_element *element)
{
    struct svg_element reduced = reduce(&writer->levels[writer->depth], element);
    if (element->scale > 0) {
        reduced.scale = element->scale;
        put_mark(writer, &reduced);
        return;
    }
    end_marks(writer);
    flush(writer);
    put_tag(&reduced, "/>", writer->out);
}

void svg_writer_text(struct svg_writer *writer)
{
    end_marks(writer);
    if (!writer->levels[writer->depth].is_written)
        flush(writer);
}
