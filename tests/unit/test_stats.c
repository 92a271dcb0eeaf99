/* Order statistics, units, comparison of outputs: what the figures of bench are made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "bench/capture.h"
#include "bench/chart.h"
#include "bench/stats.h"
#include "bench/units.h"

static struct arena arena;

static void describes_numbers(void **state) {
    (void)state;
    assert_int_equal(stats_of(NULL, 0).count, 0);
    const double one[] = {4};
    assert_true(stats_of(one, 1).median == 4 && stats_of(one, 1).min == 4 && stats_of(one, 1).upper_quartile == 4);
    const double two[] = {5, 1};
    assert_true(stats_of(two, 2).median == 3 && stats_of(two, 2).lower_quartile == 2);
    const double five[] = {9, 1, 7, 3, 5};
    const struct stats stats = stats_of(five, 5);
    assert_true(stats.min == 1 && stats.lower_quartile == 3 && stats.median == 5 && stats.upper_quartile == 7 &&
                stats.max == 9);
    assert_true(five[0] == 9);
}

static void writes_three_digits(void **state) {
    (void)state;
    static const struct {
        enum unit unit;
        double value;
        const char *text, *mark;
    } rows[] = {
        {UNIT_SECONDS, 0, "0 us", "0 us"},
        {UNIT_SECONDS, 0.0004126, "413 us", "413 us"},
        {UNIT_SECONDS, 0.00123, "1.23 ms", "1.23 ms"},
        {UNIT_SECONDS, 0.9998, "1.00 s", "1 s"},
        {UNIT_SECONDS, 0.5, "500 ms", "500 ms"},
        {UNIT_SECONDS, 14.06, "14.1 s", "14.1 s"},
        {UNIT_SECONDS, 231.4, "231 s", "231 s"},
        {UNIT_BYTES, 999, "999 B", "999 B"},
        {UNIT_BYTES, 1000, "1.00 kB", "1 kB"},
        {UNIT_BYTES, 31171640, "31.2 MB", "31.2 MB"},
        {UNIT_BYTES, 2e10, "20.0 GB", "20 GB"},
        {UNIT_RATIO, 1, "1.00x", "1x"},
        {UNIT_RATIO, 0.0038, "0.004x", "0.004x"},
        {UNIT_RATIO, 9.996, "10.0x", "10x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(unit_text(&arena, rows[i].unit, rows[i].value), rows[i].text);
        assert_string_equal(unit_mark(&arena, rows[i].unit, rows[i].value), rows[i].mark);
    }
}

/* Marks are as many as can be read, whatever the scale. */
static void chooses_marks(void **state) {
    (void)state;
    for (double max = 1e-7; max < 1e12; max *= 1.37) {
        const double marks = max / chart_step(max);
        assert_true(marks > 3.4 && marks < 7.1);
    }
}

/* ---- outputs ---- */

static struct capture captured(const char *text) {
    struct capture capture = {0};
    for (const char *at = text; *at; at += strlen(at) < 3 ? strlen(at) : 3) {
        capture_add(&capture, at, strlen(at) < 3 ? strlen(at) : 3); /* pieces do not matter */
    }
    return capture;
}

static size_t difference(const char *one, const char *other, const struct capture_mask *mask) {
    struct capture a = captured(one), b = captured(other);
    const size_t line = capture_difference(&a, &b, mask);
    assert_int_equal(capture_difference(&b, &a, mask), line);
    capture_free(&a);
    capture_free(&b);
    return line;
}

static void finds_the_first_difference(void **state) {
    (void)state;
    const struct capture_mask none = {0};
    assert_true(difference("", "", &none) == SIZE_MAX);
    assert_true(difference("a\nb\n", "a\nb\n", &none) == SIZE_MAX);
    assert_int_equal(difference("a\nb\n", "a\nc\n", &none), 1);
    assert_int_equal(difference("a\nb\n", "a\nb", &none), 1);
    assert_int_equal(difference("a\nb\n", "a\nb\n\n", &none), 2);
    assert_int_equal(difference("", "x", &none), 0);
}

static void masks_lines_that_vary(void **state) {
    (void)state;
    struct capture_mask mask = {0};
    struct capture one = captured("sum 3\nseconds 1.2\nend\n"), other = captured("sum 3\nseconds 1.3\nend\n");
    capture_mask_add(&mask, &one, &one);
    assert_int_equal(mask.count, 0);
    capture_mask_add(&mask, &one, &other);
    capture_mask_add(&mask, &one, &other);
    assert_int_equal(mask.count, 1);
    assert_true(difference("sum 3\nseconds 9.9\nend\n", "sum 3\nseconds 1.0\nend\n", &mask) == SIZE_MAX);
    assert_int_equal(difference("sum 4\nseconds 9.9\nend\n", "sum 3\nseconds 1.0\nend\n", &mask), 0);
    assert_int_equal(difference("sum 3\nseconds 9.9\nend\n", "sum 3\nseconds 1.0\nEnd\n", &mask), 2);
    struct capture longer = captured("sum 3\n");
    capture_mask_add(&mask, &one, &longer);
    assert_true(difference("a\n", "b\n", &mask) == SIZE_MAX);
    capture_free(&one);
    capture_free(&other);
    capture_free(&longer);
    capture_mask_free(&mask);
}

static void shows_lines(void **state) {
    (void)state;
    struct capture capture = captured("first\n\nthird");
    size_t size;
    assert_memory_equal(capture_line(&capture, 0, &size), "first", 5);
    assert_int_equal(size, 5);
    assert_non_null(capture_line(&capture, 1, &size));
    assert_int_equal(size, 0);
    assert_memory_equal(capture_line(&capture, 2, &size), "third", 5);
    assert_null(capture_line(&capture, 3, &size));
    assert_null(capture_line(&(struct capture){0}, 0, &size));
    capture_free(&capture);
}

/* The head is bounded, the comparison is not. */
static void compares_beyond_what_it_keeps(void **state) {
    (void)state;
    struct capture one = {0}, other = {0};
    for (int i = 0; i < 200000; i++) {
        capture_add(&one, "line\n", 5);
        capture_add(&other, i == 199999 ? "lime\n" : "line\n", 5);
    }
    size_t size;
    assert_int_equal(one.head.size, CAPTURE_HEAD_BYTES);
    assert_null(capture_line(&one, 199999, &size));
    assert_int_equal(capture_difference(&one, &other, &(struct capture_mask){0}), 199999);
    capture_free(&one);
    capture_free(&other);
}

static void has_a_last_line_for_all_the_rest(void **state) {
    (void)state;
    struct capture one = {0}, other = {0};
    for (int i = 0; i < CAPTURE_LINES + 10; i++) {
        capture_add(&one, "\n", 1);
        capture_add(&other, i == CAPTURE_LINES + 5 ? "x\n" : "\n", i == CAPTURE_LINES + 5 ? 2 : 1);
    }
    assert_int_equal(one.lines, CAPTURE_LINES);
    assert_int_equal(capture_difference(&one, &other, &(struct capture_mask){0}), CAPTURE_LINES - 1);
    capture_free(&one);
    capture_free(&other);
}

static int tear_down(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes_numbers),
        cmocka_unit_test(writes_three_digits),
        cmocka_unit_test(chooses_marks),
        cmocka_unit_test(finds_the_first_difference),
        cmocka_unit_test(masks_lines_that_vary),
        cmocka_unit_test(shows_lines),
        cmocka_unit_test(compares_beyond_what_it_keeps),
        cmocka_unit_test(has_a_last_line_for_all_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
