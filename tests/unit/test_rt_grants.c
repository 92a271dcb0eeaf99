/* Text of grants: quoting, directories, variables, and what is refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "grants.h"

static struct w2c_grants grants;
static char problem_text[256];

static bool parse(const char *text) {
    struct w2c_message problem = w2c_message_open(problem_text, sizeof problem_text);
    return w2c_grants_parse(&grants, text, &problem);
}

static int tear_down(void **state) {
    (void)state;
    w2c_grants_free(&grants);
    return 0;
}

static void directory_is(size_t index, const char *host, const char *guest, bool read_only) {
    assert_true(index < grants.preopen_count);
    assert_string_equal(grants.preopens[index].host, host);
    assert_string_equal(grants.preopens[index].guest, guest);
    assert_int_equal(grants.preopens[index].read_only, read_only);
}

static void nothing_is_granted_by_nothing(void **state) {
    (void)state;
    assert_true(parse(""));
    assert_true(parse(" \t\n"));
    assert_int_equal(grants.preopen_count, 0);
    assert_int_equal(grants.environment_count, 0);
}

static void directories_have_two_names(void **state) {
    (void)state;
    assert_true(parse("--dir data --dir=/srv/x::/x\n--dir a::b:ro --dir c:ro --dir d:e::f::g"));
    assert_int_equal(grants.preopen_count, 5);
    directory_is(0, "data", "data", false);
    directory_is(1, "/srv/x", "/x", false);
    directory_is(2, "a", "b", true);
    directory_is(3, "c:ro", "c:ro", false);
    directory_is(4, "d:e", "f::g", false);
}

static void words_are_quoted_as_in_a_shell(void **state) {
    (void)state;
    assert_true(parse("--dir 'a b'::\"/c d\" --dir a\\ b --dir 'x\\y'\"\\z\\\"\\\\\""));
    assert_true(parse("--env A='' \"--env\" B=\"'\"\\\"=1"));
    directory_is(0, "a b", "/c d", false);
    directory_is(1, "a b", "a b", false);
    directory_is(2, "x\\y\\z\"\\", "x\\y\\z\"\\", false);
    assert_string_equal(grants.environment[0], "A=");
    assert_string_equal(grants.environment[1], "B='\"=1");
}

static void later_variables_replace_earlier_ones(void **state) {
    (void)state;
    assert_true(parse("--env A=1 --env AB=2 --env A=3"));
    assert_true(parse("--env=AB=4"));
    assert_int_equal(grants.environment_count, 2);
    assert_string_equal(grants.environment[0], "A=3");
    assert_string_equal(grants.environment[1], "AB=4");
}

static const char *find_variable(const char *start) {
    for (size_t i = 0; i < grants.environment_count; i++) {
        if (strncmp(grants.environment[i], start, strlen(start)) == 0) {
            return grants.environment[i];
        }
    }
    return NULL;
}

static void inheriting_leaves_options_out(void **state) {
    (void)state;
    setenv("W2C_OPTIONS", "--inherit-env", 1);
    setenv("W2C_TEST_A", "1", 1);
    setenv("W2C_TEST_B", "2", 1);
    assert_true(parse("--env W2C_TEST_A=x --inherit-env --env W2C_TEST_B=y"));
    assert_string_equal(find_variable("W2C_TEST_A="), "W2C_TEST_A=x");
    assert_string_equal(find_variable("W2C_TEST_B="), "W2C_TEST_B=y");
    assert_non_null(find_variable("PATH="));
    assert_null(find_variable("W2C_OPTIONS="));
}

static void addresses_keep_their_order(void **state) {
    (void)state;
    assert_true(parse("--listen 127.0.0.1:80 --listen=[::1]:0"));
    assert_true(parse("--listen localhost:65535"));
    assert_int_equal(grants.listen_count, 3);
    assert_string_equal(grants.listen[0], "127.0.0.1:80");
    assert_string_equal(grants.listen[1], "[::1]:0");
    assert_string_equal(grants.listen[2], "localhost:65535");
}

static void the_last_seed_counts(void **state) {
    (void)state;
    assert_true(parse("--env A=1"));
    assert_false(grants.is_deterministic);
    assert_true(parse("--deterministic=18446744073709551615 --env B=2"));
    assert_true(grants.is_deterministic);
    assert_int_equal(grants.seed, UINT64_MAX);
    assert_true(parse("--deterministic=7"));
    assert_int_equal(grants.seed, 7);
    assert_true(parse("--deterministic"));
    assert_int_equal(grants.seed, 0);
}

static void mistakes_are_named(void **state) {
    (void)state;
#define OPTIONS " (there are --dir, --listen, --env, --inherit-env, --deterministic, --max-threads and --trace)"
    static const char *const cases[][2] = {
        {"--dirs x", "unknown option \"--dirs\"" OPTIONS},
        {"x", "unknown option \"x\"" OPTIONS},
        {"''", "unknown option \"\"" OPTIONS},
        {"--inherit-env=1", "unknown option \"--inherit-env=1\"" OPTIONS},
        {"--env A=1 --dir", "--dir needs a value"},
        {"--dir ''", "--dir needs HOST, HOST::GUEST or HOST::GUEST:ro, and neither may be empty"},
        {"--dir a::", "--dir needs HOST, HOST::GUEST or HOST::GUEST:ro, and neither may be empty"},
        {"--dir a:::ro", "--dir needs HOST, HOST::GUEST or HOST::GUEST:ro, and neither may be empty"},
        {"--dir ::a", "--dir needs HOST, HOST::GUEST or HOST::GUEST:ro, and neither may be empty"},
        {"--env A", "--env needs NAME=VALUE, found \"A\""},
        {"--env =A", "--env needs NAME=VALUE, found \"=A\""},
        {"--dir 'a", "a quote ' is not closed"},
        {"--dir \"a\\\"", "a quote \" is not closed"},
        {"--dir a\\", "nothing follows the last backslash"},
        {"--listen", "--listen needs a value"},
        {"--listen 80", "--listen needs ADDRESS:PORT, [ADDRESS]:PORT or localhost:PORT, found \"80\""},
        {"--listen example.org:80",
         "--listen needs ADDRESS:PORT, [ADDRESS]:PORT or localhost:PORT, found \"example.org:80\""},
        {"--deterministic=x", "--deterministic takes a decimal number of 64 bits, found \"x\""},
        {"--deterministic=", "--deterministic takes a decimal number of 64 bits, found \"\""},
        {"--deterministic=18446744073709551616",
         "--deterministic takes a decimal number of 64 bits, found \"18446744073709551616\""},
        {"\x1b[2J", "unknown option \"\\x1b[2J\"" OPTIONS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(parse(cases[i][0]));
        assert_string_equal(problem_text, cases[i][1]);
    }
}

static void tracing_is_asked_for(void **state) {
    (void)state;
    assert_true(parse("--env A=1"));
    assert_false(grants.wants_trace);
    assert_true(parse("--trace --env B=2"));
    assert_true(grants.wants_trace);
    assert_false(parse("--trace=1"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_is_granted_by_nothing, tear_down),
        cmocka_unit_test_teardown(directories_have_two_names, tear_down),
        cmocka_unit_test_teardown(words_are_quoted_as_in_a_shell, tear_down),
        cmocka_unit_test_teardown(later_variables_replace_earlier_ones, tear_down),
        cmocka_unit_test_teardown(inheriting_leaves_options_out, tear_down),
        cmocka_unit_test_teardown(addresses_keep_their_order, tear_down),
        cmocka_unit_test_teardown(the_last_seed_counts, tear_down),
        cmocka_unit_test_teardown(tracing_is_asked_for, tear_down),
        cmocka_unit_test_teardown(mistakes_are_named, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
