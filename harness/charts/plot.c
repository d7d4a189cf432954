/* SPDX-License-Identifier: MIT */
#include "harness/charts/plot.h"

#include "harness/charts/plot_data.h"
#include "harness/charts/plot_groups.h"
#include "harness/charts/plot_table.h"
#include "harness/common/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMMAND_BYTES = 512, SAID_BYTES = 600 };

struct drawing {
    char folder[RESULTS_PATH_BYTES]; /* plots/ of the first run; absolute, as gnuplot works in it */
    char scripts[RESULTS_PATH_BYTES];
    const struct plot_options *options;
    FILE *messages;
    struct plot_drawings *drawn; /* NULL: not wanted */
    char *error;
    int columns, rows;
};

/* ---- gnuplot ---- */

/* No shell, no settings of the user's, no input; both outputs into the pipe. */
static int start_gnuplot(const struct drawing *drawing, char *const *arguments, int output, int diagnostics,
                         pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawn_file_actions_addchdir_np(&actions, drawing->folder);
    if (!error)
        error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&actions, diagnostics, STDERR_FILENO);
    if (!error)
        error = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Hands on the picture in characters, without gnuplot's form feeds, padding and pages of margin. */
static void forward(FILE *pages, FILE *out)
{
    size_t spaces = 0, line_ends = 2;
    for (int c = getc(pages); c != EOF; c = getc(pages)) {
        if (c == ' ') {
            spaces++;
        } else if (c == '\n') {
            if (line_ends++ < 2)
                putc(c, out);
            spaces = 0;
        } else if (c != '\f') {
            fprintf(out, "%*s%c", (int)spaces, "", c);
            spaces = line_ends = 0;
        }
    }
    fflush(out);
}

/* Reads the last of what gnuplot had to say, as one line: before it there may be warnings. */
static void take_diagnostics(FILE *stream, char *said)
{
    if (fseek(stream, -(SAID_BYTES - 1), SEEK_END))
        rewind(stream);
    size_t length = fread(said, 1, SAID_BYTES - 1, stream);
    said[length] = 0;
    for (char *c = said; *c; c++)
        if (*c < ' ')
            *c = ' ';
}

static int run_gnuplot(const struct drawing *drawing, char *const *arguments, const char *figure)
{
    int pipe_fds[2];
    FILE *diagnostics = tmpfile();
    if (!diagnostics || pipe2(pipe_fds, O_CLOEXEC)) {
        int error = errno;
        if (diagnostics)
            fclose(diagnostics);
        return sentence_fail(drawing->error, error, "cannot start gnuplot: %s", strerror(error));
    }
    pid_t child;
    int error = start_gnuplot(drawing, arguments, pipe_fds[1], fileno(diagnostics), &child);
    close(pipe_fds[1]);
    FILE *pages = fdopen(pipe_fds[0], "r");
    if (error) {
        sentence_fail(drawing->error, error,
                      error == ENOENT
                          ? "gnuplot is not installed: `apt-get install gnuplot-nox`, then draw again%s"
                          : "cannot start gnuplot: %s",
                      error == ENOENT ? "" : strerror(error));
    } else {
        if (pages)
            forward(pages, stdout);
        int status;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        char said[SAID_BYTES];
        take_diagnostics(diagnostics, said);
        if (!WIFEXITED(status) || WEXITSTATUS(status))
            error = sentence_fail(drawing->error, EIO, "gnuplot could not draw %s: %s", figure, said);
    }
    if (pages)
        fclose(pages);
    else
        close(pipe_fds[0]);
    fclose(diagnostics);
    return error;
}

/* What goes into a command is made here: words of ours and numbers. Only file names come from outside, and
 * those are arguments of their own. `output` says where the picture goes. */
static int run_script(const struct drawing *drawing, enum plot_figure figure, const char *name,
                      const char *terminal, const char *output)
{
    char command[COMMAND_BYTES], script[RESULTS_PATH_BYTES + 32];
    snprintf(command, sizeof command, "term='%s'; data='data/%s.tsv'; %s; columns=%d; lines=%d", terminal,
             name, output, drawing->columns, drawing->rows);
    snprintf(script, sizeof script, "%s/%s.gp", drawing->scripts, plot_figure_names[figure]);
    char *const arguments[] = {"gnuplot", "--default-settings", "-e", command, script, NULL};
    return run_gnuplot(drawing, arguments, name);
}

/* ---- pictures ---- */

enum { PICTURE_BYTES = RESULTS_PATH_BYTES + 128 };

