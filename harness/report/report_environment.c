/* SPDX-License-Identifier: MIT
 *
 * The machine and the libraries, how it was measured, what the numbers are not, and the commands.
 */
#include "harness/common/shell.h"
#include "harness/common/units.h"
#include "harness/report/report_parts.h"
#include "harness/request/spec_stored.h"
#include "tables/table.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_BYTES = 400, COMMAND_BYTES = 16384, LIBRARIES_MAX = 64 };

static const struct {
    const char *key, *title;
} fields[] = {{"growbench_version", "growbench"},
              {"git_revision", "revision"},
              {"date", "begun"},
              {"cpu_model", "CPU"},
              {"cpu_count", "CPUs"},
              {"virtualization", "virtualization"},
              {"mem_total_bytes", "memory"},
              {"swap_total_bytes", "swap"},
              {"memory_limit_bytes", "memory limit of the session"},
              {"kernel", "kernel"},
              {"page_size_bytes", "page"},
              {"thp_enabled", "transparent huge pages"},
              {"overcommit_memory", "overcommit"},
              {"libc", "C library"},
              {"compiler", "compiler"},
              {"compiler_flags", "its flags"},
              {"aslr", "address randomisation"},
              {"seed", "seed"},
              {"load_avg", "load when it began"},
              {"machine_fingerprint", "fingerprint"}};

static void format_field(const json_t *context, const char *key, char *text)
{
    const json_t *value = json_object_get(context, key);
    const size_t length = strlen(key);
    char bytes[UNITS_TEXT_BYTES];
    if (json_is_string(value))
        snprintf(text, VALUE_BYTES, "%.390s", json_string_value(value));
    else if (json_is_boolean(value))
        snprintf(text, VALUE_BYTES, "%s", json_is_true(value) ? "on" : "off");
    else if (json_is_number(value) && length > 6 && !strcmp(key + length - 6, "_bytes"))
        snprintf(text, VALUE_BYTES, "%s",
                 json_number_value(value) > 0 ? units_format_bytes(bytes, json_number_value(value)) : "none");
    else if (json_is_number(value))
        snprintf(text, VALUE_BYTES, "%.12g", json_number_value(value));
    else if (json_is_array(value) && json_array_size(value) == 3)
        snprintf(text, VALUE_BYTES, "%.2f %.2f %.2f", json_number_value(json_array_get(value, 0)),
                 json_number_value(json_array_get(value, 1)), json_number_value(json_array_get(value, 2)));
    else
        snprintf(text, VALUE_BYTES, "not recorded");
}

static const json_t *context_of(const struct report_run *run)
{
    return run->items.count ? run->items.items[0].context : NULL;
}

/* The largest of a record's settings says enough: they are the same in a run. */
static void format_budget(const struct report_run *run, char *text)
{
    uint64_t budget_bytes = 0, seconds = 0;
    char bytes[UNITS_TEXT_BYTES];
    for (size_t i = 0; i < run->items.count; i++) {
        budget_bytes =
            run->items.items[i].budget_bytes > budget_bytes ? run->items.items[i].budget_bytes : budget_bytes;
        seconds =
            run->items.items[i].timeout_seconds > seconds ? run->items.items[i].timeout_seconds : seconds;
    }
    snprintf(text, VALUE_BYTES, "%s, %llu s", units_format_bytes(bytes, (double)budget_bytes),
             (unsigned long long)seconds);
}

static void put_machines(const struct report *report, struct page *page)
{
    struct page_column columns[REPORT_RUNS_MAX + 1] = {{"", false}};
    struct report_grid grid;
    const size_t count = report->count;
    for (size_t i = 0; i < count; i++)
        columns[i + 1].title = report->runs[i].name;
    report_grid_begin(&grid, columns, count + 1);
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        char first[VALUE_BYTES], text[VALUE_BYTES];
        format_field(context_of(&report->runs[0]), fields[f].key, first);
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", fields[f].title);
        for (size_t i = 0; i < count; i++) {
            format_field(context_of(&report->runs[i]), fields[f].key, text);
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s%s", text, strcmp(first, text) ? " (differs)" : "");
        }
    }
    report_grid_add(&grid, PAGE_PLAIN, 1, "memory budget and time limit of a process");
    for (size_t i = 0; i < count; i++) {
        char text[VALUE_BYTES];
        format_budget(&report->runs[i], text);
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", text);
    }
    report_grid_put(&grid, "The machine and the build", page);
}

