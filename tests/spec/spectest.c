/* The host module `spectest`, as the suite's README lays it down: it comes from host code and not from a translated
 * module, so that the scripts test the linking of both. The print functions print nothing: a script says nothing of
 * what they print. */
#include <string.h>

#include "harness.h"

static uint32_t global_i32 = 666;
static uint64_t global_i64 = 666;
static float global_f32 = 666.6f;
static double global_f64 = 666.6;
static struct w2c_memory memory;
static struct w2c_table table;
static struct w2c_table table64;

static void print(void *context) {
    (void)context;
}

static void print_i32(void *context, uint32_t a) {
    (void)context;
    (void)a;
}

static void print_i64(void *context, uint64_t a) {
    (void)context;
    (void)a;
}

static void print_f32(void *context, float a) {
    (void)context;
    (void)a;
}

static void print_f64(void *context, double a) {
    (void)context;
    (void)a;
}

static void print_i32_f32(void *context, uint32_t a, float b) {
    (void)context;
    (void)a;
    (void)b;
}

static void print_f64_f64(void *context, double a, double b) {
    (void)context;
    (void)a;
    (void)b;
}

static struct {
    const char *name;
    const char *signature;
    struct w2c_func func;
} functions[] = {
    {"print", ":", {.code = (w2c_code)print}},
    {"print_i32", "i:", {.code = (w2c_code)print_i32}},
    {"print_i64", "l:", {.code = (w2c_code)print_i64}},
    {"print_f32", "f:", {.code = (w2c_code)print_f32}},
    {"print_f64", "d:", {.code = (w2c_code)print_f64}},
    {"print_i32_f32", "if:", {.code = (w2c_code)print_i32_f32}},
    {"print_f64_f64", "dd:", {.code = (w2c_code)print_f64_f64}},
};

enum { FUNCTION_COUNT = sizeof functions / sizeof functions[0] };

static const struct {
    const char *name;
    struct w2c_extern what;
} others[] = {
    {"memory", {.kind = W2C_MEMORY, .memory = &memory}},
    {"table", {.kind = W2C_TABLE, .table = &table}},
    {"table64", {.kind = W2C_TABLE, .table = &table64}},
    {"global_i32", {.kind = W2C_GLOBAL, .global = {&global_i32, 'i', false}}},
    {"global_i64", {.kind = W2C_GLOBAL, .global = {&global_i64, 'l', false}}},
    {"global_f32", {.kind = W2C_GLOBAL, .global = {&global_f32, 'f', false}}},
    {"global_f64", {.kind = W2C_GLOBAL, .global = {&global_f64, 'd', false}}},
};

bool spectest_make(void) {
    const struct w2c_memory_type memory_type = {.min_pages = 1, .max_pages = 2, .has_max = true};
    struct w2c_table_type table_type = {.min = 10, .max = 20, .has_max = true, .type = 'F'};
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        functions[i].func.type = w2c_type_id(functions[i].signature);
    }
    if (!w2c_table_init(&table, table_type, NULL)) {
        return false;
    }
    table_type.is_64 = true;
    return w2c_memory_init(&memory, memory_type, test_modules_bounds()) && w2c_table_init(&table64, table_type, NULL);
}

static bool is_called(const char *candidate, const char *name, size_t name_bytes) {
    return strlen(candidate) == name_bytes && memcmp(candidate, name, name_bytes) == 0;
}

bool spectest_find(const char *name, size_t name_bytes, struct w2c_extern *out) {
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        if (is_called(functions[i].name, name, name_bytes)) {
            *out = (struct w2c_extern){.kind = W2C_FUNC, .func = &functions[i].func};
            return true;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (is_called(others[i].name, name, name_bytes)) {
            *out = others[i].what;
            return true;
        }
    }
    return false;
}

void spectest_free(void) {
    w2c_memory_free(&memory);
    w2c_table_free(&table);
    w2c_table_free(&table64);
}
