/* SPDX-License-Identifier: MIT */
#include "harness/request/spec_range.h"

#include "harness/common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char separator[] = "..";

bool spec_range_is(const char *text)
{
    return strstr(text, separator) != NULL;
}

/* Splits a copy of the text; a part that is missing comes out empty, which is no number. */
static void split(char *text, const char **from, const char **to, const char **steps)
{
    char *dots = strstr(text, separator), *slash = strchr(dots, '/');
    *dots = 0;
    *from = text;
    *to = dots + strlen(separator);
    *steps = slash ? slash + 1 : "";
    if (slash)
        *slash = 0;
}

static int fill(const char *text, uint64_t first, uint64_t last, uint64_t steps, struct spec_numbers *numbers,
                char *error)
{
    uint64_t before = first;
    for (uint64_t i = 1; i <= steps; i++) {
        /* The last one exactly; a double holds all below it to the entry as far as CELL_ENTRIES_MAX. */
        uint64_t value = i == steps ? last : cell_entries_at(first, (double)last / (double)first, i, steps);
        if (value <= before)
            return sentence_fail(error, EINVAL,
                                 "entries '%.60s' would have %" PRIu64
                                 " twice: fewer steps, or ends that are further apart",
                                 text, value);
        numbers->items[numbers->count++] = before = value;
    }
    return 0;
}

int spec_range_parse(const char *text, struct spec_numbers *numbers, char *error)
{
    char copy[CELL_VALUE_BYTES * 3] = "";
    const char *from, *to, *steps;
    numbers->count = 0;
    uint64_t first, last, count;
    if (strlen(text) < sizeof copy)
        memcpy(copy, text, strlen(text) + 1);
    else
        return sentence_fail(error, EINVAL, "entries '%.60s...' is too long for a range", text);
    split(copy, &from, &to, &steps);
    if (units_parse_count(from, &first) || units_parse_count(to, &last) || units_parse_count(steps, &count))
        return sentence_fail(
            error, EINVAL, "entries '%.60s' is no range: write FROM..TO/STEPS, such as 2^21..2^22/16", text);
    if (last > CELL_ENTRIES_MAX)
        return sentence_fail(error, EINVAL, "entries '%.60s' is too large: at most %" PRIu64, text,
                             (uint64_t)CELL_ENTRIES_MAX);
    if (first >= last)
        return sentence_fail(error, EINVAL,
                             "entries '%.60s' does not rise: write the smaller end first, such as "
                             "2^21..2^22/16",
                             text);
    if (count > SPEC_LIST_MAX)
        return sentence_fail(error, EINVAL, "entries '%.60s' has too many steps: at most %d", text,
                             SPEC_LIST_MAX);
    return fill(text, first, last, count, numbers, error);
}