/* The picture replaces an older one whole or not at all. */
static int draw_picture(const struct drawing *drawing, enum plot_figure figure, const char *name,
                        const char *terminal)
{
    char output[PLOT_NAME_BYTES + 48], from[PICTURE_BYTES], to[PICTURE_BYTES];
    snprintf(output, sizeof output, "file='%s.%s.partial'", name, terminal);
    snprintf(to, sizeof to, "%s/%s.%s", drawing->folder, name, terminal);
    snprintf(from, sizeof from, "%s/%s.%s.partial", drawing->folder, name, terminal);
    int error = run_script(drawing, figure, name, terminal, output);
    if (!error && rename(from, to))
        error = sentence_fail(drawing->error, errno, "cannot write '%s': %s", to, strerror(errno));
    if (error)
        unlink(from);
    return error;
}

/* Panel 0 is the key. `mark` is "." while it is being drawn. */
static const char *name_panel(const struct drawing *drawing, const char *mark, const char *name, size_t panel,
                              char *path)
{
    snprintf(path, PICTURE_BYTES, "%s/panels/%s%s.%zu.svg", drawing->folder, mark, name, panel);
    return path;
}

static void remove_panels(const struct drawing *drawing, const char *mark, const char *name, size_t first)
{
    char path[PICTURE_BYTES];
    while (!unlink(name_panel(drawing, mark, name, first, path)))
        first++;
}

/* How many panels there are is for the script to say. */
static int draw_panels(const struct drawing *drawing, enum plot_figure figure, const char *name,
                       size_t *count)
{
    char output[PLOT_NAME_BYTES + 48], from[PICTURE_BYTES], to[PICTURE_BYTES];
    snprintf(output, sizeof output, "panels='panels/.%s'", name);
    int error = run_script(drawing, figure, name, "svg", output);
    size_t panel = 0;
    while (!error &&
           !rename(name_panel(drawing, ".", name, panel, from), name_panel(drawing, "", name, panel, to)))
        panel++;
    if (!error && errno != ENOENT)
        error = sentence_fail(drawing->error, errno, "cannot write '%s': %s", to, strerror(errno));
    *count = panel ? panel - 1 : 0;
    remove_panels(drawing, ".", name, 0);
    remove_panels(drawing, "", name, panel);
    return error;
}

/* ---- figures ---- */

