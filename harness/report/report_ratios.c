/* SPDX-License-Identifier: MIT
 *
 * Ratios to a reference with their intervals, and where the region loses.
 */
#include "harness/common/sentence.h"
#include "harness/evaluate/ratios.h"
#include "harness/evaluate/region_losses.h"
#include "harness/evaluate/summary_text.h"
#include "harness/report/report_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { LOSSES_MAX = 40 };

static enum page_mark mark_of(const struct ratio *ratio, enum ratios_metric metric)
{
    const enum ratios_verdict good = ratios_larger_is_better[metric] ? RATIOS_MORE : RATIOS_LESS;
    return ratio->verdict == RATIOS_ABSENT || ratio->verdict == RATIOS_NOT_APART ? PAGE_MUTED
           : ratio->verdict == good                                              ? PAGE_BEST
                                                                                 : PAGE_WORST;
}

static void put_table(const struct report_run *run, const char *reference, const char *prefix,
                      struct page *page)
{
    struct page_column columns[RATIOS_METRICS + 2] = {{"table", false}, {"allocator", false}};
    struct ratios ratios;
    struct report_grid grid;
    char caption[REPORT_NAME_BYTES + 200], label[SUMMARY_LABEL_BYTES], text[RATIOS_TEXT_BYTES];
    const int failed = ratios_make(&run->items, reference, &ratios);
    if (failed == ENOENT)
        return;
    if (failed && !*page->error)
        sentence_fail(page->error, failed, "no memory for the ratios of the report");
    for (int m = 0; m < RATIOS_METRICS; m++)
        columns[m + 2].title = ratios_metric_names[m];
    report_grid_begin(&grid, columns, RATIOS_METRICS + 2);
    for (size_t i = 0; !failed && i < ratios.count; i++) {
        const struct ratios_row *row = &ratios.items[i];
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", summary_text_table(row->any, label));
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", summary_text_allocator(row->any, true, label));
        for (int m = 0; m < RATIOS_METRICS; m++) {
            const struct ratio *ratio = &row->metrics[m];
            /* "Best" and "worst" are said of a whole table; here a colour is enough beside the word. */
            const enum page_mark mark = mark_of(ratio, (enum ratios_metric)m);
            report_grid_add(&grid, mark == PAGE_MUTED ? PAGE_MUTED : PAGE_PLAIN, 1, "%s",
                            ratio->verdict == RATIOS_ABSENT ? "-" : ratios_format(ratio, text));
        }
    }
    snprintf(caption, sizeof caption, "%sratio to %s: geometric mean (95 %% interval)", prefix,
             ratios.reference);
    report_grid_put(&grid, caption, page);
    ratios_free(&ratios);
}

static void put_losses(const struct report_run *run, const char *prefix, struct page *page)
{
    struct region_losses losses;
    const char *items[LOSSES_MAX];
    char more[96], heading[REPORT_NAME_BYTES + 40];
    if (region_losses_make(&run->items, &losses)) {
        if (!*page->error)
            sentence_fail(page->error, ENOMEM, "no memory for the losses of the report");
        return;
    }
    size_t shown = losses.count < LOSSES_MAX ? losses.count : LOSSES_MAX - 1;
    for (size_t i = 0; i < shown; i++)
        items[i] = losses.items[i].text;
    if (shown < losses.count) {
        snprintf(more, sizeof more, "and %zu more, which the tables of cells have", losses.count - shown);
        items[shown++] = more;
    }
    if (losses.contest_count) {
        snprintf(heading, sizeof heading, "%swhere the region loses", prefix);
        page->ops->heading(page, heading);
        page->ops->paragraph(page, losses.summary);
        if (shown)
            page->ops->list(page, items, shown);
        page->ops->note(
            page, "make losses measures what a reserved region is known to be bad at: many threads, many "
                  "small arrays, tables made again, fork.");
    }
    region_losses_free(&losses);
}

void report_put_ratios(const struct report *report, struct page *page)
{
    char prefix[REPORT_NAME_BYTES + 8];
    page->ops->section(page, "ratios", "Ratios, and where the region loses");
    report_put_charts(report, REPORT_RATIOS, page);
    for (size_t i = 0; i < report->count; i++) {
        report_prefix(report, &report->runs[i], prefix);
        put_table(&report->runs[i], report->reference, prefix, page);
        put_losses(&report->runs[i], prefix, page);
    }
}
