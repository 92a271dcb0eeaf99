/* What is pasted, how often, and that nothing local is left to include. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "emit/amalgam.h"

static unsigned count(struct text *text, const char *needle) {
    unsigned found = 0;
    for (const char *at = text_string(text); (at = strstr(at, needle)); at++) found++;
    return found;
}

static void pastes_nested_headers_once(void **state) {
    (void)state;
    struct text out = {0};
    struct amalgam amalgam = {0};
    amalgam_write(&out, &amalgam, "w2c/w2c.h");
    assert_int_equal(count(&out, "#define W2C_CONFIG_H\n"), 1);
    amalgam_write(&out, &amalgam, "w2c/config.h");
    amalgam_write(&out, &amalgam, "include/w2c/w2c.h");
    amalgam_write(&out, &amalgam, "w2c/types.h");
    assert_int_equal(count(&out, "#define W2C_CONFIG_H\n"), 1);
    assert_int_equal(count(&out, "#define W2C_H\n"), 1);
    assert_int_equal(count(&out, "#define W2C_TYPES_H\n"), 1);
    text_free(&out);
}

static void pastes_tables_each_time(void **state) {
    (void)state;
    struct text out = {0};
    struct amalgam amalgam = {0};
    amalgam_write(&out, &amalgam, "w2c/w2c.h");
    assert_int_equal(count(&out, "TRAP(UNREACHABLE,"), 1);
    amalgam_write(&out, &amalgam, "w2c/trap.def");
    assert_int_equal(count(&out, "TRAP(UNREACHABLE,"), 2);
    text_free(&out);
}

static void starts_afresh_with_each_state(void **state) {
    (void)state;
    struct text out = {0};
    amalgam_write(&out, &(struct amalgam){0}, "w2c/config.h");
    amalgam_write(&out, &(struct amalgam){0}, "w2c/config.h");
    assert_int_equal(count(&out, "#define W2C_CONFIG_H\n"), 2);
    text_free(&out);
}

/* Also that every file of the runtime that another one names is embedded. */
static void leaves_no_local_include(void **state) {
    (void)state;
    struct text out = {0};
    struct amalgam amalgam = {0};
    amalgam_runtime(&out, &amalgam, AMALGAM_PROGRAM, true);
    amalgam_runtime(&out, &amalgam, AMALGAM_LIBRARY, true);
    for (size_t i = 0; i < embedded_text_count; i++) amalgam_write(&out, &amalgam, embedded_texts[i].path);
    assert_int_equal(count(&out, "#include \""), 0);
    assert_int_not_equal(count(&out, "#include <"), 0);
    text_free(&out);
}

static void chooses_sources_by_kind(void **state) {
    (void)state;
    struct text program = {0}, library = {0}, pure = {0};
    amalgam_runtime(&program, &(struct amalgam){0}, AMALGAM_PROGRAM, false);
    amalgam_runtime(&library, &(struct amalgam){0}, AMALGAM_LIBRARY, true);
    amalgam_runtime(&pure, &(struct amalgam){0}, AMALGAM_LIBRARY, false);
    assert_int_equal(count(&program, "\nW2C_RT int w2c_program_main("), 1);
    assert_int_equal(count(&library, "\nW2C_RT int w2c_program_main("), 0);
    assert_true(pure.size < library.size);
    text_free(&program);
    text_free(&library);
    text_free(&pure);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pastes_nested_headers_once),
        cmocka_unit_test(pastes_tables_each_time),
        cmocka_unit_test(starts_afresh_with_each_state),
        cmocka_unit_test(leaves_no_local_include),
        cmocka_unit_test(chooses_sources_by_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
