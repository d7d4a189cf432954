/* SPDX-License-Identifier: MIT */
#include "harness/report/report.h"

#include "harness/common/clock.h"
#include "harness/common/files.h"
#include "harness/report/report_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Of a figure. One of a full matrix has hundreds of lines: there more points make the page slow and nothing clearer. */
enum { POINTS_MAX = 12000, POINTS_MAX_CROWDED = 5000, CROWDED = 200 };

/* ---- what is written ---- */

/* Of several runs: which letter is whose in the charts. */
static void put_names(const struct report *report, struct page *page)
{
    char line[REPORT_NAME_BYTES + RESULTS_FOLDER_BYTES + 16];
    for (size_t i = 0; i < report->count && report->count > 1; i++) {
        snprintf(line, sizeof line, "%s: %s, in %s", report->runs[i].letter, report->runs[i].name,
                 report->runs[i].given);
        page->ops->paragraph(page, line);
    }
}

static bool always(const struct report *report)
{
    (void)report;
    return true;
}

/* A section whose charts answer one question. */
#define CHARTS(name, part)                                                                                   \
    static bool has_##name(const struct report *report)                                                      \
    {                                                                                                        \
        return report_has_charts(report, part);                                                              \
    }                                                                                                        \
    static void put_##name(const struct report *report, struct page *page)                                   \
    {                                                                                                        \
        report_put_charts(report, part, page);                                                               \
    }
CHARTS(decision, REPORT_DECISION)
CHARTS(memory, REPORT_MEMORY)
CHARTS(pauses, REPORT_PAUSES)
CHARTS(moves, REPORT_MOVES)
CHARTS(speed, REPORT_SPEED)
#undef CHARTS

/* In the order of a reviewer's questions. */
static const struct {
    const char *id, *heading;
    bool (*is_there)(const struct report *report);
    void (*put)(const struct report *report, struct page *page);
} sections[] = {
    {"answer", "The answer", always, report_put_answer},
    {"decision", "The deciding chart", has_decision, put_decision},
    {"cells", "Every cell", always, report_put_tables},
    {"memory", "Memory over entries", has_memory, put_memory},
    {"pauses", "Pauses", has_pauses, put_pauses},
    {"addresses", "Addresses", has_moves, put_moves},
    {"side-by-side", "Memory, stalls and speed side by side", has_speed, put_speed},
    {"ratios", "Ratios, and where the region loses", always, report_put_ratios},
    {"beside", "Beside this run", report_has_beside, report_put_beside},
    {"environment", "How it was measured, and where", always, report_put_environment},
};

enum { SECTION_COUNT = sizeof sections / sizeof *sections };

