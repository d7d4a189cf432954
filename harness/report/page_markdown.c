/* SPDX-License-Identifier: MIT
 *
 * The report as GitHub's Markdown, for a pull request: pictures are links into plots/ of the run.
 */
#include "harness/report/page.h"
#include "harness/report/page_text.h"

static void put_line(struct page *page, const char *before, const char *text, const char *after)
{
    fputs(before, page->out);
    page_text_markdown(text, page->out);
    fputs(after, page->out);
}

static void put_summary(struct page *page, const char *before, const char *text)
{
    fprintf(page->out, "<details><summary>%s", before);
    page_text_markdown_html(text, page->out);
    fputs("</summary>\n\n", page->out);
}

static void begin(struct page *page, const char *title, const char *subtitle)
{
    put_line(page, "# ", title, "\n\n");
    put_line(page, "", subtitle, "\n\n");
}

/* GitHub makes one of the headings. */
static void contents(struct page *page, const struct page_link *links, size_t count)
{
    (void)page, (void)links, (void)count;
}

static void section(struct page *page, const char *id, const char *text)
{
    (void)id;
    put_line(page, "## ", text, "\n\n");
}

static void heading(struct page *page, const char *text)
{
    put_line(page, "### ", text, "\n\n");
}

static void paragraph(struct page *page, const char *text)
{
    put_line(page, "", text, "\n\n");
}

static void note(struct page *page, const char *text)
{
    put_line(page, "<sub>", text, "</sub>\n\n");
}

static void list(struct page *page, const char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_line(page, "* ", items[i], "\n");
    fputs("\n", page->out);
}

static void put_cell(struct page *page, const struct page_cell *cell)
{
    static const struct {
        const char *before, *after;
    } marks[PAGE_MARK_COUNT] = {[PAGE_PLAIN] = {"", ""},
                                [PAGE_BEST] = {"**", "** + best"},
                                [PAGE_WORST] = {"", " \u2212 worst"},
                                [PAGE_BAD] = {"\u00d7 ", ""},
                                [PAGE_MUTED] = {"", ""}};
    put_line(page, marks[cell->mark].before, cell->text ? cell->text : "", marks[cell->mark].after);
    if (cell->detail)
        put_line(page, "<br>", cell->detail, "");
    for (size_t i = 1; i < cell->columns; i++) /* Markdown has no cells of many columns */
        fputs(" |", page->out);
    fputs(" | ", page->out);
}

static void table(struct page *page, const struct page_table *t)
{
    FILE *out = page->out;
    if (t->is_of_figure)
        put_summary(page, "The numbers behind it: ", t->caption);
    else
        put_line(page, "*", t->caption, "*\n\n");
    fputs("| ", out);
    for (size_t i = 0; i < t->column_count; i++)
        put_line(page, "", t->columns[i].title, " | ");
    fputs("\n|", out);
    for (size_t i = 0; i < t->column_count; i++)
        fputs(t->columns[i].is_number ? "---:|" : "---|", out);
    fputs("\n", out);
    const struct page_cell *cell = t->cells;
    for (size_t row = 0; row < t->row_count; row++) {
        fputs("| ", out);
        for (size_t column = 0; column < t->column_count; cell++) {
            put_cell(page, cell);
            column += cell->columns > 1 ? cell->columns : 1;
        }
        fputs("\n", out);
    }
    fputs(t->is_of_figure ? "\n</details>\n\n" : "\n", out);
}

static void figure(struct page *page, const struct page_figure *f)
{
    heading(page, f->title);
    put_line(page, "![", f->title, "](");
    fprintf(page->out, "plots/%s.png)\n\n", f->name);
    paragraph(page, f->how);
    note(page, f->subtitle);
    if (f->data)
        table(page, f->data);
}

/* Indented: nothing in it can end it. */
static void command(struct page *page, const char *text)
{
    fputs("    ", page->out);
    while (*text) {
        const char *before = text;
        const unsigned c = page_text_next(&text);
        page_text_put(c, page->out);
        if (*before == '\n')
            fputs("\n    ", page->out);
    }
    fputs("\n\n", page->out);
}

static void open_box(struct page *page, const char *text)
{
    heading(page, text);
}

static void close_box(struct page *page)
{
    fputs("---\n\n", page->out);
}

static void open_details(struct page *page, const char *summary)
{
    put_summary(page, "", summary);
}

static void close_details(struct page *page)
{
    fputs("</details>\n\n", page->out);
}

static void end(struct page *page)
{
    (void)page;
}

struct page page_markdown(FILE *out, char *error)
{
    static const struct page_ops ops = {begin,    contents,  section,      heading,       paragraph,
                                        note,     list,      table,        figure,        command,
                                        open_box, close_box, open_details, close_details, end};
    return (struct page){.ops = &ops, .out = out, .error = error};
}
