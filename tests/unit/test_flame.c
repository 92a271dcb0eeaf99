/* Flame graphs: shares, folded stacks, the picture, and files of samples, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/flame.h"
#include "bench/samples.h"
#include "w2c/sampling.h"

static struct arena arena;
static struct text text;

/* "main;parse" stands for two frames; a name in brackets is the host's. */
static void add(struct flame *flame, const char *stack, uint64_t weight) {
    struct flame_frame frames[64];
    size_t count = 0;
    char *copy = arena_copy(&arena, stack, strlen(stack));
    for (char *name = strtok(copy, ";"); name; name = strtok(NULL, ";")) {
        frames[count++] = (struct flame_frame){name, name[0] == '[' ? FLAME_HOST : FLAME_GUEST};
    }
    flame_add(flame, frames, count, weight);
}

static const char *folded(struct flame *flame) {
    text_clear(&text);
    flame_folded(flame, &text);
    return text_string(&text);
}

static const char *svg(struct flame *flame) {
    text_clear(&text);
    flame_svg(flame, "<title> & \"it\"", "]]>", &text);
    return text_string(&text);
}

static size_t count(const char *haystack, const char *needle) {
    size_t found = 0;
    for (; (haystack = strstr(haystack, needle)); haystack++) found++;
    return found;
}

static void folds_equal_stacks(void **state) {
    (void)state;
    struct flame *flame = flame_open(&arena);
    add(flame, "main;parse", 5);
    add(flame, "main;print;[write]", 7);
    add(flame, "main;parse", 1);
    add(flame, "main", 2);
    add(flame, "main;parse;parse", 4);
    assert_int_equal(flame_total(flame), 19);
    assert_string_equal(folded(flame), "main 2\nmain;parse 6\nmain;parse;parse 4\nmain;print;[write] 7\n");
}

static void does_not_depend_on_order(void **state) {
    (void)state;
    static const char *const stacks[] = {"a;x", "b", "a;y;z", "a;b", "c;d;e", "a"};
    struct flame *forward = flame_open(&arena), *backward = flame_open(&arena);
    for (size_t i = 0; i < 6; i++) {
        add(forward, stacks[i], i + 1);
        add(backward, stacks[5 - i], 6 - i);
    }
    char *first = arena_copy(&arena, svg(forward), strlen(svg(forward)));
    assert_string_equal(svg(backward), first);
}

static void keeps_names_from_acting(void **state) {
    (void)state;
    struct flame *flame = flame_open(&arena);
    flame_add(flame, (struct flame_frame[]){{"[T; 4]\nevil 9", FLAME_GUEST}, {"<script>&\x1b", FLAME_GUEST}}, 2, 3);
    assert_string_equal(folded(flame), "[T: 4]?evil 9;<script>&? 3\n");
    const char *picture = svg(flame);
    assert_int_equal(count(picture, "<script>"), 1); /* ours */
    assert_int_equal(count(picture, "&lt;script&gt;&amp;\xef\xbf\xbd (0.0 ms, 100.00%)</title>"), 1);
    assert_int_equal(count(picture, "<title> &"), 0);
    assert_int_equal(count(picture, "]]>"), 1);
}

static void draws_in_proportion(void **state) {
    (void)state;
    struct flame *flame = flame_open(&arena);
    add(flame, "a::f", 750000);
    add(flame, "b", 249999);
    add(flame, "c", 1);
    const char *picture = svg(flame);
    assert_int_equal(count(picture, "<g><title>"), 3); /* all, a::f and b; c could not be seen */
    assert_non_null(strstr(picture, "a::f (750.0 ms, 75.00%)"));
    assert_non_null(strstr(picture, "x=\"10.00\" y=\"79\" width=\"885.00\""));
    assert_non_null(strstr(picture, "x=\"895.00\" y=\"79\" width=\"295.00\""));
}

/* What fits of a name: 1180 points for a million. */
static void shortens_names(void **state) {
    (void)state;
    struct flame *flame = flame_open(&arena);
    add(flame, "vm::frame::<impl a::B for c::D>::run_it", 100000);
    add(flame, "vm::very_long_name_of_a_function", 100001);
    add(flame, "x", 799999);
    const char *picture = svg(flame);
    assert_non_null(strstr(picture, ">run_it</text>"));
    assert_non_null(strstr(picture, ">very_long_name..</text>"));
    assert_non_null(strstr(picture, ">x</text>"));
}

static void draws_nothing(void **state) {
    (void)state;
    struct flame *flame = flame_open(&arena);
    assert_string_equal(folded(flame), "");
    assert_int_equal(count(svg(flame), "<g><title>"), 0);
    assert_non_null(strstr(svg(flame), "</svg>"));
}

