/* A host that passes vectors to a library and gets them back: by the typed header, by values, through an import. */
#include <stdio.h>
#include <string.h>

#include "vectors.h"

static int failures;

static void expect(bool condition, const char *what) {
    if (!condition) printf("not so: %s\n", what);
    failures += !condition;
}

static w2c_v128 vector(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    const uint32_t lanes[4] = {a, b, c, d};
    w2c_v128 result;
    memcpy(&result, lanes, sizeof result);
    return result;
}

static bool is_vector(const void *bytes, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    const uint32_t lanes[4] = {a, b, c, d};
    return memcmp(bytes, lanes, sizeof lanes) == 0;
}

static w2c_v128 scale(void *host, w2c_v128 value, uint32_t factor) {
    uint32_t lanes[4];
    ++*(int *)host;
    memcpy(lanes, &value, sizeof lanes);
    return vector(lanes[0] * factor, lanes[1] * factor, lanes[2] * factor, lanes[3] * factor);
}

static void expect_values(struct vectors *library) {
    union w2c_value arguments[2], result;
    struct w2c_error error;
    const w2c_v128 a = vector(1, 2, 3, 4), b = vector(5, 6, 7, 8);
    memcpy(arguments[0].v128, &a, sizeof a);
    memcpy(arguments[1].v128, &b, sizeof b);
    expect(w2c_invoke((struct w2c_instance *)library, "dot", 3, arguments, &result, &error) == W2C_OK, "it is called");
    expect(result.i32 == 70, "values are arguments");
    expect(w2c_invoke((struct w2c_instance *)library, "kept", 4, NULL, &result, &error) == W2C_OK, "it is called");
    expect(is_vector(result.v128, 3, 6, 9, 12), "a vector is a result");
}

int main(void) {
    int calls = 0;
    struct w2c_error error;
    const struct vectors_imports imports = {.host = &calls, .host__scale = scale};
    struct vectors *library = vectors_new(&imports, &error);
    if (!library) {
        w2c_error_print(&error, stderr);
        return 1;
    }
    const w2c_v128 a = vector(1, 2, 3, 4), b = vector(5, 6, 7, 8);
    expect(vectors_dot(library, a, b) == 70, "vectors are arguments");
    w2c_v128 sum = vectors_add_all(library, 100, a, b, a, b, a, b, a, b, a);
    expect(is_vector(&sum, 125, 134, 143, 152), "those that are passed in memory arrive");
    vectors_keep(library, a);
    sum = vectors_kept(library);
    expect(calls == 1 && is_vector(&sum, 3, 6, 9, 12), "the import gets and gives vectors");
    expect_values(library);
    vectors_delete(library);
    return failures != 0;
}
