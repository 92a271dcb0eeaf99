/* Modules of a few functions, made of bytes and run by the interpreter: for its tests.
 *
 * Function i is exported as the letter 'a' + i and is element i of table 0 (16 elements). There is a memory of one
 * page, at most two; global 0 is a mutable i32, global 1 a mutable f64. */
#ifndef W2C_INTERP_FIXTURE_H
#define W2C_INTERP_FIXTURE_H

#include <signal.h>
#include <stdlib.h>

#include "interp/interp.h"
#include "module_bytes.h"

enum {
    UNREACHABLE = 0x00, BLOCK = 0x02, LOOP = 0x03, IF = 0x04, ELSE = 0x05, END = 0x0b, BR = 0x0c, BR_IF = 0x0d,
    BR_TABLE = 0x0e, RETURN = 0x0f, CALL = 0x10, CALL_INDIRECT = 0x11, DROP = 0x1a, SELECT = 0x1b, GET = 0x20,
    SET = 0x21, TEE = 0x22, GLOBAL_GET = 0x23, GLOBAL_SET = 0x24, LOAD = 0x28, LOAD64 = 0x29, LOAD8_U = 0x2d,
    STORE = 0x36, STORE64 = 0x37, STOREF64 = 0x39, STORE8 = 0x3a, SIZE = 0x3f, GROW = 0x40, CONST = 0x41,
    CONST64 = 0x42, CONSTF32 = 0x43, EQZ = 0x45, EQ = 0x46, LT_S = 0x48, LT_U = 0x49, GT_S = 0x4a, EQZ64 = 0x50,
    F64_LT = 0x63, ADD = 0x6a, SUB = 0x6b, MUL = 0x6c, DIV_S = 0x6d, AND = 0x71, OR = 0x72, SHL = 0x74, ADD64 = 0x7c,
    SUB64 = 0x7d, AND64 = 0x83, F32_CONVERT = 0xb2, F32_ABS = 0x8b, F32_SUB = 0x93, F64_ADD = 0xa0
}; /* operators, without the i32 */
enum { I32 = 0x7f, I64 = 0x7e, F32 = 0x7d, F64 = 0x7c, NONE = 0x40 };

struct test_function {
    const uint8_t *type; /* as in the type section, behind 0x60 */
    size_t type_size;
    const uint8_t *body; /* locals and code */
    size_t body_size;
};

/* FUNCTION(TYPE(1, I32, 0), 0, GET, 0, ...) */
#define TYPE(...) BYTES(__VA_ARGS__)
#define FUNCTION(type, ...)                                                                                            \
    (struct test_function) { type, BYTES(__VA_ARGS__) }

struct fixture {
    struct image image;
    struct loaded loaded;
    struct live_module *live;
    struct w2c_instance *instance;
};

static inline void fixture_functions(struct image *image, const struct test_function *functions, uint32_t count) {
    static struct image content;
    content.size = 0;
    image_u32(&content, count);
    for (uint32_t i = 0; i < count; i++) {
        image_u32(&content, (uint32_t)functions[i].body_size);
        image_bytes(&content, functions[i].body, functions[i].body_size);
    }
    image_section(image, 10, content.bytes, content.size);
}

static inline void fixture_types(struct image *image, const struct test_function *functions, uint32_t count) {
    static struct image content;
    content.size = 0;
    image_u32(&content, count);
    for (uint32_t i = 0; i < count; i++) {
        image_bytes(&content, BYTES(0x60));
        image_bytes(&content, functions[i].type, functions[i].type_size);
    }
    image_section(image, 1, content.bytes, content.size);
}

