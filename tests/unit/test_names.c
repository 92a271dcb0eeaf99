/* Names from the module on their way into C: what may pass, and that different exports stay different. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>

#include <cmocka.h>

#include "emit/emit.h"

static struct name name_of(const char *string) {
    return (struct name){string, (uint32_t)strlen(string)};
}

static void assert_function(const char *name, const char *expected) {
    struct arena arena = {0};
    assert_string_equal(func_identifier(&arena, "", 12, name_of(name)), expected);
    arena_free(&arena);
}

static void functions_keep_letters_and_digits(void **state) {
    (void)state;
    assert_function("parse", "fn12_parse");
    assert_function("a::b<c>", "fn12_a_b_c");
    assert_function("_leading__and_trailing_", "fn12_leading_and_trailing");
    assert_function("", "fn12");
    assert_function("*/\n\"\\", "fn12");
    assert_function("int", "fn12_int");
}

static void rust_hashes_are_cut_off(void **state) {
    (void)state;
    assert_function("_ZN3fmt5write17h0123456789abcdefE", "fn12_ZN3fmt5write");
}

static void long_functions_keep_their_end(void **state) {
    (void)state;
    char name[1000];
    memset(name, 'a', sizeof name);
    memcpy(name + 995, "_end", 5);
    struct arena arena = {0};
    const char *identifier = func_identifier(&arena, "p_", 3, (struct name){name, 999});
    assert_true(strlen(identifier) < 60);
    assert_string_equal(identifier + strlen(identifier) - 4, "_end");
    assert_memory_equal(identifier, "p_fn3_a", 7);
    arena_free(&arena);
}

static void assert_export(const char *bytes, size_t size, const char *expected) {
    struct text text = {0};
    text_export_identifier(&text, (struct name){bytes, (uint32_t)size}, 7);
    assert_string_equal(text_string(&text), expected);
    text_free(&text);
}

static void exports_are_injective(void **state) {
    (void)state;
    assert_export("add", 3, "add");
    assert_export("a-b", 3, "aZ2Db");
    assert_export("a_b", 3, "a_b");
    assert_export("aZ2Db", 5, "aZZ2Db");
    assert_export("a\0b", 3, "aZ00b");
    assert_export("\xc3\xa9", 2, "ZC3ZA9");
}

static void long_exports_are_told_apart_by_position(void **state) {
    (void)state;
    char *name = calloc(1, 10000);
    memset(name, 'x', 10000);
    struct text text = {0};
    text_export_identifier(&text, (struct name){name, 10000}, 7);
    assert_int_equal(text.size, 203);
    assert_string_equal(text_string(&text) + 200, "ZT7");
    text_free(&text);
    free(name);
}

static void assert_comment(const char *name, const char *expected) {
    struct text text = {0};
    text_comment(&text, name_of(name));
    assert_string_equal(text_string(&text), expected);
    text_free(&text);
}

static void comments_cannot_be_left(void **state) {
    (void)state;
    assert_comment("plain <T as U>::f", "plain <T as U>::f");
    assert_comment("*/ int x; /*", "%2A%2F int x; %2F%2A");
    assert_comment("a\\\nb?\?/", "a%5C%0Ab%3F%3F%2F");
    assert_comment("\x1b[31m", "%1B[31m");
}

static void assert_literal(const char *bytes, size_t size, const char *expected) {
    struct text text = {0};
    text_literal(&text, bytes, size);
    assert_string_equal(text_string(&text), expected);
    text_free(&text);
}

/* What a C compiler would make of a literal that text_literal wrote. */
static size_t read_literal(const char *c, const char *end, unsigned char *bytes) {
    size_t size = 0;
    bool is_inside = false;
    while (c < end) {
        if (*c == '"') is_inside = !is_inside;
        if (*c == '"' || !is_inside) {
            c++;
            continue;
        }
        if (*c != '\\') {
            bytes[size++] = (unsigned char)*c++;
            continue;
        }
        c++;
        const char *digits = c;
        unsigned value = 0;
        while (c < digits + 3 && *c >= '0' && *c <= '7')
            value = value * 8 + (unsigned)(*c++ - '0');
        static const char letters[] = "a\ab\bt\tn\nv\vf\fr\r\"\"\\\\??";
        if (c == digits) value = (unsigned char)strchr(letters, *c++)[1];
        bytes[size++] = (unsigned char)value;
    }
    return size;
}

/* Every byte in front of every byte, over many lines. */
static void literals_are_read_as_they_were(void **state) {
    (void)state;
    static unsigned char bytes[2 * 256 * 256], again[sizeof bytes];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i % 2 ? i / 2 % 256 : i / 512);
    struct text text = {0};
    text_literal(&text, bytes, sizeof bytes);
    assert_int_equal(read_literal(text.data, text.data + text.size, again), sizeof bytes);
    assert_memory_equal(again, bytes, sizeof bytes);
    text_free(&text);
}

static void literals_escape_what_c_would_read(void **state) {
    (void)state;
    assert_literal("abc", 3, "\"abc\"");
    assert_literal("\"\\?", 3, "\"\\\"\\\\\\?\"");
    assert_literal("\0"
                   "7",
                   2, "\"\\0007\"");
    assert_literal("\0x", 2, "\"\\0x\"");
    assert_literal("\xff\n", 2, "\"\\377\\n\"");
    assert_literal("\n7", 2, "\"\\n7\"");
    assert_literal("\a\b\t\n\v\f\r", 7, "\"\\a\\b\\t\\n\\v\\f\\r\"");
    assert_literal("\x1b[\x1b", 3, "\"\\33[\\33\"");
    assert_literal("\x1b"
                   "9\x06"
                   "9\x06",
                   5, "\"\\0339\\0069\\6\"");
    assert_literal("", 0, "\"\"");
}

static void identifiers_are_recognised(void **state) {
    (void)state;
    assert_true(is_identifier("a_1"));
    assert_false(is_identifier("1a"));
    assert_false(is_identifier("a b"));
    assert_false(is_identifier(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_keep_letters_and_digits),
        cmocka_unit_test(rust_hashes_are_cut_off),
        cmocka_unit_test(long_functions_keep_their_end),
        cmocka_unit_test(exports_are_injective),
        cmocka_unit_test(long_exports_are_told_apart_by_position),
        cmocka_unit_test(comments_cannot_be_left),
        cmocka_unit_test(literals_escape_what_c_would_read),
        cmocka_unit_test(literals_are_read_as_they_were),
        cmocka_unit_test(identifiers_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
