/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/summary_pages.h"

#include <math.h>
#include <string.h>

enum { LINE_BYTES = 110 };

/* Of a row that came to its end; NaN = not known. In its modes, the larger. */
static double share_of(const struct results *results, const struct summary_row *row)
{
    return row->bad ? NAN : results_joined_median(results, &row->any->cell, COUNTER_huge_page_ratio);
}

static bool is_huge(double share)
{
    return share >= 0.005; /* what does not round to 0 % */
}

/* Its allocator, and what tells it from the other rows of its table. */
static void print_share(const struct summary_row *row, double share, bool first, int *column, FILE *out)
{
    char options[CELL_ID_BYTES], item[CELL_ID_BYTES + CELL_NAME_BYTES + 16];
    cell_format_options(&row->any->cell, SUMMARY_ROW_AXES & ~(1u << CELL_AXIS_mode), options, sizeof options);
    int length = snprintf(item, sizeof item, "%s%s %.0f %%", row->any->cell.allocator, options, share * 100);
    bool wraps = !first && *column + 2 + length > LINE_BYTES;
    fprintf(out, "%s%s", first ? " " : wraps ? ",\n     " : ", ", item);
    *column = wraps ? 5 + length : *column + 2 + length;
}

static void print_tables(const struct results *results, const struct summary_rows *rows, FILE *out)
{
    const char *table = NULL;
    int column = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct summary_row *row = &rows->items[i];
        double share = share_of(results, row);
        if (isnan(share))
            continue;
        bool first = !table || strcmp(table, row->any->cell.table);
        table = row->any->cell.table;
        if (first)
            column = fprintf(out, "\n    %s:", table) - 1;
        print_share(row, share, first, &column, out);
    }
    fputc('\n', out);
}

void summary_pages_print(const struct results *results, const struct summary_rows *rows, FILE *out)
{
    bool any = false, known = false;
    for (size_t i = 0; i < rows->count; i++) {
        double share = share_of(results, &rows->items[i]);
        known |= !isnan(share);
        any |= is_huge(share);
    }
    if (!known)
        return;
    enum page_policy policy = rows->items[0].any->cell.thp;
    const char *asked = policy == PAGE_POLICY_ALWAYS  ? " (thp:always asks for them)"
                        : policy == PAGE_POLICY_NEVER ? " (thp:never forbids them)"
                                                      : "";
    if (any) {
        fprintf(out, "  of the process's memory, in huge pages at the end%s:", asked);
        print_tables(results, rows, out);
    } else if (policy != PAGE_POLICY_SYSTEM) {
        fprintf(out, "  in huge pages at the end: nothing, in any row%s\n", asked);
    }
}
