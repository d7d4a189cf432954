/* SPDX-License-Identifier: MIT
 *
 * Both writers on the same contents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/common/sentence.h"
#include "harness/report/page.h"
#include "harness/report/report_parts.h"

struct fixture {
    char folder[64], error[SENTENCE_BYTES];
    char *text;
    size_t size;
    FILE *out;
    struct page page;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[120];
    strcpy(f->folder, "/tmp/growbench-page-XXXXXX");
    if (!mkdtemp(f->folder))
        return 1;
    snprintf(path, sizeof path, "%s/plots", f->folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/plots/panels", f->folder);
    mkdir(path, 0700);
    *state = f;
    return 0;
}

static void write_panel(const struct fixture *f, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/plots/panels/%s", f->folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("<svg width=\"40\" height=\"30\"><g id=\"x\"><path d='M1,2'/></g></svg>", out);
    fclose(out);
}

static int teardown(void **state)
{
    static const char *const files[] = {"plots/panels/memory.0.svg",
                                        "plots/panels/memory.1.svg",
                                        "plots/panels/memory.2.svg",
                                        "plots/panels",
                                        "plots",
                                        ""};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[200];
        snprintf(path, sizeof path, "%s/%s", f->folder, files[i]);
        remove(path);
    }
    free(f->text);
    free(f);
    return 0;
}

static void begin(struct fixture *f, bool is_html)
{
    free(f->text);
    f->text = NULL;
    f->out = open_memstream(&f->text, &f->size);
    assert_non_null(f->out);
    *f->error = 0;
    f->page = is_html ? page_html(f->out, "body {}\n", f->error) : page_markdown(f->out, f->error);
    f->page.ops->begin(&f->page, "Title & more", "below it");
}

static void end(struct fixture *f)
{
    f->page.ops->end(&f->page);
    assert_int_equal(fclose(f->out), 0);
    if (*f->error)
        fail_msg("%s", f->error);
}

static void assert_has(const struct fixture *f, const char *expected)
{
    if (!strstr(f->text, expected))
        fail_msg("no '%s' in:\n%s", expected, f->text);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static void put_everything(struct fixture *f)
{
    static const char *const items[] = {"one", "t<w>o"};
    struct page *page = &f->page;
    static const struct page_link links[] = {{"first", "First"}, {"second", "Sec<ond"}};
    page->ops->contents(page, links, 2);
    page->ops->section(page, "first", "First");
    page->ops->heading(page, "Below");
    page->ops->paragraph(page, "words");
    page->ops->note(page, "small words");
    page->ops->list(page, items, 2);
    page->ops->open_box(page, "Box");
    page->ops->close_box(page);
    page->ops->open_details(page, "More");
    page->ops->close_details(page);
    page->ops->section(page, "second", "Second");
    page->ops->command(page, "growbench run --table='a b'");
}

static void test_html_is_balanced(void **state)
{
    struct fixture *f = *state;
    begin(f, true);
    put_everything(f);
    end(f);
    static const char *const tags[] = {"html",  "head",  "body",    "header", "main",    "section",
                                       "title", "style", "h1",      "h2",     "details", "ul",
                                       "div",   "pre",   "summary", "h3"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        char opening[32], opening_with[32], closing[32];
        snprintf(opening, sizeof opening, "<%s>", tags[i]);
        snprintf(opening_with, sizeof opening_with, "<%s ", tags[i]);
        snprintf(closing, sizeof closing, "</%s>", tags[i]);
        const size_t opened = count(f->text, opening) + count(f->text, opening_with);
        if (!opened || opened != count(f->text, closing))
            fail_msg("%zu %s and %zu %s", opened, opening, count(f->text, closing), closing);
    }
    assert_int_equal(count(f->text, "<section "), 2);
    assert_has(f, "<a href=\"#first\">First</a>\n<a href=\"#second\">Sec&lt;ond</a>");
    assert_has(f, "<section id=\"first\">");
    assert_has(f, "<title>Title &amp; more</title>");
    assert_has(f, "<li>t&lt;w&gt;o</li>");
    assert_has(f, "<p class=\"note\">small words</p>");
    assert_has(f, "<pre>growbench run --table=&#39;a b&#39;</pre>");
    assert_null(strstr(f->text, "<script"));
    assert_null(strstr(f->text, "://"));
}

static void test_markdown_has_the_same(void **state)
{
    struct fixture *f = *state;
    begin(f, false);
    put_everything(f);
    end(f);
    assert_has(f, "# Title &amp; more\n\nbelow it\n");
    assert_has(f, "## First\n\n### Below\n\nwords\n");
    assert_has(f, "* one\n* t&lt;w&gt;o\n");
    assert_has(f, "\n    growbench run --table='a b'\n");
    assert_int_equal(count(f->text, "<details>"), count(f->text, "</details>"));
}

/* Three rows: marks, a detail, and what spans the rest. */
static void put_table(struct fixture *f)
{
    static const struct page_column columns[] = {{"who", false}, {"how much (x)", true}, {"where", false}};
    struct report_grid grid;
    report_grid_begin(&grid, columns, 3);
    report_grid_add(&grid, PAGE_PLAIN, 1, "%s", "a|b");
    report_grid_add(&grid, PAGE_BEST, 1, "%.2f", 1.0);
    report_grid_add(&grid, PAGE_PLAIN, 1, "here");
    report_grid_explain(&grid, "below <it>");
    report_grid_add(&grid, PAGE_PLAIN, 1, "c");
    report_grid_add(&grid, PAGE_WORST, 1, "%d", 3);
    report_grid_add(&grid, PAGE_MUTED, 1, "-");
    report_grid_add(&grid, PAGE_PLAIN, 1, "d");
    report_grid_add(&grid, PAGE_BAD, 2, "OOM: died");
    assert_int_equal(grid.row_count, 3);
    report_grid_put(&grid, "caption", &f->page);
}

