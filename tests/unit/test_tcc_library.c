/* Libraries compiled in memory: instances, traps with the functions that led to them, threads, what is mapped how. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module_bytes.h"
#include "tcc/tcc.h"

/* ---- a module ----
 *   (memory 1) (global $count (mut i32))
 *   0 quotient (i32 i32) -> i32    i32.div_s
 *   1 inner    unreachable
 *   2 outer    calls inner
 *   3 deep     calls itself
 *   4 load     (i32 i32) -> i32    what is at the first argument + 16
 *   5 count    () -> i32           one more each time
 *   6 sum      (f64 f64) -> f64, by way of the table
 *   7 add      (f64 f64) -> f64 */
static struct image image;

static void make_image(void) {
    image_begin(&image);
    SECTION(&image, 1, 4, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0, 0x60, 0, 1, 0x7f, 0x60, 2, 0x7c, 0x7c, 1, 0x7c);
    SECTION(&image, 3, 8, 0, 1, 1, 1, 0, 2, 3, 3);
    SECTION(&image, 4, 1, 0x70, 0, 1);
    SECTION(&image, 5, 1, 0, 1);
    SECTION(&image, 6, 1, 0x7f, 1, 0x41, 0, 0x0b);
    SECTION(&image, 7, 6, 1, 'q', 0, 0, 1, 'o', 0, 2, 1, 'd', 0, 3, 1, 'l', 0, 4, 1, 'c', 0, 5, 1, 's', 0, 6);
    SECTION(&image, 9, 1, 0, 0x41, 0, 0x0b, 1, 7);
    SECTION(&image, 10, 8, 7, 0, 0x20, 0, 0x20, 1, 0x6d, 0x0b, 3, 0, 0x00, 0x0b, 4, 0, 0x10, 1, 0x0b, 4, 0, 0x10, 3,
            0x0b, 7, 0, 0x20, 0, 0x28, 2, 16, 0x0b, 11, 0, 0x23, 0, 0x41, 1, 0x6a, 0x24, 0, 0x23, 0, 0x0b, 11, 0, 0x20,
            0, 0x20, 1, 0x41, 0, 0x11, 3, 0, 0x0b, 7, 0, 0x20, 0, 0x20, 1, 0xa0, 0x0b);
    SECTION(&image, 0, 4, 'n', 'a', 'm', 'e', 1, 30, 4, 1, 5, 'i', 'n', 'n', 'e', 'r', 2, 5, 'o', 'u', 't', 'e', 'r', 3,
            4, 'd', 'e', 'e', 'p', 4, 7, 'l', 'o', 'a', 'd', '"', '\n', '\\');
}

struct fixture {
    struct arena arena;
    struct module module;
    struct tcc_library *library;
};

static void open_fixture(struct fixture *fixture) {
    struct diag_context diag = {.func_idx = DIAG_NO_FUNC};
    jmp_buf catcher;
    diag.catcher = &catcher;
    *fixture = (struct fixture){0};
    if (setjmp(catcher) != 0) fail_msg("%s", diag.diag.message);
    decode_module(&fixture->module, &fixture->arena, &diag, "test.wasm", image.bytes, image.size);
    fixture->library = tcc_library_open(&fixture->module, "test.wasm");
    assert_non_null(fixture->library);
}

static void close_fixture(struct fixture *fixture) {
    tcc_library_close(fixture->library);
    arena_free(&fixture->arena);
}

static struct w2c_instance *instantiate(const struct fixture *fixture) {
    struct w2c_error error;
    struct w2c_instance *instance = w2c_instantiate(tcc_library_module(fixture->library), NULL, 0, &error);
    if (!instance) fail_msg("%s", error.message);
    return instance;
}

/* ---- tests ---- */

static void test_calls(void **state) {
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    struct w2c_instance *a = instantiate(&fixture), *b = instantiate(&fixture);
    union w2c_value arguments[2] = {{.i32 = (uint32_t)-40}, {.i32 = 7}}, result;
    assert_int_equal(w2c_invoke(a, "q", 1, arguments, &result, NULL), W2C_OK);
    assert_int_equal((int32_t)result.i32, -5);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(w2c_invoke(a, "c", 1, NULL, &result, NULL), W2C_OK);
        assert_int_equal(result.i32, i);
    }
    assert_int_equal(w2c_invoke(b, "c", 1, NULL, &result, NULL), W2C_OK);
    assert_int_equal(result.i32, 1);
    arguments[0].f64 = 0.1, arguments[1].f64 = 0.2;
    assert_int_equal(w2c_invoke(b, "s", 1, arguments, &result, NULL), W2C_OK);
    assert_true(result.f64 == 0.1 + 0.2);
    w2c_instance_delete(a);
    w2c_instance_delete(b);
    close_fixture(&fixture);
}

/* The test framework handles SIGSEGV itself and sets that up for each test, over the runtime's handler. */
static struct sigaction runtime_segv;

static void do_nothing(void *argument) {
    (void)argument;
}

static void learn_handler(void) {
    w2c_try(do_nothing, NULL, NULL);
    sigaction(SIGSEGV, NULL, &runtime_segv);
}

static void print_trap(const struct w2c_error *error, char *text, size_t size) {
    FILE *stream = fmemopen(text, size, "w");
    assert_non_null(stream);
    w2c_error_print(error, stream);
    fclose(stream);
}