static void draws_deep_and_wide_trees(void **state) {
    (void)state;
    enum { DEEP = 1000, WIDE = 5000 };
    struct flame *flame = flame_open(&arena);
    struct flame_frame *frames = arena_array(&arena, struct flame_frame, DEEP);
    for (int i = 0; i < DEEP; i++) frames[i] = (struct flame_frame){"deeper", FLAME_GUEST};
    flame_add(flame, frames, DEEP, 1000);
    for (int i = 0; i < WIDE; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        add(flame, name, 1);
    }
    assert_int_equal(count(svg(flame), "deeper ("), DEEP);
    assert_int_equal(count(folded(flame), "\n"), WIDE + 1);
}

/* ---- samples ---- */

static const struct name names[] = {{"env.f", 5}, {"core::main", 10}, {"", 0}};

/* main (1000) calls func[2] (2000), which calls write of libc (3000); 500 is outside, and nobody knows 9999. */
static const struct w2c_sample_place places[] = {
    {500, W2C_SAMPLE_HOST, 0}, {1000, W2C_SAMPLE_GUEST, 1}, {1001, W2C_SAMPLE_GUEST, 1},
    {2000, W2C_SAMPLE_GUEST, 2}, {3000, W2C_SAMPLE_HOST, 11}, {4000, W2C_SAMPLE_GUEST, 77}};
static const char place_names[] = "host_main\0\0[libc.so.6]";
static const uint64_t log_words[] = {5000000, 4, 3000, 2000, 1000, 500, /* a whole stack */
                                     2000000, 2, 1001, 500,             /* the same function, elsewhere in it */
                                     1000000, 1, 9999,                  /* outside of the guest */
                                     3000000, 2, 4000, 1000};           /* a function that does not exist */

static uint8_t *make_file(size_t *size) {
    const struct w2c_samples_header header = {W2C_SAMPLES_MAGIC, sizeof log_words / 8,
                                              sizeof places / sizeof places[0], sizeof place_names, 3};
    *size = sizeof header + sizeof log_words + sizeof places + sizeof place_names;
    uint8_t *file = malloc(*size);
    memcpy(file, &header, sizeof header);
    memcpy(file + sizeof header, log_words, sizeof log_words);
    memcpy(file + sizeof header + sizeof log_words, places, sizeof places);
    memcpy(file + sizeof header + sizeof log_words + sizeof places, place_names, sizeof place_names);
    return file;
}

static bool read_samples(struct flame *flame, const uint8_t *bytes, size_t size, struct samples_summary *summary) {
    return samples_add(flame, &arena, bytes, size, names, 3, summary);
}

static void reads_samples(void **state) {
    (void)state;
    size_t size;
    uint8_t *file = make_file(&size);
    struct samples_summary summary;
    struct flame *flame = flame_open(&arena);
    assert_true(read_samples(flame, file, size, &summary));
    memset(file, 'x', size); /* nothing of it is kept */
    assert_string_equal(folded(flame), "[w2c] 1000\n"
                                       "core::main 2000\n"
                                       "core::main;func[2];[libc.so.6] 5000\n"
                                       "core::main;func[77] 3000\n");
    assert_int_equal(summary.count, 4);
    assert_int_equal(summary.microseconds, 11000);
    assert_int_equal(summary.lost, 3);
    free(file);
}

/* Any length, and any byte changed: an answer, and nothing read that is not there (the sanitizers look). */
static void refuses_damaged_files(void **state) {
    (void)state;
    size_t size;
    uint8_t *file = make_file(&size);
    struct samples_summary summary;
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, file, cut);
        assert_false(read_samples(flame_open(&arena), copy, cut, &summary));
        free(copy);
    }
    for (size_t at = 0; at < size; at++) {
        for (int bit = 0; bit < 8; bit += 3) {
            file[at] ^= (uint8_t)(1u << bit);
            read_samples(flame_open(&arena), file, size, &summary);
            file[at] ^= (uint8_t)(1u << bit);
        }
    }
    free(file);
}

static int tear_down(void **state) {
    (void)state;
    text_free(&text);
    arena_free(&arena);
    return 0;
}

static void a_title_is_one_line_that_fits(void **state) {
    (void)state;
    char title[200];
    memset(title, 'x', 89);
    strcpy(title + 89, "\xc3\xa9 and more");
    struct flame *flame = flame_open(&arena);
    text_clear(&text);
    flame_svg(flame, title, "", &text);
    assert_non_null(strstr(text_string(&text), "xxx...</text>"));
    text_clear(&text);
    flame_svg(flame, "first\nsecond", "", &text);
    assert_non_null(strstr(text_string(&text), ">first...</text>"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_equal_stacks),
        cmocka_unit_test(does_not_depend_on_order),
        cmocka_unit_test(keeps_names_from_acting),
        cmocka_unit_test(draws_in_proportion),
        cmocka_unit_test(shortens_names),
        cmocka_unit_test(draws_nothing),
        cmocka_unit_test(draws_deep_and_wide_trees),
        cmocka_unit_test(reads_samples),
        cmocka_unit_test(refuses_damaged_files),
        cmocka_unit_test(a_title_is_one_line_that_fits),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
