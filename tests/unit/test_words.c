/* Splitting and quoting of words: what is written is read back, and the notation is a shell's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "build/words.h"

static struct arena arena;

/* Splits `text`; the words with '|' after each, or NULL. */
static const char *split(const char *text) {
    struct words words = {.arena = &arena};
    if (!words_split(&words, text)) return NULL;
    char *joined = arena_array(&arena, char, 2 * strlen(text) + 2);
    for (size_t i = 0; i < words.count; i++) strcat(strcat(joined, words.items[i]), "|");
    return joined;
}

static void splits_as_a_shell_does(void **state) {
    (void)state;
    assert_string_equal(split(""), "");
    assert_string_equal(split("  \t\n"), "");
    assert_string_equal(split(" a  bc\td\n"), "a|bc|d|");
    assert_string_equal(split("'a b' \"c d\" e\\ f"), "a b|c d|e f|");
    assert_string_equal(split("a'b'\"c\"d"), "abcd|");
    assert_string_equal(split("'' \"\""), "||");
    assert_string_equal(split("'a\\b' \"a\\b\\\"\\\\\" a\\b"), "a\\b|a\\b\"\\|ab|");
    assert_string_equal(split("it\\'s"), "it's|");
    assert_string_equal(split("end\\"), "end\\|");
}

static void refuses_open_quotes(void **state) {
    (void)state;
    assert_null(split("a 'b"));
    assert_null(split("\"b\\\""));
}

static void reads_back_what_it_quotes(void **state) {
    (void)state;
    static const char *const words[] = {"",   "plain", "a b",   "it's", "'", "\\", "\"",
                                        "a\nb", "$HOME", "*", "~",    "é", "#"};
    struct text text = {0};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) words_quote(&text, words[i]);
    struct words read = {.arena = &arena};
    assert_true(words_split(&read, text_string(&text)));
    assert_int_equal(read.count, sizeof words / sizeof words[0]);
    for (size_t i = 0; i < read.count; i++) assert_string_equal(read.items[i], words[i]);
    assert_null(read.items[read.count]);
    text_free(&text);
}

static void leaves_plain_words_alone(void **state) {
    (void)state;
    struct text text = {0};
    words_quote(&text, "--dir");
    words_quote(&text, "./a_b-1::/x:ro");
    assert_string_equal(text_string(&text), "--dir ./a_b-1::/x:ro");
    text_free(&text);
}

static int free_arena(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_as_a_shell_does),
        cmocka_unit_test(refuses_open_quotes),
        cmocka_unit_test(reads_back_what_it_quotes),
        cmocka_unit_test(leaves_plain_words_alone),
    };
    return cmocka_run_group_tests(tests, NULL, free_arena);
}
