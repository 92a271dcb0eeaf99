/* What engines tell the runtime of their code: ranges of addresses that stand for functions, and frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt.h"
#include "w2c/engine.h"

/* Every function of the toy engine has ten addresses; the last of them belongs to nobody. */
static bool find_by_tens(const struct w2c_code_range *range, uintptr_t address, uint32_t *func_idx) {
    *func_idx = (uint32_t)((address - range->low) / 10);
    return (address - range->low) % 10 != 9;
}

static void write_toy_name(const void *unused, uint32_t func_idx, char *name, size_t capacity) {
    static const char *const names[] = {"one", "", "three"};
    (void)unused;
    snprintf(name, capacity, "%s", names[func_idx]);
}

static struct w2c_code_range first = {.low = 1000,
                                      .high = 1030,
                                      .module = "first.wasm",
                                      .write_name = write_toy_name,
                                      .function_count = 3,
                                      .find = find_by_tens};
static struct w2c_code_range second = {
    .low = 2000, .high = 2100, .module = "second.wasm", .function_count = 2, .find = find_by_tens};

static void finds_the_range_of_an_address(void **state) {
    (void)state;
    struct w2c_symbol symbol;
    assert_false(w2c_symbols_find((void *)1010, &symbol));
    w2c_code_add(&first);
    w2c_code_add(&second);
    assert_true(w2c_symbols_find((void *)1010, &symbol));
    assert_int_equal(symbol.index, 1);
    assert_string_equal(symbol.names.module, "first.wasm");
    assert_true(w2c_symbols_find((void *)2000, &symbol));
    assert_string_equal(symbol.names.module, "second.wasm");
    assert_false(w2c_symbols_find((void *)999, &symbol));
    assert_false(w2c_symbols_find((void *)1030, &symbol));
    char name[16];
    assert_true(w2c_symbols_find((void *)1020, &symbol));
    w2c_code_name(&symbol, name, sizeof name);
    assert_string_equal(name, "three");
    w2c_code_remove(&first);
    assert_false(w2c_symbols_find((void *)1010, &symbol));
    assert_true(w2c_symbols_find((void *)2010, &symbol));
    w2c_code_remove(&second);
    assert_false(w2c_symbols_find((void *)2010, &symbol));
}

static void believes_no_function_that_is_not_there(void **state) {
    (void)state;
    struct w2c_symbol symbol;
    w2c_code_add(&second);
    assert_false(w2c_symbols_find((void *)2009, &symbol)); /* find says no */
    assert_false(w2c_symbols_find((void *)2020, &symbol)); /* function 2 of 2 */
    w2c_code_remove(&second);
    w2c_code_remove(&second);
}

/* ---- frames ---- */

static uint32_t toy_frames(void **frames, uint32_t capacity) {
    frames[0] = (void *)1025;
    frames[1] = (void *)1000;
    return capacity < 2 ? capacity : 2;
}

static void traps(void *argument) {
    (void)argument;
    w2c_trap(W2C_TRAP_UNREACHABLE);
}

static void errors_have_the_frames_of_the_engine(void **state) {
    (void)state;
    struct w2c_error error;
    w2c_code_add(&first);
    w2c_engine_frames = toy_frames;
    assert_int_equal(w2c_try(traps, NULL, &error), W2C_TRAP_UNREACHABLE);
    w2c_engine_frames = NULL;
    assert_int_equal(error.frame_count, 2);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    w2c_error_print(&error, stream);
    fclose(stream);
    assert_string_equal(text, "first.wasm: trap: unreachable in func 2 \"three\"\n"
                              "  #0 func 2 \"three\"\n  #1 func 0 \"one\"\n");
    free(text);
    w2c_code_remove(&first);
    w2c_try(traps, NULL, &error);
    assert_true(error.frame_count > 2);
}

static void native_frames_are_the_unwinders(void **state) {
    (void)state;
    void *frames[4];
    w2c_engine_frames = toy_frames;
    const uint32_t count = w2c_native_frames(frames, 4);
    w2c_engine_frames = NULL;
    assert_true(count > 1 && count <= 4);
    assert_ptr_not_equal(frames[0], (void *)1025);
}

static void a_type_id_leads_to_its_signature(void **state) {
    (void)state;
    assert_string_equal(w2c_type_signature(w2c_type_id("il:d")), "il:d");
    assert_null(w2c_type_signature(0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_range_of_an_address),
        cmocka_unit_test(believes_no_function_that_is_not_there),
        cmocka_unit_test(errors_have_the_frames_of_the_engine),
        cmocka_unit_test(native_frames_are_the_unwinders),
        cmocka_unit_test(a_type_id_leads_to_its_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
