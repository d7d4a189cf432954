/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "harness/charts/plot_places.h"

enum { WIDTH = 200, HEIGHT = 100, TAKEN_MAX = 300 };

static struct plot_rectangle taken[TAKEN_MAX]; /* emptied by each test */

static struct plot_places empty_panel(void)
{
    return (struct plot_places){.width = WIDTH, .height = HEIGHT, .taken = taken};
}

static bool touch(const struct plot_rectangle *a, const struct plot_rectangle *b)
{
    return fmin(a->right, b->right) > fmax(a->left, b->left) &&
           fmin(a->top, b->top) > fmax(a->bottom, b->bottom);
}

static void test_a_text_stands_beside_its_mark(void **state)
{
    (void)state;
    struct plot_places places = empty_panel();
    double x, y;
    plot_places_take(&places, plot_rectangle_around(100, 50, 11, 11));
    assert_true(plot_places_put(&places, 100, 50, 9, 15, &x, &y));
    assert_true(hypot(x - 100, y - 50) < 20);
    assert_int_equal(places.count, 2);
    assert_false(touch(&taken[0], &taken[1]));
}

static void test_texts_keep_clear_of_all_that_is_there(void **state)
{
    (void)state;
    struct plot_places places = empty_panel();
    size_t put = 0;
    plot_places_take_edges(&places, (struct plot_rectangle){60, 20, 140, 80});
    assert_int_equal(places.count, 4);
    for (int i = 0; i < 12; i++) {
        double x, y;
        put += plot_places_put(&places, 100, 50, 18, 15, &x, &y);
    }
    assert_true(put >= 8); /* there is room for these at least */
    for (size_t i = 4; i < places.count; i++) {
        assert_true(taken[i].left >= 12 && taken[i].right <= WIDTH && taken[i].bottom >= 0 &&
                    taken[i].top <= HEIGHT);
        for (size_t j = 0; j < i; j++)
            assert_false(touch(&taken[i], &taken[j]));
    }
}

static void test_where_all_is_taken_there_is_none(void **state)
{
    (void)state;
    struct plot_places places = empty_panel();
    double x, y;
    plot_places_take(&places, (struct plot_rectangle){0, 0, WIDTH, HEIGHT});
    assert_false(plot_places_put(&places, 100, 50, 9, 15, &x, &y));
    assert_int_equal(places.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_stands_beside_its_mark),
        cmocka_unit_test(test_texts_keep_clear_of_all_that_is_there),
        cmocka_unit_test(test_where_all_is_taken_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
