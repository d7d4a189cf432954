/* SPDX-License-Identifier: MIT
 *
 * Ratios to a reference with their intervals (a chart), and where the region loses.
 */
#include "harness/common/sentence.h"
#include "harness/evaluate/region_losses.h"
#include "harness/report/report_parts.h"

#include <errno.h>

enum { LOSSES_MAX = 40 };

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
    snprintf(heading, sizeof heading, "%swhere the region loses", prefix);
    page->ops->heading(page, heading);
    page->ops->paragraph(page, losses.summary);
    if (shown)
        page->ops->list(page, items, shown);
    page->ops->note(page,
                    "make losses measures what a reserved region is known to be bad at: many threads, many "
                    "small arrays, tables made again, fork.");
    region_losses_free(&losses);
}

void report_put_ratios(const struct report *report, struct page *page)
{
    char prefix[REPORT_NAME_BYTES + 8];
    report_put_charts(report, REPORT_RATIOS, page);
    for (size_t i = 0; i < report->count; i++) {
        report_prefix(report, &report->runs[i], prefix);
        put_losses(&report->runs[i], prefix, page);
    }
}