/* ---- libraries ---- */

static bool is_same_library(const struct result *a, const struct result *b)
{
    return !strcmp(a->cell.allocator, b->cell.allocator) &&
           !strcmp(a->allocator_sha256, b->allocator_sha256) &&
           !strcmp(a->allocator_version, b->allocator_version);
}

static void put_libraries(const struct report *report, struct page *page)
{
    static const struct page_column columns[] = {{"run", false},     {"allocator", false},
                                                 {"version", false}, {"settings", false},
                                                 {"sha256", false},  {"library", false}};
    struct report_grid grid;
    report_grid_begin(&grid, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < report->count; i++)
        for (size_t j = 0; j < report->runs[i].items.count && grid.row_count < LIBRARIES_MAX; j++) {
            const struct result *r = &report->runs[i].items.items[j];
            bool is_known = !*r->allocator_sha256; /* a cell that was skipped */
            for (size_t k = 0; k < j && !is_known; k++)
                is_known = is_same_library(&report->runs[i].items.items[k], r);
            if (is_known)
                continue;
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s", report->runs[i].name);
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s", r->cell.allocator);
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s", r->allocator_is_malloc ? r->allocator_version : "");
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s", r->allocator_settings);
            report_grid_add(&grid, PAGE_PLAIN, 1, "%.12s", r->allocator_sha256);
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s", r->allocator_path);
        }
    report_grid_put(&grid, "What served the blocks", page);
}

/* ---- who was compared ---- */

/* NULL: a library of the user's. */
static const char *summary_of(const char *name, bool is_table)
{
    for (size_t i = 0; is_table && table_registry[i]; i++)
        if (!strcmp(table_registry[i]->name, name))
            return table_registry[i]->summary;
    for (size_t i = 0; !is_table && allocator_registry[i]; i++)
        if (!strcmp(allocator_registry[i]->name, name))
            return allocator_registry[i]->summary;
    return NULL;
}

static bool is_named_before(const struct report *report, size_t run, size_t index, bool is_table)
{
    const struct cell *own = &report->runs[run].items.items[index].cell;
    for (size_t i = 0; i <= run; i++)
        for (size_t j = 0; j < (i == run ? index : report->runs[i].items.count); j++) {
            const struct cell *cell = &report->runs[i].items.items[j].cell;
            if (!strcmp(is_table ? cell->table : cell->allocator, is_table ? own->table : own->allocator))
                return true;
        }
    return false;
}

static void put_compared(const struct report *report, struct page *page)
{
    static const struct page_column columns[] = {{"name", false}, {"what it is", false}};
    for (int is_table = 0; is_table < 2; is_table++) {
        struct report_grid grid;
        report_grid_begin(&grid, columns, sizeof columns / sizeof *columns);
        for (size_t i = 0; i < report->count; i++)
            for (size_t j = 0; j < report->runs[i].items.count; j++) {
                const struct cell *cell = &report->runs[i].items.items[j].cell;
                const char *name = is_table ? cell->table : cell->allocator,
                           *summary = summary_of(name, is_table);
                if (is_named_before(report, i, j, is_table))
                    continue;
                report_grid_add(&grid, PAGE_PLAIN, 1, "%s", name);
                report_grid_add(&grid, PAGE_PLAIN, 1, "%s", summary ? summary : "a library of the user's");
            }
        report_grid_put(&grid, is_table ? "The tables" : "The allocators", page);
    }
}

/* ---- words ---- */

static void put_method(struct page *page)
{
    static const char *const items[] = {
        "Each repetition is a fresh process, pinned, in random order with the others.",
        "Latencies and speed come from different processes, because timing each operation costs speed.",
        "Memory is VmHWM of each interval, reset at its start, less what was resident before the table: no "
        "peak is too short.",
        "An interval ends when entries have grown by 1/64, and before and after each growth.",
        "Every operation is timed by the time-stamp counter; what the harness itself does is taken out of "
        "the clock.",
        "Hiccups are the gaps of an idle loop on another CPU; a stall below ten times the longest is not "
        "resolved.",
        "Payload is entries x 16 bytes unless said otherwise.",
        "A warm heap has filled and destroyed the table twice before; a busy one also holds 200,000 small "
        "blocks.",
        "The tables' answers are checked against the keys that were inserted: a wrong table is WRONG, never "
        "fast.",
    };
    page->ops->heading(page, "How it was measured");
    page->ops->list(page, items, sizeof items / sizeof *items);
}

