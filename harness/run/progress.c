/* SPDX-License-Identifier: MIT */
#include "harness/run/progress.h"

#include "harness/common/clock.h"
#include "harness/common/units.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double plain_interval_seconds = 15;

void progress_start(struct progress *p, FILE *out, bool quiet, size_t total)
{
    *p = (struct progress){.out = quiet ? NULL : out, .total = total, .start_seconds = clock_seconds()};
    p->redraws = p->out && isatty(fileno(out));
    p->next_plain_seconds = p->start_seconds + plain_interval_seconds;
}

static void clear_line(struct progress *p)
{
    if (p->line_open)
        fputs("\r\033[K", p->out);
    p->line_open = false;
}

void progress_say(struct progress *p, const char *format, ...)
{
    if (!p->out)
        return;
    clear_line(p);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(p->out, format, arguments);
    va_end(arguments);
    fputc('\n', p->out);
    fflush(p->out);
}

/* One line, cut to the terminal so that it can be redrawn. */
static void show(struct progress *p, const char *line)
{
    double now_seconds = clock_seconds();
    if (p->redraws) {
        struct winsize size;
        int width = !ioctl(fileno(p->out), TIOCGWINSZ, &size) && size.ws_col > 10 ? size.ws_col - 1 : 79;
        fprintf(p->out, "\r\033[K%.*s", width, line);
        p->line_open = true;
    } else if (now_seconds >= p->next_plain_seconds) {
        fprintf(p->out, "%s\n", line);
        p->next_plain_seconds = now_seconds + plain_interval_seconds;
    }
    fflush(p->out);
}

void progress_tick(struct progress *p, const struct cell *cell, uint64_t entry_count, uint64_t rss_bytes)
{
    if (!p->out)
        return;
    char id[CELL_ID_BYTES], line[CELL_ID_BYTES + 200], left[UNITS_TEXT_BYTES] = "?", rss[UNITS_TEXT_BYTES],
                                                       entries[UNITS_TEXT_BYTES];
    double elapsed_seconds = clock_seconds() - p->start_seconds;
    if (p->done)
        units_format_clock(left, elapsed_seconds / (double)p->done * (double)(p->total - p->done));
    /* The id last: it is the longest, and a terminal may cut it. */
    snprintf(line, sizeof line, "%zu of %zu done, about %s left | %s entries, %s | %s", p->done, p->total,
             left, units_format_count(entries, (double)entry_count),
             units_format_bytes(rss, (double)rss_bytes), cell_format_id(cell, id));
    show(p, line);
}

void progress_note(struct progress *p, const char *format, ...)
{
    char line[CELL_ID_BYTES + 200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (p->out)
        show(p, line);
}

void progress_share(struct progress *p, const char *what, uint64_t done_bytes, uint64_t total_bytes)
{
    if (!p->out)
        return;
    char line[200], done[UNITS_TEXT_BYTES], total[UNITS_TEXT_BYTES];
    snprintf(line, sizeof line, "%s: %s of %s", what, units_format_bytes(done, (double)done_bytes),
             units_format_bytes(total, (double)total_bytes));
    show(p, line);
}

/* The figures of one process in a line; what it could not measure is left out. */
static void format_figures(char *line, size_t size, const double *counters)
{
    char text[UNITS_TEXT_BYTES];
    size_t used = 0;
    *line = 0;
    const double worst = counters[COUNTER_worst_rss_ratio], longest = counters[COUNTER_insert_max_ns];
    const double speed = counters[COUNTER_items_per_second];
    if (!isnan(worst))
        used += (size_t)snprintf(line + used, size - used, "  memory %.2fx payload", worst);
    if (!isnan(longest))
        used += (size_t)snprintf(line + used, size - used, "  longest insert %s",
                                 units_format_duration(text, longest));
    if (!isnan(speed))
        snprintf(line + used, size - used, "  %s/s", units_format_count(text, speed));
}

void progress_done(struct progress *p, const struct cell *cell, enum record_status status,
                   const char *message, const double *counters)
{
    p->done++;
    if (!p->out)
        return;
    char id[CELL_ID_BYTES], figures[RECORD_MESSAGE_BYTES + 40];
    if (status == RECORD_OK)
        format_figures(figures, sizeof figures, counters);
    else
        snprintf(figures, sizeof figures, "  %s: %s", record_status_names[status], message);
    progress_say(p, "[%zu/%zu] %s%s", p->done, p->total, cell_format_id(cell, id), figures);
}

void progress_end(struct progress *p)
{
    if (p->out)
        clear_line(p);
}
