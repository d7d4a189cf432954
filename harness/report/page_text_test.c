/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "harness/report/page_text.h"

static void assert_written(void (*write)(const char *, FILE *), const char *text, const char *expected)
{
    char *written = NULL;
    size_t size;
    FILE *out = open_memstream(&written, &size);
    assert_non_null(out);
    write(text, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(written, expected);
    free(written);
}

static void test_html_keeps_what_means_nothing(void **state)
{
    (void)state;
    assert_written(page_text_html, "", "");
    assert_written(page_text_html, "mremap 2.0 (cold), 3 x", "mremap 2.0 (cold), 3 x");
    assert_written(page_text_html, "z\u00fcgig \u2212 \U0001F600", "z\u00fcgig \u2212 \U0001F600");
}

static void test_html_opens_no_tag_and_ends_no_attribute(void **state)
{
    (void)state;
    assert_written(page_text_html, "<script>a&b</script>", "&lt;script&gt;a&amp;b&lt;/script&gt;");
    assert_written(page_text_html, "\"><img src='x'>", "&quot;&gt;&lt;img src=&#39;x&#39;&gt;");
    assert_written(page_text_html, "&lt;", "&amp;lt;");
    assert_written(page_text_html, "]]>", "]]&gt;");
}

static void test_what_is_no_text_is_seen_to_be_none(void **state)
{
    (void)state;
    assert_written(page_text_html, "a\nb\tc\rd", "a b c d");
    assert_written(page_text_html, "\x1b[31m\x07", "\uFFFD[31m\uFFFD");
    assert_written(page_text_html, "a\u202Eb\u200Bc\u2066d\uFEFF", "a\uFFFDb\uFFFDc\uFFFDd\uFFFD");
    assert_written(page_text_html, "\xff\xfe.", "\uFFFD\uFFFD.");           /* never in UTF-8 */
    assert_written(page_text_html, "\xc0\xbc", "\uFFFD\uFFFD");             /* '<' in two bytes */
    assert_written(page_text_html, "\xe0\x80\xbc", "\uFFFD\uFFFD\uFFFD");   /* ... in three */
    assert_written(page_text_html, "\xed\xa0\x80.", "\uFFFD\uFFFD\uFFFD."); /* half of a pair */
    assert_written(page_text_html, "\xe2\x82", "\uFFFD\uFFFD");             /* cut off */
    assert_written(page_text_html, "\xe2<b>", "\uFFFD&lt;b&gt;");           /* swallows nothing */
    assert_written(page_text_html, "\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD");
}

static void test_markdown_is_plain(void **state)
{
    (void)state;
    assert_written(page_text_markdown, "a_b*c`d[e](f)|g~h$i", "a\\_b\\*c\\`d\\[e\\](f)\\|g\\~h\\$i");
    assert_written(page_text_markdown, "<b>&amp;", "&lt;b&gt;&amp;amp;");
    assert_written(page_text_markdown, "back\\slash", "back\\\\slash");
}

static void test_markdown_calls_nobody_and_links_nowhere(void **state)
{
    (void)state;
    assert_written(page_text_markdown, "@all #12", "@&#8203;all #&#8203;12");
    assert_written(page_text_markdown_html, "@all #12 <b>", "@&#8203;all #&#8203;12 &lt;b&gt;");
    assert_written(page_text_markdown_html, "linear_inplace", "linear_inplace");
    assert_written(page_text_markdown, "http://example.org/", "http&#58;//example.org/");
    assert_written(page_text_markdown, "www.example.org", "www&#46;example.org");
    assert_written(page_text_markdown, "2.36: 1.5", "2.36: 1.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_keeps_what_means_nothing),
        cmocka_unit_test(test_html_opens_no_tag_and_ends_no_attribute),
        cmocka_unit_test(test_what_is_no_text_is_seen_to_be_none),
        cmocka_unit_test(test_markdown_is_plain),
        cmocka_unit_test(test_markdown_calls_nobody_and_links_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