static void test_a_table_says_best_and_worst_in_words(void **state)
{
    struct fixture *f = *state;
    begin(f, true);
    put_table(f);
    end(f);
    assert_has(f, "<caption>caption</caption>");
    assert_has(f, "<th scope=\"col\" class=\"n\">how much (x)</th>");
    assert_has(
        f, "<tr><th scope=\"row\">a|b</th><td class=\"best n\">1.00 <b class=\"sign\">+<span class=\"word\"> "
           "best</span></b></td><td>here<br><span class=\"detail\">below &lt;it&gt;</span></td></tr>");
    assert_has(f,
               "<td class=\"worst n\">3 <b class=\"sign\">\u2212<span class=\"word\"> worst</span></b></td>");
    assert_has(f, "<td colspan=\"2\" class=\"bad\"><b class=\"sign\">\u00d7</b> OOM: died</td></tr>");
    begin(f, false);
    put_table(f);
    end(f);
    assert_has(f, "| who | how much (x) | where | \n|---|---:|---|\n");
    assert_has(f, "| a\\|b | **1.00** + best | here<br>below &lt;it&gt; | \n");
    assert_has(f, "| c | 3 \u2212 worst | - | \n");
    assert_has(f, "| d | \u00d7 OOM: died | | \n");
}

static void test_an_empty_table_is_none(void **state)
{
    struct fixture *f = *state;
    static const struct page_column columns[] = {{"who", false}};
    struct report_grid grid;
    begin(f, true);
    report_grid_begin(&grid, columns, 1);
    report_grid_put(&grid, "caption", &f->page);
    end(f);
    assert_null(strstr(f->text, "<table"));
}

static void put_figure(struct fixture *f, size_t panels, bool has_narrow)
{
    static const struct page_column columns[] = {{"who", false}};
    static const struct page_cell cells[] = {{.text = "me"}};
    static const struct page_table data = {.caption = "numbers",
                                           .columns = columns,
                                           .column_count = 1,
                                           .cells = cells,
                                           .row_count = 1,
                                           .is_of_figure = true};
    const struct page_figure figure = {.name = "memory",
                                       .script = "memory",
                                       .title = "Mem",
                                       .subtitle = "one machine",
                                       .how = "look",
                                       .folder = f->folder,
                                       .panel_count = panels,
                                       .has_narrow = has_narrow,
                                       .data = &data};
    f->page.ops->figure(&f->page, &figure);
}

static void test_a_figure_has_its_panels_and_its_numbers(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "memory.%d.svg", i);
        write_panel(f, name);
    }
    begin(f, true);
    put_figure(f, 2, false);
    put_figure(f, 2, true);
    end(f);
    assert_int_equal(count(f->text, "role=\"img\""), 6);
    assert_has(f, "<title id=\"f1-2-t\">Mem (part 2 of 2)</title>");
    assert_has(f, "<title id=\"f1-0-t\">Key of: Mem</title>");
    assert_has(f, "id=\"f2-1-t\""); /* ids do not collide */
    assert_int_equal(count(f->text, "class=\"panel narrow\""), 1);
    assert_has(f, "<details class=\"numbers\">");
    begin(f, false);
    put_figure(f, 2, false);
    end(f);
    assert_has(f, "![Mem](plots/memory.png)");
    assert_has(f, "| me | \n");
}

static void test_a_missing_panel_is_said(void **state)
{
    struct fixture *f = *state;
    write_panel(f, "memory.0.svg");
    begin(f, true);
    put_figure(f, 1, false);
    fclose(f->out);
    assert_non_null(strstr(f->error, "memory.1.svg"));
}

#define PAGE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE_TEST(test_html_is_balanced),
        PAGE_TEST(test_markdown_has_the_same),
        PAGE_TEST(test_a_table_says_best_and_worst_in_words),
        PAGE_TEST(test_an_empty_table_is_none),
        PAGE_TEST(test_a_figure_has_its_panels_and_its_numbers),
        PAGE_TEST(test_a_missing_panel_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