static void put_contents(const struct report *report, struct page *page)
{
    struct page_link links[SECTION_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (sections[i].is_there(report))
            links[count++] = (struct page_link){sections[i].id, sections[i].heading};
    page->ops->contents(page, links, count);
}

static void put_all(const struct report *report, struct page *page)
{
    char title[REPORT_NAME_BYTES + 64], subtitle[200], when[40];
    clock_format_utc(when, sizeof when, "%Y-%m-%d %H:%M UTC");
    if (report->count == 1)
        snprintf(title, sizeof title, "Growbench: %s", report->runs[0].name);
    else
        snprintf(title, sizeof title, "Growbench: %zu runs side by side", report->count);
    snprintf(subtitle, sizeof subtitle,
             "Memory allocators under growing hash tables: peak memory, longest stalls, addresses that move. "
             "Made %s.",
             when);
    page->ops->begin(page, title, subtitle);
    put_names(report, page);
    put_contents(report, page);
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (sections[i].is_there(report)) {
            page->ops->section(page, sections[i].id, sections[i].heading);
            sections[i].put(report, page);
        }
    page->ops->end(page);
}

static int fail_to_write(const char *path, int number, char *error)
{
    return sentence_fail(error, number, "cannot write '%.1000s': %s", path, strerror(number));
}

/* Neither is renamed before both are complete. */
static int write_files(const struct report *report, const char *style, char *error)
{
    struct files_output html, markdown;
    char path[RESULTS_PATH_BYTES];
    snprintf(path, sizeof path, "%.1000s/report.html", report->folder);
    int failed = files_begin(&html, path);
    if (failed)
        return fail_to_write(path, failed, error);
    struct page page = page_html(html.stream, style, error);
    *error = 0;
    put_all(report, &page);
    snprintf(path, sizeof path, "%.1000s/report.md", report->folder);
    failed = *error ? EIO : files_begin(&markdown, path);
    if (failed) {
        files_abandon(&html);
        return *error ? failed : fail_to_write(path, failed, error);
    }
    page = page_markdown(markdown.stream, error);
    put_all(report, &page);
    if (*error) {
        files_abandon(&html);
        files_abandon(&markdown);
        return EIO;
    }
    failed = files_commit(&markdown);
    if (failed) {
        files_abandon(&html);
        return fail_to_write(path, failed, error);
    }
    failed = files_commit(&html);
    snprintf(path, sizeof path, "%.1000s/report.html", report->folder);
    return failed ? fail_to_write(path, failed, error) : 0;
}

/* ---- what is drawn ---- */

static int copy_file(const char *from, const char *to)
{
    struct files_output output;
    char *text = files_read(from);
    if (!text)
        return errno ? errno : EIO;
    int error = files_begin(&output, to);
    if (!error) {
        fputs(text, output.stream);
        error = files_commit(&output);
    }
    free(text);
    return error;
}

/* The scripts go with the data, so that a picture can be drawn again, or otherwise, without this program. */
static int copy_scripts(const char *scripts, const char *folder, char *error)
{
    char target[RESULTS_PATH_BYTES];
    snprintf(target, sizeof target, "%.1000s/plots/scripts", folder);
    int failed = files_make_folders(target);
    DIR *entries = failed ? NULL : opendir(scripts);
    if (!failed && !entries)
        failed = errno;
    for (struct dirent *entry; !failed && (entry = readdir(entries));) {
        const size_t length = strlen(entry->d_name);
        char from[RESULTS_PATH_BYTES], to[RESULTS_PATH_BYTES + 256];
        if (length < 4 || strcmp(entry->d_name + length - 3, ".gp"))
            continue;
        snprintf(from, sizeof from, "%.1000s/%.250s", scripts, entry->d_name);
        snprintf(to, sizeof to, "%.1000s/%.250s", target, entry->d_name);
        failed = copy_file(from, to);
    }
    if (entries)
        closedir(entries);
    return failed ? sentence_fail(error, failed, "cannot copy the gnuplot scripts to '%.1000s': %s", target,
                                  strerror(failed))
                  : 0;
}

static int draw(struct report *report, const struct report_options *options, char *error)
{
    const char **folders = calloc(2 * report->count, sizeof *folders), **names = folders + report->count;
    if (!folders)
        return sentence_fail(error, ENOMEM, "no memory for the charts");
    size_t cells = 0;
    for (size_t i = 0; i < report->count; i++) {
        cells += report->runs[i].items.count;
        folders[i] = report->runs[i].folder;
        names[i] = report->runs[i].letter;
    }
    report->is_crowded = cells > CROWDED;
    const struct plot_options plot = {
        .script_folder = options->script_folder,
        .folder = report->folder,
        .names = names,
        .panels = true,
        .wish = {.points_max = report->is_crowded ? POINTS_MAX_CROWDED : POINTS_MAX,
                 .reference = report->reference}};
    const int failed = plot_draw(folders, report->count, &plot, NULL, &report->drawn, error);
    free(folders);
    return failed ? failed : copy_scripts(options->script_folder, report->folder, error);
}

/* ---- the whole ---- */

static int settle_folder(const struct report *report, const struct report_options *options, char *folder,
                         char *error)
{
    char stamp[40];
    clock_format_utc(stamp, sizeof stamp, "%Y-%m-%dT%H%M%SZ");
    if (options->out)
        snprintf(folder, RESULTS_FOLDER_BYTES, "%.1000s", options->out);
    else if (report->count == 1)
        snprintf(folder, RESULTS_FOLDER_BYTES, "%.1000s", report->runs[0].given);
    else
        snprintf(folder, RESULTS_FOLDER_BYTES, "%.900s/../report-%s", report->runs[0].given, stamp);
    const int failed = files_make_folders(folder);
    if (failed)
        return sentence_fail(error, failed, "cannot make the folder '%.1000s': %s", folder, strerror(failed));
    if (access(folder, W_OK | X_OK))
        return sentence_fail(error, errno, "cannot write into '%.1000s': %s (--out=DIR puts it elsewhere)",
                             folder, strerror(errno));
    return 0;
}

/* What cannot be written is EIO, whatever the reason: the run is none the worse for it. */
static int of_output(int failed)
{
    return failed && failed != EBADMSG ? EIO : failed;
}

/* Two at once would take each other's pictures away. Held until the descriptor is closed. */
static int lock_folder(const char *folder, int *fd, char *error)
{
    char plots[RESULTS_PATH_BYTES]; /* the folder itself is locked by a run that writes into it */
    snprintf(plots, sizeof plots, "%.1000s/plots", folder);
    int failed = files_make_folders(plots);
    if (!failed && (*fd = open(plots, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        failed = errno;
    if (failed)
        return sentence_fail(error, failed, "cannot make the folder '%.1000s': %s", plots, strerror(failed));
    if (flock(*fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        return sentence_fail(error, EWOULDBLOCK, "another report is being written into '%.1000s'", folder);
    return 0;
}

static bool has_allocator(const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->count; i++)
        for (size_t j = 0; j < report->runs[i].items.count; j++)
            if (!strcmp(report->runs[i].items.items[j].cell.allocator, name))
                return true;
    return false;
}

int report_write(const char *const *folders, size_t count, const struct report_options *options,
                 FILE *terminal, char *written, char *error)
{
    char path[RESULTS_PATH_BYTES];
    if (count > REPORT_RUNS_MAX)
        return sentence_fail(error, EINVAL, "a report lays up to %d runs side by side, not %zu",
                             REPORT_RUNS_MAX, count);
    struct report report = {.runs = calloc(count + 1, sizeof *report.runs), .reference = options->reference};
    if (!report.runs)
        return sentence_fail(error, ENOMEM, "no memory for the report");
    snprintf(path, sizeof path, "%.1000s/report.css", options->script_folder);
    char *style = files_read(path);
    int failed = style ? 0 : sentence_fail(error, ENOENT, "no style sheet '%.1000s'", path);
    for (; report.count < count && !failed; report.count++)
        failed = report_input_load(folders[report.count], &report.runs[report.count], error);
    if (!failed && options->reference && !has_allocator(&report, options->reference))
        failed = sentence_fail(error, EINVAL, "no allocator '%.100s' in '%.1000s' that ratios could be to",
                               options->reference, folders[0]);
    report_inputs_name(&report);
    if (!failed)
        failed = of_output(settle_folder(&report, options, written, error));
    report.folder = written;
    int lock_fd = -1;
    if (!failed)
        failed = of_output(lock_folder(written, &lock_fd, error));
    if (!failed)
        failed = of_output(draw(&report, options, error));
    if (!failed)
        failed = of_output(write_files(&report, style, error));
    if (!failed && terminal)
        report_print(&report, terminal);
    if (lock_fd >= 0)
        close(lock_fd);
    plot_drawings_free(&report.drawn);
    for (size_t i = 0; i < report.count; i++)
        report_input_free(&report.runs[i]);
    free(report.runs);
    free(style);
    return failed;
}
