/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/summary_text.h"

#include <math.h>
#include <string.h>

char *summary_text_value(const struct summary_row *row, const struct summary_column_row *column, double value,
                         char *text)
{
    const char *name = counter_names[column->counter];
    size_t length = strlen(name);
    if (isnan(value))
        snprintf(text, UNITS_TEXT_BYTES, "-");
    else if (length > 3 && !strcmp(name + length - 3, "_ns"))
        units_format_duration(text, value);
    else if (length > 6 && !strcmp(name + length - 6, "_bytes")) {
        char bytes[UNITS_TEXT_BYTES];
        bool is_estimate = column->counter == COUNTER_limit_needed_bytes && row->limit_is_estimate;
        snprintf(text, UNITS_TEXT_BYTES, "%s%.20s", is_estimate ? "~" : "", units_format_bytes(bytes, value));
    } else if (length > 6 && !strcmp(name + length - 6, "_ratio"))
        snprintf(text, UNITS_TEXT_BYTES, "%.2f", value);
    else
        units_format_count(text, value);
    bool needs_resolution =
        column->counter == COUNTER_stall_max_ns || column->counter == COUNTER_utilisation_100ms_ratio;
    length = strlen(text);
    if (needs_resolution && !isnan(value) && !summary_is_resolved(row))
        snprintf(text + length, UNITS_TEXT_BYTES - length, "?");
    return text;
}

char *summary_text_table(const struct result *any, char *label)
{
    snprintf(label, SUMMARY_LABEL_BYTES, "%s%s%s", any->cell.table, *any->table_version ? " " : "",
             any->table_version);
    return label;
}

char *summary_text_allocator(const struct result *any, bool says_cold, char *label)
{
    bool says_heap = any->cell.heap != CELL_COLD || says_cold;
    char options[CELL_ID_BYTES];
    cell_format_options(&any->cell, SUMMARY_ROW_OPTIONS, options, sizeof options);
    const char *version = any->allocator_is_malloc ? any->allocator_version : ""; /* a user's has none */
    snprintf(label, SUMMARY_LABEL_BYTES, "%s%s%s%s%s%.200s%s", any->cell.allocator, *version ? " " : "",
             version, says_heap ? " " : "", says_heap ? cell_heap_names[any->cell.heap] : "", options,
             any->is_reference ? " (ref)" : "");
    return label;
}
