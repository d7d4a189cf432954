/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/common/sentence.h"
#include "harness/report/svg.h"

#define HEAD                                                                                                 \
    "<?xml version=\"1.0\"?>\n<svg \n width=\"400\" height=\"300\"\n viewBox=\"0 0 400 300\" "               \
    "xmlns=\"http://x/\">\n"                                                                                 \
    "<title>Gnuplot</title><desc>by gnuplot</desc>\n<g id=\"gnuplot_canvas\">\n"
#define TAIL "</g>\n</svg>\n"

static char *embedded; /* what the last call wrote; cmocka's tests share it, and each frees it */
static char problem[SENTENCE_BYTES];

static int embed(const char *text)
{
    char path[] = "/tmp/growbench-svg-XXXXXX";
    const int fd = mkstemp(path);
    size_t size;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    FILE *out = open_memstream(&embedded, &size);
    assert_non_null(out);
    struct svg_colours colours = {0};
    *problem = 0;
    const int error = svg_embed(path, &(struct svg_labels){"p1", "a <title>", "what it says", "panel"},
                                &colours, out, problem);
    fclose(out);
    unlink(path);
    return error;
}

static int forget(void **state)
{
    (void)state;
    free(embedded);
    embedded = NULL;
    return 0;
}

static void assert_embeds(const char *inside, const char *expected)
{
    char *text;
    assert_true(asprintf(&text, "%s%s%s", HEAD, inside, TAIL) > 0);
    if (embed(text))
        fail_msg("%s", problem);
    free(text);
    if (!strstr(embedded, expected))
        fail_msg("no '%s' in '%s'", expected, embedded);
}

static void test_it_has_a_name_and_a_size_of_the_page(void **state)
{
    (void)state;
    assert_embeds("", "<svg class=\"panel\" role=\"img\" viewBox=\"0 0 400 300\"");
    assert_non_null(strstr(embedded, "aria-labelledby=\"p1-t p1-d\""));
    assert_non_null(
        strstr(embedded, "<title id=\"p1-t\">a &lt;title&gt;</title><desc id=\"p1-d\">what it says</desc>"));
    assert_null(strstr(embedded, "Gnuplot"));
    assert_null(strstr(embedded, "<?xml"));
    assert_null(strstr(embedded, "gnuplot_canvas"));
}

static void test_colours_are_the_pages(void **state)
{
    (void)state;
    assert_embeds("<path stroke='rgb( 64,  64,  64)' d='M1.00,2.00 L3.25,4.06  '/>",
                  "<path class=\"sc1\" d=\"M1,2 3.2,4.1\"/>");
    forget(NULL);
    assert_embeds("<g fill=\"black\" font-size=\"13.00\"><text>x</text></g>", "<text class=\"ft0\">x</text>");
    forget(NULL);
    assert_embeds("<rect x=\"0\" fill=\"#ffFFff\"/>", "<rect class=\"fc1\" x=\"0\"/>");
    forget(NULL);
    assert_embeds("<g fill=\"none\" stroke=\"none\"><path d='M1,2'/></g>",
                  "<g stroke=\"none\"><path d=\"M1,2\"/></g>");
}

static void test_definitions_are_the_pages(void **state)
{
    (void)state;
    assert_embeds(
        "<defs><circle id='gpDot' r='0.5'/></defs><use xlink:href='#gpPt5' transform='translate(1,2)'/>",
        "<use href=\"#m5\" transform=\"translate(1,2)\"/>");
    assert_null(strstr(embedded, "gpDot"));
}

static void test_text_stays_text(void **state)
{
    (void)state;
    assert_embeds("<text> a &lt;b&gt; &amp; c</text>", "<text>a &lt;b&gt; &amp; c</text>");
    forget(NULL);
    assert_embeds("<text>x & y > z</text>", "<text>x &amp; y &gt; z</text>");
}

static void test_nothing_else_gets_in(void **state)
{
    (void)state;
    assert_embeds("<path onclick='alert' d='M1,2'/>", "<path d=\"M1,2\"/>");
    forget(NULL);
    assert_embeds("<use xlink:href='http' transform='scale(2)'/>", "<use transform=\"scale(2)\"/>");
    static const char *const refused[] = {"<script>alert(1)</script>",
                                          "<image x='1'/>",
                                          "<foreignObject/>",
                                          "<use xlink:href='javascript:x'/>",
                                          "<path d='M1,2\"><b>'/>",
                                          "<path d=\"M1,2/>",
                                          "<g",
                                          "<defs><g>"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char *text;
        forget(NULL);
        assert_true(asprintf(&text, "%s%s%s", HEAD, refused[i], TAIL) > 0);
        if (embed(text) != EBADMSG)
            fail_msg("'%s' got in: %s", refused[i], embedded);
        assert_non_null(strstr(problem, "is no chart of gnuplot's"));
        free(text);
    }
}

static void test_what_is_cut_off_is_refused(void **state)
{
    (void)state;
    static const char whole[] = HEAD "<path d='M1,2'/>\n<text>a</text>" TAIL;
    for (size_t length = 0; length + 8 < sizeof whole; length++) {
        char text[sizeof whole];
        memcpy(text, whole, length);
        text[length] = 0;
        forget(NULL);
        if (!embed(text))
            fail_msg("%zu bytes of %zu pass for a chart", length, sizeof whole - 1);
    }
}

/* Whoever uses a symbol hands down its own line: a cross would be as thick as it. */
static void test_each_symbol_says_its_line(void **state)
{
    (void)state;
    size_t size;
    FILE *out = open_memstream(&embedded, &size);
    assert_non_null(out);
    svg_symbols(out);
    fclose(out);
    for (int number = 0; number <= 14; number++) {
        char id[32];
        snprintf(id, sizeof id, "id=\"m%d\"", number);
        const char *symbol = strstr(embedded, id), *end = symbol ? strchr(symbol, '>') : NULL;
        assert_non_null(end);
        const char *width = strstr(symbol, "stroke-width=\"0.205\""),
                   *none = strstr(symbol, "stroke=\"none\"");
        if (!(width && width < end) && !(none && none < end))
            fail_msg("m%d inherits its line: %.*s", number, (int)(end - symbol), symbol);
    }
}

static void test_a_file_that_is_not_there(void **state)
{
    (void)state;
    char error[SENTENCE_BYTES];
    assert_int_equal(svg_embed("/nonexistent/a.svg", &(struct svg_labels){"a", "b", "c", "d"},
                               &(struct svg_colours){0}, stdout, error),
                     ENOENT);
    assert_non_null(strstr(error, "/nonexistent/a.svg"));
}

#define SVG_TEST(f) cmocka_unit_test_teardown(f, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SVG_TEST(test_it_has_a_name_and_a_size_of_the_page),
        SVG_TEST(test_colours_are_the_pages),
        SVG_TEST(test_definitions_are_the_pages),
        SVG_TEST(test_text_stays_text),
        SVG_TEST(test_nothing_else_gets_in),
        SVG_TEST(test_what_is_cut_off_is_refused),
        SVG_TEST(test_each_symbol_says_its_line),
        SVG_TEST(test_a_file_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
