/* Escaping for HTML, JSON and CSV, and the charts: nothing in a name may act, and what is written is well-formed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "bench/chart.h"
#include "bench/markup.h"

static struct text text;
static struct arena arena;

static const char *markup(const char *bytes, size_t size) {
    text_clear(&text);
    markup_bytes(&text, bytes, size);
    return text_string(&text);
}

static const char *json(const char *string) {
    text_clear(&text);
    json_string(&text, string);
    return text_string(&text);
}

static const char *csv(const char *string) {
    text_clear(&text);
    csv_string(&text, string);
    return text_string(&text);
}

#define BAD "\xef\xbf\xbd"

static void escapes_markup(void **state) {
    (void)state;
    assert_string_equal(markup("Vec<T> & 'a \"b\"", 15), "Vec&lt;T&gt; &amp; &#39;a &quot;b&quot;");
    assert_string_equal(markup("]]>-->", 6), "]]&gt;--&gt;");
    assert_string_equal(markup("a\0b\x1b[m\x7f", 7), "a" BAD "b" BAD "[m" BAD);
    assert_string_equal(markup("\xc3\xa9\xf0\x9f\x98\x80", 6), "\xc3\xa9\xf0\x9f\x98\x80");
}

/* Cut, overlong, surrogate, too large, non-characters. */
static void repairs_utf8(void **state) {
    (void)state;
    assert_string_equal(markup("\xc3", 1), BAD);
    assert_string_equal(markup("\xc3(", 2), BAD "(");
    assert_string_equal(markup("\xc0\xbc", 2), BAD BAD);
    assert_string_equal(markup("\xed\xa0\x80", 3), BAD BAD BAD);
    assert_string_equal(markup("\xf4\x90\x80\x80", 4), BAD BAD BAD BAD);
    assert_string_equal(markup("\xe2\x82", 2), BAD BAD);
    assert_string_equal(markup("\xef\xbf\xbe|\xef\xbf\xbf|\xef\xbf\xbd", 11), BAD "|" BAD "|" BAD);
}

static void quotes_json(void **state) {
    (void)state;
    assert_string_equal(json("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\u000a\\u0001\"");
    assert_string_equal(json("\xc3\xa9\xff"), "\"\xc3\xa9" BAD "\"");
}

static void quotes_csv(void **state) {
    (void)state;
    assert_string_equal(csv("plain text"), "plain text");
    assert_string_equal(csv("a,b"), "\"a,b\"");
    assert_string_equal(csv("say \"x\"\n"), "\"say \"\"x\"\"\n\"");
}

static size_t count(const char *haystack, const char *needle) {
    size_t found = 0;
    for (; (haystack = strstr(haystack, needle)); haystack++)
        found++;
    return found;
}

static const char *draw(const struct chart *chart) {
    text_clear(&text);
    chart_write(&text, &arena, chart);
    return text_string(&text);
}

static void draws_bars_in_proportion(void **state) {
    (void)state;
    const double dots[] = {3, 4, 5};
    const struct chart_bar bars[] = {
        {.label = "<b>", .parts = {4}, .value = "4.00 s", .dots = dots, .dot_count = 3},
        {.label = "half", .parts = {2.5}, .value = "2.50 s", .kind = 1},
        {.label = "none", .value = "no result"},
    };
    const char *svg =
        draw(&(struct chart){.title = "T", .unit = UNIT_SECONDS, .part_count = 1, .bars = bars, .count = 3});
    assert_int_equal(count(svg, "<rect"), 2);
    assert_int_equal(count(svg, "<circle"), 3);
    assert_int_equal(count(svg, "<title>"), 3);
    assert_int_equal(count(svg, "<b>"), 0);
    assert_int_equal(count(svg, "&lt;b&gt;"), 2);
    /* The largest dot is the full width, 510. */
    assert_non_null(strstr(svg, "width=\"408.0\""));
    assert_non_null(strstr(svg, "width=\"255.0\""));
}

static void draws_parts(void **state) {
    (void)state;
    const struct chart_bar bars[] = {{.label = "a", .parts = {1, 0, 3}, .value = "4"}};
    const char *svg = draw(&(struct chart){.title = "T",
                                           .unit = UNIT_BYTES,
                                           .part_count = 3,
                                           .part_names = {"one", "two", "three"},
                                           .bars = bars,
                                           .count = 1});
    assert_int_equal(count(svg, "class=\"part-0\""), 2); /* the bar's and the legend's */
    assert_int_equal(count(svg, "class=\"part-1\""), 1);
    assert_int_equal(count(svg, "class=\"part-2\""), 2);
}

static void cuts_long_labels_between_characters(void **state) {
    (void)state;
    char label[201];
    for (size_t i = 0; i < 200; i += 2)
        memcpy(label + i, "\xc3\xa9", 3);
    const struct chart_bar bar = {.label = label, .parts = {1}, .value = "1"};
    const char *svg =
        draw(&(struct chart){.title = "T", .unit = UNIT_BYTES, .part_count = 1, .bars = &bar, .count = 1});
    assert_int_equal(count(svg, BAD), 0);
    assert_int_equal(count(svg, "\xe2\x80\xa6"), 1);
}

static void draws_nothing_at_all(void **state) {
    (void)state;
    assert_non_null(strstr(draw(&(struct chart){.title = "", .part_count = 1}), "</svg>"));
    const struct chart_bar bar = {.label = "", .value = ""};
    assert_non_null(strstr(draw(&(struct chart){.title = "", .part_count = 1, .bars = &bar, .count = 1}), "</svg>"));
}

static int tear_down(void **state) {
    (void)state;
    text_free(&text);
    arena_free(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_markup),
        cmocka_unit_test(repairs_utf8),
        cmocka_unit_test(quotes_json),
        cmocka_unit_test(quotes_csv),
        cmocka_unit_test(draws_bars_in_proportion),
        cmocka_unit_test(draws_parts),
        cmocka_unit_test(cuts_long_labels_between_characters),
        cmocka_unit_test(draws_nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
