/* From addresses to wasm functions, and what is printed of them. The functions below are named like generated
 * ones; this program's own symbol table is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt.h"

static volatile int depth;

/* Noinline and with something to do after the call, so that each has a frame. */
#define GUEST W2C_NOINLINE static

GUEST void sample_f2_inner(void) {
    if (depth == 0) {
        w2c_trap(W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    }
    W2C_KEEP_FRAME();
}

GUEST void sample_f1(void) {
    if (depth-- > 0) {
        sample_f1();
    } else {
        depth = 0;
        sample_f2_inner();
    }
    W2C_KEEP_FRAME();
}

GUEST void sample_f0_start(void *argument) {
    (void)argument;
    sample_f1();
    W2C_KEEP_FRAME();
}

/* Beyond the module's functions: no guest function. */
GUEST void sample_f9_host(void *argument) {
    sample_f0_start(argument);
    W2C_KEEP_FRAME();
}

static const char function_names[] = "_start\0\0in\"\x1b[31m\xc3\xa9\xff\xe2\x80\xaemost\nx\0";
static const struct w2c_names names = {"sample.wasm", "sample_", function_names, 3};

static void finds_functions(void **state) {
    (void)state;
    struct w2c_symbol symbol;
    const char *inside = (const char *)(uintptr_t)sample_f2_inner + 1;
    assert_false(w2c_symbols_find(inside, &symbol));
    assert_null(w2c_symbols_module());
    assert_true(w2c_symbols_add(&names));
    assert_true(w2c_symbols_add(&names));
    w2c_symbols_remove(&names);
    assert_true(w2c_symbols_find(inside, &symbol));
    assert_int_equal(symbol.index, 2);
    assert_string_equal(symbol.names.module, "sample.wasm");
    assert_string_equal(w2c_symbols_module(), "sample.wasm");
    assert_false(w2c_symbols_find((const void *)(uintptr_t)sample_f9_host, &symbol));
    assert_false(w2c_symbols_find((const void *)(uintptr_t)finds_functions, &symbol));
    assert_false(w2c_symbols_find(&symbol, &symbol));
    assert_false(w2c_symbols_find(NULL, &symbol));
    w2c_symbols_remove(&names);
    assert_false(w2c_symbols_find(inside, &symbol));
}

/* What w2c_error_print writes for a trap in sample_f2_inner under `calls` + 1 calls of sample_f1. */
static char *print_trap(int calls) {
    struct w2c_error error;
    char *text = NULL;
    size_t size = 0;
    depth = calls;
    assert_int_equal(w2c_try(sample_f9_host, NULL, &error), W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    FILE *stream = open_memstream(&text, &size);
    w2c_error_print(&error, stream);
    fclose(stream);
    return text;
}

#define INNER "func 2 \"in\\x22\\x1b[31m\xc3\xa9\\xff\\xe2\\x80\\xaemost\\x0ax\"\n"

static void prints_a_backtrace_of_the_guest(void **state) {
    (void)state;
    w2c_symbols_add(&names);
    char *text = print_trap(0);
    assert_string_equal(text, "sample.wasm: trap: integer divide by zero in " INNER "  #0 " INNER
                              "  #1 func 1\n  #2 func 0 \"_start\"\n");
    free(text);
    w2c_symbols_remove(&names);
}

static void prints_no_more_than_32_lines(void **state) {
    (void)state;
    w2c_symbols_add(&names);
    char *text = print_trap(40);
    assert_non_null(strstr(text, "  #31 func 1\n  ... 11 more\n"));
    free(text);
    text = print_trap(1000);
    assert_non_null(strstr(text, "  #31 func 1\n  ... at least "));
    free(text);
    w2c_symbols_remove(&names);
}

static void prints_without_names(void **state) {
    (void)state;
    char *text = print_trap(0);
    assert_string_equal(text, "w2c: trap: integer divide by zero\n");
    free(text);
}

static void long_names_are_cut(void **state) {
    (void)state;
    char name[1000], text[64];
    memset(name, 'x', sizeof name);
    struct w2c_message message = w2c_message_open(text, sizeof text);
    w2c_message_quote(&message, name, sizeof name);
    assert_int_equal(message.used, sizeof text - 1);
    assert_int_equal(strlen(text), sizeof text - 1);
    char wide[256];
    message = w2c_message_open(wide, sizeof wide);
    w2c_message_quote(&message, name, sizeof name);
    assert_int_equal(strlen(wide), 72 + strlen("\"...\""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_functions),
        cmocka_unit_test(prints_a_backtrace_of_the_guest),
        cmocka_unit_test(prints_no_more_than_32_lines),
        cmocka_unit_test(prints_without_names),
        cmocka_unit_test(long_names_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