static void put_limits(struct page *page)
{
    static const char *const items[] = {
        "Resident memory is what the kernel counts for the process, page tables apart, and not what a "
        "container is charged.",
        "A limit with ~ is an estimate; --find-limit measures it.",
        "Times are of one machine in one session. Across runs they do not compare: growbench duel does that, "
        "in turns.",
        "One process a cell unless repetitions were asked for: a single time says little below a factor of "
        "two.",
        "linear_* and array are ways of growing at their plainest, not the fastest tables there are.",
        "Address randomisation is off in measured processes unless the table above says on.",
    };
    page->ops->heading(page, "What the numbers are not");
    page->ops->list(page, items, sizeof items / sizeof *items);
}

/* Adds an argument; false: there is no room, and half a command would be another one. */
static bool add_argument(char *command, const char *before, const char *argument)
{
    char quoted[4 * RESULTS_FOLDER_BYTES + 8];
    const size_t used = strlen(command);
    const int length = snprintf(command + used, COMMAND_BYTES - used, " %s%s", before,
                                shell_quote(argument, quoted, sizeof quoted));
    return length >= 0 && used + (size_t)length < COMMAND_BYTES;
}

static void put_call(const json_t *list, struct page *page)
{
    char *arguments[SPEC_STORED_MAX];
    char command[COMMAND_BYTES] = "growbench run", clause[SENTENCE_BYTES];
    int count = 0;
    if (!json_is_array(list) || spec_take_call(list, arguments, &count, clause))
        return;
    for (int i = 0; i < count; i++)
        if (!add_argument(command, "", arguments[i]))
            return;
    page->ops->command(page, command);
}

/* Each call that measured into the folder; the later ones with --resume. */
static void put_run_commands(const struct report_run *run, struct page *page)
{
    const json_t *earlier = json_object_get(run->run, "earlier");
    for (size_t i = 0; i < json_array_size(earlier); i++)
        put_call(json_array_get(earlier, i), page);
    put_call(json_object_get(run->run, "arguments"), page);
}

static void put_report_command(const struct report *report, struct page *page)
{
    char command[COMMAND_BYTES] = "growbench report";
    bool fits = !report->reference || add_argument(command, "--reference=", report->reference);
    if (report->count > 1 || strcmp(report->folder, report->runs[0].given)) /* else it is the default */
        fits = fits && add_argument(command, "--out=", report->folder);
    for (size_t i = 0; i < report->count; i++)
        fits = fits && add_argument(command, "", report->runs[i].given);
    if (fits)
        page->ops->command(page, command);
}

static void put_commands(const struct report *report, struct page *page)
{
    char line[RESULTS_FOLDER_BYTES + 200], quoted[4 * RESULTS_FOLDER_BYTES + 8];
    page->ops->heading(page, "Commands");
    page->ops->paragraph(page,
                         "What was measured; where there are several calls, those after the first went on "
                         "with --resume (run folders of older versions keep the last call only):");
    for (size_t i = 0; i < report->count; i++)
        put_run_commands(&report->runs[i], page);
    page->ops->paragraph(
        page, "The pictures and this report from the stored files; one cell under a debugger or "
              "profiler; one picture by hand, in plots/ of the report (below each chart stand its data and "
              "its script):");
    put_report_command(report, page);
    if (report->count && report->runs[0].items.count) {
        snprintf(line, sizeof line, "growbench cell %.600s",
                 shell_quote(report->runs[0].items.items[0].id, quoted, sizeof quoted));
        page->ops->command(page, line);
    }
    if (report->drawn.count) {
        const struct plot_drawn *first = &report->drawn.items[0];
        snprintf(line, sizeof line,
                 "gnuplot -e \"term='svg'; data='data/%s.tsv'; file='%s.svg'; columns=100; lines=30\" "
                 "scripts/%s.gp",
                 first->name, first->name, plot_figure_names[first->figure]);
        page->ops->command(page, line);
    }
}

void report_put_environment(const struct report *report, struct page *page)
{
    put_machines(report, page);
    put_libraries(report, page);
    put_compared(report, page);
    put_method(page);
    put_limits(page);
    put_commands(report, page);
}