/* A picture of what is no longer in the run must not stay beside the others. */
static void remove_pictures(const struct drawing *drawing, const char *name)
{
    static const char *const places[][2] = {
        {"", ".svg"}, {"", ".png"}, {"data/", ".tsv"}, {"data/", ".table.tsv"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char path[PICTURE_BYTES];
        snprintf(path, sizeof path, "%s/%s%s%s", drawing->folder, places[i][0], name, places[i][1]);
        unlink(path);
    }
    remove_panels(drawing, "", name, 0);
}

static int list_drawn(const struct drawing *drawing, const struct plot_drawn *figure)
{
    struct plot_drawings *drawn = drawing->drawn;
    if (!drawn)
        return 0;
    struct plot_drawn *larger = realloc(drawn->items, (drawn->count + 1) * sizeof *larger);
    if (!larger)
        return sentence_fail(drawing->error, ENOMEM, "no memory for the list of charts");
    drawn->items = larger;
    drawn->items[drawn->count++] = *figure;
    return 0;
}

static bool is_drawn(const struct drawing *drawing, enum plot_figure figure)
{
    return !drawing->options->terminal || figure == PLOT_MEMORY || figure == PLOT_BARS ||
           figure == PLOT_SWEEP_MEMORY || figure == PLOT_DECISION;
}

/* Silence where a figure is not to be expected: a run that is no sweep has no figures of one, and one
 * allocator alone no ratios. */
static bool is_missed(enum plot_figure figure)
{
    return figure != PLOT_SWEEP_MEMORY && figure != PLOT_SWEEP_STALLS && figure != PLOT_RATIOS;
}

static int draw_figure(const struct drawing *drawing, struct plot_drawn *drawn)
{
    if (drawing->options->terminal)
        return run_script(drawing, drawn->figure, drawn->name, "dumb", "file=''");
    int error = draw_picture(drawing, drawn->figure, drawn->name, "svg");
    if (!error)
        error = draw_picture(drawing, drawn->figure, drawn->name, "png");
    if (!drawing->options->panels)
        remove_panels(drawing, "", drawn->name, 0); /* they would be of older data */
    else if (!error)
        error = draw_panels(drawing, drawn->figure, drawn->name, &drawn->panel_count);
    return error ? error : list_drawn(drawing, drawn);
}

static int draw_groups_figure(const struct drawing *drawing, const struct plot_group *groups, size_t count,
                              enum plot_figure figure, const char *suffix)
{
    struct plot_drawn drawn = {.figure = figure,
                               .workload = groups->workload,
                               .entries = figure < PLOT_SIZE_FIGURE_COUNT ? groups->entries : 0};
    char path[PICTURE_BYTES], table[PICTURE_BYTES];
    snprintf(drawn.name, sizeof drawn.name, "%s%s", plot_figure_names[figure], suffix);
    snprintf(path, sizeof path, "%s/data/%s.tsv", drawing->folder, drawn.name);
    if (!is_drawn(drawing, figure))
        return 0;
    bool is_empty;
    int error =
        plot_data_write(groups, count, figure, &drawing->options->wish, path, &is_empty, drawing->error);
    if (error)
        return error;
    if (!is_empty && drawing->options->panels) {
        snprintf(table, sizeof table, "%s/data/%s.table.tsv", drawing->folder, drawn.name);
        error = plot_table_write(groups, count, figure, &drawing->options->wish, table, drawing->error);
        if (error)
            return error;
    }
    if (!is_empty) {
        plot_data_titles(path, drawn.title, sizeof drawn.title, drawn.subtitle, sizeof drawn.subtitle);
        return draw_figure(drawing, &drawn);
    }
    remove_pictures(drawing, drawn.name);
    if (drawing->messages && is_missed(figure))
        fprintf(drawing->messages, "no figure %s: the run holds nothing for it\n", drawn.name);
    return 0;
}

/* The figures of one size; of a sweep's many sizes the largest stands for all. */
static int draw_sizes(const struct drawing *drawing, const struct plot_group *groups, size_t count,
                      bool is_alone)
{
    bool is_sweep = plot_data_is_sweep(groups, count);
    for (size_t i = 0; i < count; i++) {
        char suffix[48] = "";
        if (!is_alone)
            snprintf(suffix, sizeof suffix, "-%s-%" PRIu64, cell_workload_names[groups[i].workload],
                     groups[i].entries);
        for (int figure = 0; figure < PLOT_SIZE_FIGURE_COUNT; figure++) {
            char name[PLOT_NAME_BYTES];
            snprintf(name, sizeof name, "%s%s", plot_figure_names[figure], suffix);
            int error = 0;
            if (is_sweep && i + 1 < count)
                remove_pictures(drawing, name);
            else
                error = draw_groups_figure(drawing, &groups[i], 1, (enum plot_figure)figure, suffix);
            if (error)
                return error;
        }
    }
    if (is_sweep && drawing->messages)
        fprintf(drawing->messages,
                "%s: of %zu sizes only the largest, %" PRIu64 " entries, has figures of its own\n",
                cell_workload_names[groups->workload], count, groups[count - 1].entries);
    return 0;
}

static int draw_workload(const struct drawing *drawing, const struct plot_group *groups, size_t count,
                         size_t group_count)
{
    char suffix[32] = "";
    if (count < group_count)
        snprintf(suffix, sizeof suffix, "-%s", cell_workload_names[groups->workload]);
    int error = draw_sizes(drawing, groups, count, group_count == 1);
    for (int figure = PLOT_SIZE_FIGURE_COUNT; figure < PLOT_FIGURE_COUNT && !error; figure++)
        error = draw_groups_figure(drawing, groups, count, (enum plot_figure)figure, suffix);
    return error;
}

static int draw_groups(const struct drawing *drawing, const struct plot_groups *groups)
{
    if (!groups->count && drawing->messages)
        fprintf(drawing->messages, "no figures: the run holds no results yet\n");
    bool is_mixed = groups->count && groups->items[0].workload != groups->items[groups->count - 1].workload;
    for (int figure = 0; figure < PLOT_FIGURE_COUNT; figure++)
        if (figure < PLOT_SIZE_FIGURE_COUNT ? groups->count > 1 : is_mixed)
            remove_pictures(drawing, plot_figure_names[figure]); /* from when there was one group */
    for (size_t i = 0, end; i < groups->count; i = end) {
        for (end = i + 1; end < groups->count && groups->items[end].workload == groups->items[i].workload;)
            end++;
        int error = draw_workload(drawing, &groups->items[i], end - i, groups->count);
        if (error)
            return error;
    }
    return 0;
}

/* ---- runs ---- */

static int load_runs(const char *const *folders, size_t count, const char *const *names,
                     struct plot_run *runs, char *error)
{
    for (size_t i = 0; i < count; i++) {
        int failed = results_load(folders[i], &runs[i].results, error);
        if (failed)
            return failed;
        char path[RESULTS_PATH_BYTES];
        if (count > 1 && names)
            plot_safe_text(runs[i].name, sizeof runs[i].name, names[i]);
        else if (count > 1 && snprintf(path, sizeof path, "%s", folders[i]) < (int)sizeof path) {
            char *real = realpath(folders[i], NULL);
            plot_safe_text(runs[i].name, sizeof runs[i].name, basename(real ? real : path));
            free(real);
        }
    }
    return 0;
}

/* Characters that fit the terminal, else the page of a report. */
static void measure_terminal(struct drawing *drawing)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    drawing->columns = columns ? atoi(columns) : 0;
    drawing->rows = 30;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col && size.ws_row) {
        drawing->columns = drawing->columns > 0 ? drawing->columns : size.ws_col;
        drawing->rows = size.ws_row - 2;
    }
    if (drawing->columns <= 0)
        drawing->columns = 100;
    drawing->columns = drawing->columns < 60 ? 60 : drawing->columns > 240 ? 240 : drawing->columns;
    drawing->rows = drawing->rows < 20 ? 20 : drawing->rows > 50 ? 50 : drawing->rows;
}

