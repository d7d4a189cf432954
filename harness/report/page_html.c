/* SPDX-License-Identifier: MIT
 *
 * The report as one HTML file: no script, no request, nothing outside it.
 */
#include "harness/common/sentence.h"
#include "harness/report/page.h"
#include "harness/report/page_text.h"
#include "harness/report/svg.h"

#include <stdarg.h>
#include <string.h>

enum { PATH_BYTES = 2600, ID_BYTES = 128 };

static const struct {
    const char *class_name, *sign, *word;
} marks[PAGE_MARK_COUNT] = {
    [PAGE_PLAIN] = {"", "", ""},
    [PAGE_BEST] = {"best", "+", "best"},
    [PAGE_WORST] = {"worst", "\u2212", "worst"},
    [PAGE_BAD] = {"bad", "\u00d7", ""},
    [PAGE_MUTED] = {"muted", "", ""},
};

static void put_element(struct page *page, const char *element, const char *text)
{
    fprintf(page->out, "<%s>", element);
    page_text_html(text, page->out);
    fprintf(page->out, "</%.*s>\n", (int)strcspn(element, " "), element);
}

static void begin(struct page *page, const char *title, const char *subtitle)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          /* Behind all escaping: a browser runs nothing of it and asks for nothing. */
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
          "'unsafe-inline'\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n",
          page->out);
    put_element(page, "title", title);
    fprintf(page->out, "<style>\n%s</style>\n</head>\n<body>\n", page->style);
    svg_symbols(page->out);
    fputs("<header>\n", page->out);
    put_element(page, "h1", title);
    put_element(page, "p", subtitle);
    fputs("</header>\n<main>\n", page->out);
}

static void contents(struct page *page, const struct page_link *links, size_t count)
{
    fputs("<nav aria-label=\"Contents\">\n", page->out);
    for (size_t i = 0; i < count; i++) {
        fprintf(page->out, "<a href=\"#%s\">", links[i].id);
        page_text_html(links[i].heading, page->out);
        fputs("</a>\n", page->out);
    }
    fputs("</nav>\n", page->out);
}

static void end_section(struct page *page)
{
    if (page->is_section_open)
        fputs("</section>\n", page->out);
    page->is_section_open = false;
}

static void section(struct page *page, const char *id, const char *heading)
{
    end_section(page);
    fprintf(page->out, "<section id=\"%s\">\n", id);
    put_element(page, "h2", heading);
    page->is_section_open = true;
}

static void heading(struct page *page, const char *text)
{
    put_element(page, "h3", text);
}

static void paragraph(struct page *page, const char *text)
{
    put_element(page, "p", text);
}

static void note(struct page *page, const char *text)
{
    put_element(page, "p class=\"note\"", text);
}

static void list(struct page *page, const char *const *items, size_t count)
{
    fputs("<ul>\n", page->out);
    for (size_t i = 0; i < count; i++)
        put_element(page, "li", items[i]);
    fputs("</ul>\n", page->out);
}

static void put_cell(struct page *page, const struct page_cell *cell, const struct page_table *t,
                     size_t column)
{
    const bool is_head = column == 0, is_number = t->columns[column].is_number && cell->columns <= 1;
    FILE *out = page->out;
    const char *text = cell->text ? cell->text : "", *class_name = marks[cell->mark].class_name;
    fprintf(out, is_head ? "<th scope=\"row\"" : "<td");
    if (cell->columns > 1)
        fprintf(out, " colspan=\"%zu\"", cell->columns);
    if (*class_name || is_number)
        fprintf(out, " class=\"%s%s%s\"", class_name, *class_name && is_number ? " " : "",
                is_number ? "n" : "");
    if (t->stacks && !is_head) {
        fputs(" data-label=\"", out);
        page_text_html(t->columns[column].title, out);
        fputs("\"", out);
    }
    fputs(">", out);
    if (*marks[cell->mark].sign && !*marks[cell->mark].word)
        fprintf(out, "<b class=\"sign\">%s</b> ", marks[cell->mark].sign);
    page_text_html(text, out);
    if (cell->detail) {
        fputs("<br><span class=\"detail\">", out);
        page_text_html(cell->detail, out);
        fputs("</span>", out);
    }
    if (*marks[cell->mark].word)
        fprintf(out, " <b class=\"sign\">%s<span class=\"word\"> %s</span></b>", marks[cell->mark].sign,
                marks[cell->mark].word);
    fputs(is_head ? "</th>" : "</td>", out);
}

