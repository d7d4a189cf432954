/* SPDX-License-Identifier: MIT
 *
 * The program without SQLite: the index is compiled here as on a machine that has no libsqlite3-dev.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "table_libraries.h" /* here, so that make knows that it comes first */

#define HISTORY_WITHOUT_SQLITE
#include "harness/history/history_sqlite.c"

static void test_it_names_the_package(void **state)
{
    (void)state;
    const struct history_request request = {.results_folder = "/tmp", .nights = 30};
    struct history_answer answer;
    char error[SENTENCE_BYTES] = "";
    assert_int_equal(history_index_ask(&request, &answer, stderr, error), ENOSYS);
    assert_non_null(strstr(error, "install libsqlite3-dev"));
    assert_int_equal(answer.history.night_count, 0);
    history_index_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_it_names_the_package)};
    return cmocka_run_group_tests_name("history without SQLite", tests, NULL, NULL);
}
