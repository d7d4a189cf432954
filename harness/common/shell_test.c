/* SPDX-License-Identifier: MIT
 *
 * Quoted words: a shell reads each as what it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/common/shell.h"

#include <stdio.h>
#include <string.h>

static void expect(const char *word, const char *expected)
{
    char quoted[200];
    assert_ptr_equal(shell_quote(word, quoted, sizeof quoted), quoted);
    assert_string_equal(quoted, expected);
}

static void test_plain_words_stay(void **state)
{
    (void)state;
    expect("mremap", "mremap");
    expect("--alloc=mine=./lib/my-1.so", "--alloc=mine=./lib/my-1.so");
    expect("HEAD~3", "HEAD~3");
    expect("git:v1.2^", "git:v1.2^");
    expect("a@b%c,d+e:f", "a@b%c,d+e:f");
}

static void test_others_are_quoted(void **state)
{
    (void)state;
    expect("", "''");
    expect("A=1 B=2", "'A=1 B=2'");
    expect("~root", "'~root'");
    expect("it's", "'it'\\''s'");
    expect("'", "''\\'''");
    expect("$HOME", "'$HOME'");
    expect("`a`;b&c|d<e>f(g)h*i?j[k]l{m}n!o#p\"q\\r\ns\tt",
           "'`a`;b&c|d<e>f(g)h*i?j[k]l{m}n!o#p\"q\\r\ns\tt'");
    expect("\xC3\xA4", "'\xC3\xA4'");
}

/* What sh makes of it is the word. */
static void test_a_shell_reads_it_back(void **state)
{
    (void)state;
    char word[256] = "", quoted[4 * sizeof word + 8], command[2 * sizeof quoted], back[sizeof word] = "";
    for (int c = 1; c < 128; c++)
        word[c - 1] = (char)c;
    memcpy(word + 127, "'''", 4);
    snprintf(command, sizeof command, "printf %%s %s", shell_quote(word, quoted, sizeof quoted));
    FILE *shell = popen(command, "r");
    assert_non_null(shell);
    back[fread(back, 1, sizeof back - 1, shell)] = 0;
    assert_int_equal(pclose(shell), 0);
    assert_string_equal(back, word);
}

/* As the header says: 4 times the length and 8 bytes. Less cuts it, and the quotes are closed. */
static void test_room(void **state)
{
    (void)state;
    char quoted[40];
    for (size_t length = 0; length <= 8; length++) {
        char word[9] = "";
        memset(word, '\'', length);
        memset(quoted, 'x', sizeof quoted);
        shell_quote(word, quoted, 4 * length + 8);
        assert_int_equal(strlen(quoted), 4 * length + 2);
        assert_true(quoted[4 * length + 8 - 1] == 'x' || length == 8);
    }
    static const char *const cut[] = {"", "", "", "''", "''", "''", "''", "'a'", "'a '"};
    for (size_t size = 1; size <= 8; size++) {
        memset(quoted, 'x', sizeof quoted);
        shell_quote("a 'b", quoted, size);
        if (size >= 3)
            assert_string_equal(quoted, cut[size]);
        assert_true(memchr(quoted, 0, size) && quoted[size] == 'x');
    }
    shell_quote("plain", quoted, 4);
    assert_string_equal(quoted, "pla");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_words_stay),
        cmocka_unit_test(test_others_are_quoted),
        cmocka_unit_test(test_a_shell_reads_it_back),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests_name("shell", tests, NULL, NULL);
}