static void test_traps(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t first, second;
        enum w2c_trap trap;
        const char *text;
    } rows[] = {
        {"q", 1, 0, W2C_TRAP_INTEGER_DIVIDE_BY_ZERO, "test.wasm: trap: integer divide by zero in func 0"},
        {"q", 0x80000000, (uint32_t)-1, W2C_TRAP_INTEGER_OVERFLOW, "test.wasm: trap: integer overflow in func 0"},
        {"o", 0, 0, W2C_TRAP_UNREACHABLE,
         "test.wasm: trap: unreachable in func 1 \"inner\"\n  #0 func 1 \"inner\"\n  #1 func 2 \"outer\"\n"},
        {"l", 65536, 0, W2C_TRAP_OUT_OF_BOUNDS_MEMORY, "test.wasm: trap: out of bounds memory access in func 4 \"load"},
        {"l", 0xffffffff, 0, W2C_TRAP_OUT_OF_BOUNDS_MEMORY, "test.wasm: trap: out of bounds memory access in func 4"},
        {"d", 0, 0, W2C_TRAP_STACK_EXHAUSTED, "test.wasm: trap: call stack exhausted in func 3 \"deep\"\n"},
    };
    struct fixture fixture;
    open_fixture(&fixture);
    struct w2c_instance *instance = instantiate(&fixture);
    sigaction(SIGSEGV, &runtime_segv, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const union w2c_value arguments[2] = {{.i32 = rows[i].first}, {.i32 = rows[i].second}};
        union w2c_value result;
        struct w2c_error error;
        char text[4096] = "";
        assert_int_equal(w2c_invoke(instance, rows[i].name, 1, arguments, &result, &error), rows[i].trap);
        print_trap(&error, text, sizeof text);
        text[strlen(rows[i].text)] = 0;
        assert_string_equal(text, rows[i].text);
    }
    w2c_instance_delete(instance);
    close_fixture(&fixture);
}

/* ---- as many parameters as there may be ---- */

enum { MANY = 1000 };


/* Function 0 has MANY parameters, of four types in turn, and gives the one at `place`, an f32. 1 passes its own on to
 * it. */
static void make_large_image(uint32_t place) {
    static const uint8_t types[] = {0x7f, 0x7c, 0x7e, 0x7d};
    static struct image content, body;
    image_begin(&image);
    content.size = body.size = 0;
    image_bytes(&content, BYTES(1, 0x60));
    image_u32(&content, MANY);
    for (uint32_t i = 0; i < MANY; i++)
        image_bytes(&content, &types[i % 4], 1);
    image_bytes(&content, BYTES(1, 0x7d));
    image_section(&image, 1, content.bytes, content.size);
    SECTION(&image, 3, 2, 0, 0);
    SECTION(&image, 7, 1, 1, 'p', 0, 1);
    image_bytes(&body, BYTES(0));
    for (uint32_t i = 0; i < MANY; i++) {
        image_bytes(&body, BYTES(0x20));
        image_u32(&body, i);
    }
    image_bytes(&body, BYTES(0x10, 0, 0x0b));
    content.size = 0;
    image_bytes(&content, BYTES(2, 5, 0, 0x20));
    image_u32(&content, place);
    image_bytes(&content, BYTES(0x0b));
    image_u32(&content, (uint32_t)body.size);
    image_bytes(&content, body.bytes, body.size);
    image_section(&image, 10, content.bytes, content.size);
}

static void test_many_parameters(void **state) {
    (void)state;
    static const uint32_t places[] = {403, 799, 999}; /* two bytes each, as the body's size says */
    static union w2c_value arguments[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        switch (i % 4) {
        case 0: arguments[i].i32 = i; break;
        case 1: arguments[i].f64 = i + 0.25; break;
        case 2: arguments[i].i64 = (uint64_t)i << 32; break;
        default: arguments[i].f32 = (float)i + 0.5f;
        }
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct fixture fixture;
        make_large_image(places[i]);
        open_fixture(&fixture);
        struct w2c_instance *instance = instantiate(&fixture);
        union w2c_value result;
        assert_int_equal(w2c_invoke(instance, "p", 1, arguments, &result, NULL), W2C_OK);
        assert_true(result.f32 == (float)places[i] + 0.5f);
        w2c_instance_delete(instance);
        close_fixture(&fixture);
    }
    make_image();
}

/* Nothing in the process is writable and executable, and all code is executable. */
static void test_rights(void **state) {
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    struct w2c_instance *instance = instantiate(&fixture);
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        const char *rights = strchr(line, ' ');
        assert_non_null(rights);
        if (rights[2] == 'w' && rights[3] == 'x') fail_msg("%s", line);
    }
    fclose(maps);
    w2c_instance_delete(instance);
    close_fixture(&fixture);
}

/* Each thread compiles the module for itself, runs it, and lets it go. */
static void *use_library(void *argument) {
    (void)argument;
    for (int i = 0; i < 10; i++) {
        struct fixture fixture;
        open_fixture(&fixture);
        struct w2c_instance *instance = instantiate(&fixture);
        const union w2c_value arguments[2] = {{.i32 = 100}, {.i32 = (uint32_t)(i - 5)}};
        union w2c_value result;
        struct w2c_error error;
        const enum w2c_trap trap = w2c_invoke(instance, "q", 1, arguments, &result, &error);
        const bool is_right =
            i == 5 ? trap == W2C_TRAP_INTEGER_DIVIDE_BY_ZERO : trap == W2C_OK && (int32_t)result.i32 == 100 / (i - 5);
        w2c_instance_delete(instance);
        close_fixture(&fixture);
        if (!is_right) return &image;
    }
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_library, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *bad;
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
}

int main(void) {
    make_image();
    learn_handler();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_traps),
        cmocka_unit_test(test_many_parameters),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
