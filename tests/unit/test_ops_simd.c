/* The operators on vectors: every one in every implementation against the one that is plain C, on values at the edges
 * and at random; and that one against results worked out by hand from the specification.
 *
 * Implementations agree in every bit, but for NaNs that arithmetic makes: any of those that the specification allows
 * (spec 4.3.3, NaN propagation) will do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "simd_operators.h"

struct implementation {
    const char *name;
    const struct simd_operator *operators;
};

/* Those that this machine has; returns how many. */
static size_t list_implementations(struct implementation list[6]) {
    size_t count = 0;
    list[count++] = (struct implementation){"scalar", simd_scalar};
    list[count++] = (struct implementation){"portable", simd_portable};
#if defined(__x86_64__)
    list[count++] = (struct implementation){"sse2", simd_sse2};
    if (__builtin_cpu_supports("ssse3")) list[count++] = (struct implementation){"ssse3", simd_ssse3};
    if (__builtin_cpu_supports("sse4.1")) list[count++] = (struct implementation){"sse4.1", simd_sse41};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        list[count++] = (struct implementation){"avx2", simd_avx2};
#endif
    return count;
}

/* ---- inputs ---- */

static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* At the edges of integers of some width, and of conversions and roundings of floats. */
static const uint64_t edges[] = {
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x7fffffffffffffff,
    0x8000000000000000,
    0xffffffffffffffff,
    0x0102030405060708,
    0x8081828384858687,
    0x7f807f807f807f80,
    0x8000800080008000,
    0x7fff7fff7fff7fff,
    0x3f80000000000000, /* f32: 0, 1 */
    0x3f000000bf000000, /* -0.5, 0.5 */
    0x3fc00000bfc00000, /* -1.5, 1.5 */
    0x40200000c0200000, /* -2.5, 2.5 */
    0x3effffffbeffffff, /* just below 0.5 */
    0x4b0000004affffff, /* 2^23 and below */
    0xcb800001cb000001,
    0x4f0000004effffff, /* 2^31 and below */
    0xcf000000cf000001,
    0x4f8000004f7fffff, /* 2^32 and below */
    0x7f800000ff800000, /* infinities */
    0x7fc00000ffc00000, /* canonical NaNs */
    0x7fa00000ff800001, /* signalling NaNs */
    0x0000000180000001, /* subnormal numbers */
    0x3ff0000000000000, /* f64: 1 */
    0xbfe0000000000000, /* -0.5 */
    0x3fdfffffffffffff, /* just below 0.5 */
    0x3ff8000000000000, /* 1.5 */
    0xc004000000000000, /* -2.5 */
    0x432fffffffffffff, /* 2^52 - 0.5 */
    0x4330000000000000, /* 2^52 */
    0xc340000000000001,
    0x41dfffffffffffff, /* below 2^31 */
    0x41dfffffffc00000, /* 2^31 - 1 */
    0x41e0000000000000, /* 2^31 */
    0xc1e0000000000000, /* -2^31 */
    0xc1e0000000200000, /* -2^31 - 1 */
    0x41efffffffe00000, /* 2^32 - 1 */
    0x41efffffffffffff, /* below 2^32 */
    0x41f0000000000000, /* 2^32 */
    0x7ff0000000000000,
    0xfff0000000000000,
    0x7ff8000000000000,
    0xfff8000000000000,
    0x7ff4000000000000,
    0x47efffffe0000000, /* the largest f32 */
    0x47effffff0000000, /* rounds up to infinity */
    0x36a0000000000000, /* the smallest f32 */
};
enum { EDGE_COUNT = sizeof edges / sizeof *edges };

static uint64_t some_bits(void) {
    const uint64_t choice = random_bits();
    if (choice % 4 == 0) return random_bits();
    const uint64_t edge = edges[(choice >> 8) % EDGE_COUNT];
    return choice % 4 == 1 ? edge << 32 | edge >> 32 : edge;
}

static void fill(struct simd_input *input) {
    for (int i = 0; i < 3; i++) {
        const uint64_t halves[] = {some_bits(), some_bits()};
        memcpy(input->vectors[i], halves, sizeof halves);
    }
    for (size_t i = 0; i < sizeof input->memory; i++)
        input->memory[i] = (uint8_t)random_bits();
    input->number = some_bits();
    input->lane = (unsigned)(random_bits() >> 40);
}

/* ---- comparing ---- */

/* Bits of a lane of a float in a NaN of arithmetic: exponent and the highest bit of the payload. */
struct float_shape {
    const char *prefix;
    unsigned bytes;
    uint64_t quiet;
};

/* The lanes in which the operator may give any quiet NaN; NULL: none, it gives exact bits. */
static const struct float_shape *arithmetic_shape(const char *name) {
    static const struct float_shape shapes[] = {{"f32x4_", 4, 0x7fc00000}, {"f64x2_", 8, 0x7ff8000000000000}};
    static const char *const arithmetic[] = {"add",
                                             "sub",
                                             "mul",
                                             "div",
                                             "min",
                                             "max",
                                             "sqrt",
                                             "ceil",
                                             "floor",
                                             "trunc",
                                             "nearest",
                                             "relaxed_madd",
                                             "relaxed_nmadd",
                                             "relaxed_min",
                                             "relaxed_max",
                                             "demote_f64x2_zero",
                                             "promote_low_f32x4"};
    for (size_t i = 0; i < 2; i++) {
        if (strncmp(name, shapes[i].prefix, 6) != 0) continue;
        for (size_t j = 0; j < sizeof arithmetic / sizeof *arithmetic; j++) {
            if (strcmp(name + 6, arithmetic[j]) == 0) return &shapes[i];
        }
    }
    return NULL;
}

