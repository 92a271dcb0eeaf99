/* The text buffer, and how errors of the input are printed. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* fmemopen */
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "catching.h"

static void pieces_are_appended(void **state) {
    (void)state;
    struct text text = {0};
    assert_string_equal(text_string(&text), "");
    text_str(&text, "x = ");
    text_u64(&text, UINT64_MAX);
    text_char(&text, ' ');
    text_u64(&text, 0);
    text_char(&text, ' ');
    text_hex(&text, 0);
    text_char(&text, ' ');
    text_hex(&text, 0xdeadbeef01234567u);
    text_format(&text, " %s %d", "and", -7);
    assert_string_equal(text_string(&text), "x = 18446744073709551615 0 0x0 0xdeadbeef01234567 and -7");
    text_clear(&text);
    text_bytes(&text, "a\0b", 3);
    assert_int_equal(text.size, 3);
    assert_memory_equal(text_string(&text), "a\0b", 4);
    text_free(&text);
    assert_null(text.data);
}

/* Lengths around the capacity, where a NUL has no room. */
static void any_length_is_formatted(void **state) {
    (void)state;
    for (int width = 1; width < 600; width++) {
        struct text text = {0};
        text_str(&text, "ab");
        text_format(&text, "%*d", width, 5);
        text_format(&text, "%*d", 256 - width % 256, 6);
        assert_int_equal(text.size, 2 + width + 256 - width % 256);
        assert_int_equal(text.data[2 + width - 1], '5');
        assert_int_equal(text.data[text.size - 1], '6');
        text_free(&text);
    }
}

static void growth_keeps_what_was_there(void **state) {
    (void)state;
    struct text text = {0};
    for (unsigned i = 0; i < 100000; i++)
        text_char(&text, (char)('a' + i % 26));
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(text.data[i], 'a' + i % 26);
    text_free(&text);
}

/* A text with somebody behind it who counts what he gets. */
struct counted_text {
    struct text text;
    size_t drained;
};

static void count_bytes(struct text *text) {
    ((struct counted_text *)text)->drained += text->size;
    text_clear(text);
}

static void much_text_is_passed_on(void **state) {
    (void)state;
    struct counted_text counted = {.text.drain = count_bytes};
    for (size_t i = 0; i < TEXT_DRAIN_BYTES * 3 / 2; i++) {
        text_char(&counted.text, 'x');
        text_relieve(&counted.text);
    }
    assert_int_equal(counted.drained, TEXT_DRAIN_BYTES);
    assert_int_equal(counted.text.size, TEXT_DRAIN_BYTES / 2);
    text_free(&counted.text);
    struct text text = {0};
    for (size_t i = 0; i <= TEXT_DRAIN_BYTES; i++)
        text_char(&text, 'x');
    text_relieve(&text);
    assert_int_equal(text.size, TEXT_DRAIN_BYTES + 1);
    text_free(&text);
}

/* ---- diagnostics ---- */

static void fail_with_long_message(struct diag_context *context, void *argument) {
    (void)argument;
    context->func_idx = 12;
    context->op = "i32.add";
    fail_at(context, DIAG_INVALID, 0x1a3f, "%01000d", 7);
}

static const char *printed(const struct diag *diag, const char *name, size_t name_bytes) {
    static char buffer[4096];
    FILE *stream = fmemopen(buffer, sizeof buffer, "w");
    assert_non_null(stream);
    diag_print(diag, "app.wasm", name, name_bytes, stream);
    fclose(stream);
    return buffer;
}

static void messages_say_where(void **state) {
    (void)state;
    struct diag diag = {.offset = 0x1a3f, .func_idx = 12, .op = "i32.add", .message = "expected i32, found f64"};
    assert_string_equal(printed(&diag, "parse", 5),
                        "app.wasm:0x1a3f: func 12 \"parse\": i32.add: expected i32, found f64\n");
    assert_string_equal(printed(&diag, NULL, 0), "app.wasm:0x1a3f: func 12: i32.add: expected i32, found f64\n");
    diag.func_idx = DIAG_NO_FUNC;
    diag.op = NULL;
    assert_string_equal(printed(&diag, "parse", 5), "app.wasm:0x1a3f: expected i32, found f64\n");
    diag.section = "global";
    assert_string_equal(printed(&diag, NULL, 0), "app.wasm:0x1a3f: global section: expected i32, found f64\n");
}

/* A name cannot reach the terminal as control characters, nor end its quotes. */
static void names_are_escaped(void **state) {
    (void)state;
    const struct diag diag = {.offset = 1, .func_idx = 0, .message = "m"};
    assert_string_equal(printed(&diag, "a\"\\\n\x1b[31m\0\xc3\xa9", 12),
                        "app.wasm:0x1: func 0 \"a\\22\\5c\\0a\\1b[31m\\00\\c3\\a9\": m\n");
    char name[1000];
    memset(name, 'n', sizeof name);
    assert_true(strlen(printed(&diag, name, sizeof name)) < 300);
}

static void failing_records_and_returns(void **state) {
    (void)state;
    struct diag_context context = {0};
    assert_true(catches(&context, fail_with_long_message, NULL));
    assert_int_equal(context.diag.kind, DIAG_INVALID);
    assert_int_equal(context.diag.offset, 0x1a3f);
    assert_int_equal(context.diag.func_idx, 12);
    assert_string_equal(context.diag.op, "i32.add");
    assert_int_equal(strlen(context.diag.message), sizeof context.diag.message - 1);
}

static void titles_are_cut_between_characters(void **state) {
    (void)state;
    assert_int_equal(text_title_size("", 5), 0);
    assert_int_equal(text_title_size("short", 5), 5);
    assert_int_equal(text_title_size("longer", 5), 5);
    assert_int_equal(text_title_size("two\nlines", 5), 3);
    assert_int_equal(text_title_size("\nline", 5), 0);
    assert_int_equal(text_title_size("ab\xe2\x82\xac" "c", 5), 5);
    assert_int_equal(text_title_size("ab\xe2\x82\xac" "c", 4), 2);
    assert_int_equal(text_title_size("ab\xe2\x82\xac" "c", 3), 2);
    assert_int_equal(text_title_size("\xc3\xa4\xc3\xb6", 2), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_appended),         cmocka_unit_test(any_length_is_formatted),
        cmocka_unit_test(growth_keeps_what_was_there), cmocka_unit_test(much_text_is_passed_on),
        cmocka_unit_test(messages_say_where),          cmocka_unit_test(names_are_escaped),
        cmocka_unit_test(failing_records_and_returns), cmocka_unit_test(titles_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