/* The first `imported` of the functions have no bodies, and are the imports "m" "a", "m" "b" ... */
static inline void fixture_image(struct image *image, const struct test_function *functions, uint32_t count,
                                 uint32_t imported) {
    static struct image content;
    image_begin(image);
    fixture_types(image, functions, count);
    if (imported) {
        content.size = 0;
        image_u32(&content, imported);
        for (uint32_t i = 0; i < imported; i++) {
            const uint8_t import[] = {1, 'm', 1, (uint8_t)('a' + i), 0, (uint8_t)i};
            image_bytes(&content, import, sizeof import);
        }
        image_section(image, 2, content.bytes, content.size);
    }
    content.size = 0;
    image_u32(&content, count - imported);
    for (uint32_t i = imported; i < count; i++)
        image_u32(&content, i);
    image_section(image, 3, content.bytes, content.size);
    SECTION(image, 4, 1, 0x70, 0, 16);
    SECTION(image, 5, 1, 1, 1, 2);
    SECTION(image, 6, 2, I32, 1, CONST, 0, END, F64, 1, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, END);
    content.size = 0;
    image_u32(&content, count);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t export[] = {1, (uint8_t)('a' + i), 0, (uint8_t)i};
        image_bytes(&content, export, sizeof export);
    }
    image_section(image, 7, content.bytes, content.size);
    content.size = 0;
    image_bytes(&content, BYTES(1, 0, CONST, 0, END));
    image_u32(&content, count);
    for (uint32_t i = 0; i < count; i++)
        image_u32(&content, i);
    image_section(image, 9, content.bytes, content.size);
    fixture_functions(image, functions + imported, count - imported);
}

/* The test framework handles SIGSEGV itself and sets that up for each test, over the runtime's handler. */
static inline void fixture_handle_faults(void) {
    static struct sigaction ours;
    if (!ours.sa_sigaction) {
        sigaction(SIGSEGV, NULL, &ours);
    } else {
        sigaction(SIGSEGV, &ours, NULL);
    }
}

static inline struct fixture *fixture_open(const struct test_function *functions, uint32_t count,
                                           const struct w2c_extern *imports, uint32_t imported,
                                           enum w2c_bounds bounds) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct w2c_error error;
    fixture_image(&fixture->image, functions, count, imported);
    if (!load(&fixture->loaded, &fixture->image)) fail_msg("%s", fixture->loaded.context.diag.message);
    fixture->live = live_open(&fixture->loaded.module, &interp_engine, &fixture->loaded.arena, "test.wasm", bounds);
    fixture->instance = w2c_instantiate(&fixture->live->descriptor, imports, imported, &error);
    if (!fixture->instance) fail_msg("%s", error.message);
    fixture_handle_faults();
    return fixture;
}

#define OPEN(...)                                                                                                      \
    fixture_open((const struct test_function[]){__VA_ARGS__},                                                          \
                 sizeof((const struct test_function[]){__VA_ARGS__}) / sizeof(struct test_function), NULL, 0,         \
                 W2C_BOUNDS_GUARD)

static inline void fixture_close(struct fixture *fixture) {
    w2c_instance_delete(fixture->instance);
    unload(&fixture->loaded);
    free(fixture);
}

static inline enum w2c_trap fixture_call(struct fixture *fixture, char name, const union w2c_value *arguments,
                                         union w2c_value *results) {
    return w2c_invoke(fixture->instance, &name, 1, arguments, results, NULL);
}

/* Calls function 'a' with integers and gives its one integer; a trap fails the test. */
static inline uint64_t fixture_run(struct fixture *fixture, uint64_t a, uint64_t b) {
    const union w2c_value arguments[2] = {{.i64 = a}, {.i64 = b}};
    union w2c_value result = {0};
    assert_int_equal(fixture_call(fixture, 'a', arguments, &result), W2C_OK);
    return result.i64;
}

/* One function, called with two integers each of several times. */
#define assert_runs(function, a, b, expected)                                                                          \
    do {                                                                                                               \
        struct fixture *const fixture_ = OPEN(function);                                                               \
        assert_int_equal(fixture_run(fixture_, (uint64_t)(a), (uint64_t)(b)), (expected));                             \
        fixture_close(fixture_);                                                                                       \
    } while (0)

#endif