/* Absolute: gnuplot works in another folder. */
static int resolve(const struct drawing *drawing, const char *path, char *absolute)
{
    char *real = realpath(path, NULL);
    if (!real)
        return sentence_fail(drawing->error, errno, "no folder '%.500s' to draw from or into: %s", path,
                             strerror(errno));
    bool fits = snprintf(absolute, RESULTS_PATH_BYTES, "%s", real) < RESULTS_PATH_BYTES;
    free(real);
    return fits ? 0
                : sentence_fail(drawing->error, ENAMETOOLONG, "the path of '%.500s' is too long to draw",
                                path);
}

static int open_drawing(struct drawing *drawing, const char *folder)
{
    char path[RESULTS_PATH_BYTES + 16];
    static const char *const parts[] = {"data", "panels"};
    for (size_t i = 0; i < (drawing->options->panels ? 2 : 1); i++) {
        snprintf(path, sizeof path, "%.900s/plots/%s", folder, parts[i]);
        int error = files_make_folders(path);
        if (error)
            return sentence_fail(drawing->error, error, "cannot make the folder '%s': %s", path,
                                 strerror(error));
    }
    snprintf(path, sizeof path, "%.900s/plots", folder);
    int error = resolve(drawing, drawing->options->script_folder, drawing->scripts);
    return error ? error : resolve(drawing, path, drawing->folder);
}

int plot_draw(const char *const *folders, size_t count, const struct plot_options *options, FILE *messages,
              struct plot_drawings *drawn, char *error)
{
    struct drawing drawing = {.options = options, .messages = messages, .drawn = drawn, .error = error};
    if (drawn)
        *drawn = (struct plot_drawings){0};
    struct plot_groups groups = {0};
    struct plot_run *runs = calloc(count + 1, sizeof *runs);
    if (!runs)
        return sentence_fail(error, ENOMEM, "no memory for the charts");
    int failed = load_runs(folders, count, options->names, runs, error);
    if (!failed && plot_groups_make(runs, count, &groups))
        failed = sentence_fail(error, ENOMEM, "no memory for the charts");
    measure_terminal(&drawing);
    if (!failed && count)
        failed = open_drawing(&drawing, options->folder ? options->folder : folders[0]);
    if (!failed)
        failed = draw_groups(&drawing, &groups);
    plot_groups_free(&groups);
    for (size_t i = 0; i < count; i++)
        results_free(&runs[i].results);
    free(runs);
    return failed;
}

void plot_drawings_free(struct plot_drawings *drawn)
{
    free(drawn->items);
    *drawn = (struct plot_drawings){0};
}

bool plot_find_scripts(char *folder, size_t size)
{
    static const char *const places[] = {"../plots", "../share/growbench/plots"};
    char program[RESULTS_PATH_BYTES], style[RESULTS_PATH_BYTES + 64];
    if (!files_program_folder(program, sizeof program))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(style, sizeof style, "%s/%s/style.gp", program, places[i]);
        if (!access(style, R_OK))
            return snprintf(folder, size, "%s/%s", program, places[i]) < (int)size;
    }
    return false;
}