static uint64_t lane_bits(const uint8_t *bytes, unsigned size) {
    uint64_t bits = 0;
    memcpy(&bits, bytes, size);
    return bits;
}

static bool is_same(const char *name, const uint8_t a[16], const uint8_t b[16]) {
    const struct float_shape *shape = arithmetic_shape(name);
    if (!shape) return memcmp(a, b, 16) == 0;
    for (unsigned i = 0; i < 16; i += shape->bytes) {
        const uint64_t x = lane_bits(a + i, shape->bytes);
        const uint64_t y = lane_bits(b + i, shape->bytes);
        const bool are_nans = (x & y & shape->quiet) == shape->quiet;
        if (x != y && !are_nans) return false;
    }
    return true;
}

static void print_bytes(const char *what, const uint8_t bytes[16]) {
    print_error("  %s", what);
    for (int i = 0; i < 16; i++)
        print_error(" %02x", bytes[i]);
    print_error("\n");
}

static void compare(const struct implementation *one, size_t operator, const struct simd_input * input,
                    const uint8_t expected[16]) {
    uint8_t result[16];
    const struct simd_operator *row = &one->operators[operator];
    row->run(input, result);
    if (is_same(row->name, result, expected)) return;
    for (int i = 0; i < 3; i++)
        print_bytes("operand ", input->vectors[i]);
    print_bytes("expected", expected);
    print_bytes("result  ", result);
    fail_msg("%s, %s, number 0x%llx, lane %u", row->name, one->name, (unsigned long long)input->number, input->lane);
}

static void implementations_agree(void **state) {
    (void)state;
    enum { ROUNDS = 3000 };
    struct implementation list[6];
    const size_t count = list_implementations(list);
    struct simd_input input;
    for (int round = 0; round < ROUNDS; round++) {
        fill(&input);
        for (size_t i = 0; i < SIMD_OPERATOR_COUNT; i++) {
            uint8_t expected[16];
            simd_scalar[i].run(&input, expected);
            for (size_t j = 1; j < count; j++)
                compare(&list[j], i, &input, expected);
        }
    }
}

/* Every operator that takes numbers alone sees every edge in every lane, with every other edge. */
static void edges_agree(void **state) {
    (void)state;
    struct implementation list[6];
    const size_t count = list_implementations(list);
    struct simd_input input;
    fill(&input);
    for (size_t a = 0; a < EDGE_COUNT; a++) {
        for (size_t b = 0; b < EDGE_COUNT; b++) {
            const uint64_t halves[2][2] = {{edges[a], edges[b]}, {edges[b], edges[a]}};
            memcpy(input.vectors[0], halves[0], 16);
            memcpy(input.vectors[1], halves[1], 16);
            input.number = edges[b] + a;
            for (size_t i = 0; i < SIMD_OPERATOR_COUNT; i++) {
                uint8_t expected[16];
                simd_scalar[i].run(&input, expected);
                for (size_t j = 1; j < count; j++)
                    compare(&list[j], i, &input, expected);
            }
        }
    }
}

/* ---- results by hand ---- */

struct expectation {
    const char *name;
    uint64_t a[2], b[2], c[2]; /* low half first */
    uint64_t number;
    unsigned lane;
    uint64_t result[2];
};

static const struct expectation expectations[] = {
#include "simd_expectations.def"
};

static const struct simd_operator *find_operator(const struct implementation *one, const char *name) {
    for (size_t i = 0; i < SIMD_OPERATOR_COUNT; i++) {
        if (strcmp(one->operators[i].name, name) == 0) return &one->operators[i];
    }
    fail_msg("no operator %s", name);
    return NULL;
}

static void results_are_as_specified(void **state) {
    (void)state;
    struct implementation list[6];
    const size_t count = list_implementations(list);
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        const struct expectation *e = &expectations[i];
        struct simd_input input = {.number = e->number, .lane = e->lane};
        memcpy(input.vectors[0], e->a, 16);
        memcpy(input.vectors[1], e->b, 16);
        memcpy(input.vectors[2], e->c, 16);
        for (int byte = 0; byte < 16; byte++)
            input.memory[8 + byte] = (uint8_t)(0x81 + byte);
        uint8_t expected[16];
        memcpy(expected, e->result, 16);
        for (size_t j = 0; j < count; j++)
            compare(&list[j], (size_t)(find_operator(&list[j], e->name) - list[j].operators), &input, expected);
    }
}

/* An operator without an expectation would only be compared with itself in other words. */
static void every_operator_has_an_expectation(void **state) {
    (void)state;
    for (size_t i = 0; i < SIMD_OPERATOR_COUNT; i++) {
        bool is_there = false;
        for (size_t j = 0; j < sizeof expectations / sizeof *expectations; j++)
            is_there |= strcmp(simd_scalar[i].name, expectations[j].name) == 0;
        if (!is_there) fail_msg("%s", simd_scalar[i].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(implementations_agree),
        cmocka_unit_test(edges_agree),
        cmocka_unit_test(results_are_as_specified),
        cmocka_unit_test(every_operator_has_an_expectation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