static void put_rows(struct page *page, const struct page_table *t)
{
    const struct page_cell *cell = t->cells;
    for (size_t row = 0; row < t->row_count; row++) {
        fputs("<tr>", page->out);
        for (size_t column = 0; column < t->column_count; cell++) {
            put_cell(page, cell, t, column);
            column += cell->columns > 1 ? cell->columns : 1;
        }
        fputs("</tr>\n", page->out);
    }
}

static void table(struct page *page, const struct page_table *t)
{
    FILE *out = page->out;
    if (t->is_of_figure)
        fputs("<details class=\"numbers\"><summary>The numbers behind it</summary>\n", out);
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
    page_text_html(t->caption, out);
    fprintf(out, "\"><table%s>\n<caption>", t->stacks ? " class=\"stack\"" : "");
    page_text_html(t->caption, out);
    fputs("</caption>\n<thead><tr>", out);
    for (size_t i = 0; i < t->column_count; i++) {
        fprintf(out, "<th scope=\"col\"%s>", t->columns[i].is_number ? " class=\"n\"" : "");
        page_text_html(t->columns[i].title, out);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    put_rows(page, t);
    fputs("</tbody></table></div>\n", out);
    if (t->is_of_figure)
        fputs("</details>\n", out);
}

/* Title and description are said of each panel: one that is looked at alone must explain itself. */
static void put_panel(struct page *page, const struct page_figure *f, size_t panel, const char *class_name)
{
    char path[PATH_BYTES], id[ID_BYTES], title[600], description[900];
    snprintf(path, sizeof path, "%.1000s/plots/panels/%.100s.%zu.svg", f->folder, f->name, panel);
    snprintf(id, sizeof id, "f%zu-%zu", page->figure_count, panel);
    if (!panel)
        snprintf(title, sizeof title, "Key of: %.500s", f->title);
    else if (f->panel_count > 1 && !f->has_narrow)
        snprintf(title, sizeof title, "%.500s (part %zu of %zu)", f->title, panel, f->panel_count);
    else
        snprintf(title, sizeof title, "%.500s%s", f->title, panel > 1 ? " (narrow)" : "");
    snprintf(description, sizeof description,
             "%.700s. How to read it is said before the chart, the numbers are in the table behind it.",
             f->subtitle);
    char problem[SENTENCE_BYTES];
    const struct svg_labels labels = {id, title, description, class_name};
    if (svg_embed(path, &labels, &page->colours, page->out, problem) && !*page->error)
        sentence_fail(page->error, 0, "%.2500s", problem);
}

static void figure(struct page *page, const struct page_figure *f)
{
    FILE *out = page->out;
    page->figure_count++;
    fprintf(out, "<figure id=\"chart-%s\">\n", f->name);
    fputs("<figcaption>\n", out); /* HTML wants it first or last */
    put_element(page, "h3", f->title);
    put_element(page, "p class=\"note\"", f->subtitle);
    put_element(page, "p", f->how);
    fputs("</figcaption>\n", out);
    fprintf(out, "<div class=\"panels%s\">\n",
            f->has_narrow         ? " alternatives"
            : f->panel_count == 1 ? " single"
                                  : "");
    for (size_t i = 1; i <= f->panel_count; i++)
        put_panel(page, f, i, !f->has_narrow ? "panel" : i == 1 ? "panel wide" : "panel narrow");
    put_panel(page, f, 0, "key");
    fputs("</div>\n", out);
    if (f->data)
        table(page, f->data);
    fprintf(out,
            "<p class=\"files\">Files: <code>plots/%s.svg</code>, <code>.png</code>; data "
            "<code>plots/data/%s.tsv</code>, drawn by <code>plots/scripts/%s.gp</code></p>\n</figure>\n",
            f->name, f->name, f->script);
}

static void command(struct page *page, const char *text)
{
    put_element(page, "pre", text);
}

static void open_box(struct page *page, const char *text)
{
    fputs("<div class=\"answer\">\n", page->out);
    put_element(page, "h3", text);
}

static void close_box(struct page *page)
{
    fputs("</div>\n", page->out);
}

static void open_details(struct page *page, const char *summary)
{
    fputs("<details>", page->out);
    put_element(page, "summary", summary);
}

static void close_details(struct page *page)
{
    fputs("</details>\n", page->out);
}

static void end(struct page *page)
{
    end_section(page);
    svg_put_colours(&page->colours, page->out);
    fputs("</main>\n</body>\n</html>\n", page->out);
}

struct page page_html(FILE *out, const char *style, char *error)
{
    static const struct page_ops ops = {begin,    contents,  section,      heading,       paragraph,
                                        note,     list,      table,        figure,        command,
                                        open_box, close_box, open_details, close_details, end};
    return (struct page){.ops = &ops, .out = out, .style = style, .error = error};
}
