/* Validation of vectors: types, lanes that a vector does not have, alignments, constants.
 *
 * The module around a body: one function without parameters and results, one page of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "module_bytes.h"

enum { END = 0x0b, DROP = 0x1a, I32 = 0x41, PREFIX = 0xfd };
enum {
    LOAD = 0,
    LOAD16X4_S = 3,
    LOAD8_SPLAT = 7,
    STORE = 11,
    CONST = 12,
    SHUFFLE = 13,
    EXTRACT8 = 0x15,
    REPLACE16 = 0x1a,
    EXTRACT32 = 0x1b,
    EXTRACT_F64 = 0x21,
    ANY_TRUE = 0x53,
    LOAD8_LANE = 0x54,
    STORE64_LANE = 0x5b,
    BITSELECT = 0x52,
    LOAD64_ZERO = 0x5d
};

#define VECTOR PREFIX, CONST, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15

static struct image image;

static void make(const uint8_t *code, size_t size) {
    uint8_t body[256] = {0}; /* no locals */
    assert_true(size < sizeof body);
    memcpy(body + 1, code, size);
    image_begin(&image);
    SECTION(&image, 1, 1, 0x60, 0, 0);
    SECTION(&image, 3, 1, 0);
    SECTION(&image, 5, 1, 0, 1);
    image_code(&image, body, size + 1);
}

static void accept(const uint8_t *code, size_t size) {
    make(code, size);
    assert_accepted(&image);
}

static void refuse(enum diag_kind kind, const char *message, const uint8_t *code, size_t size) {
    make(code, size);
    assert_refused(&image, kind, message);
}

static void operands_and_results_have_types(void **state) {
    (void)state;
    accept(BYTES(VECTOR, VECTOR, VECTOR, PREFIX, BITSELECT, PREFIX, ANY_TRUE, DROP, END));
    refuse(DIAG_INVALID, "type mismatch: expected v128, found i32", BYTES(I32, 0, PREFIX, ANY_TRUE, DROP, END));
    refuse(DIAG_INVALID, "type mismatch: expected i32, found v128", BYTES(VECTOR, PREFIX, LOAD, 0, 0, DROP, END));
    refuse(DIAG_INVALID, "type mismatch: expected v128, found an empty stack", BYTES(PREFIX, ANY_TRUE, DROP, END));
}

static void lanes_are_those_of_the_vector(void **state) {
    (void)state;
    accept(BYTES(VECTOR, PREFIX, EXTRACT8, 15, DROP, END));
    accept(BYTES(VECTOR, PREFIX, EXTRACT32, 3, DROP, END));
    accept(BYTES(VECTOR, PREFIX, EXTRACT_F64, 1, DROP, END));
    accept(BYTES(VECTOR, I32, 1, PREFIX, REPLACE16, 7, DROP, END));
    refuse(DIAG_INVALID, "invalid lane index 16 (of 16 lanes)", BYTES(VECTOR, PREFIX, EXTRACT8, 16, DROP, END));
    refuse(DIAG_INVALID, "invalid lane index 255", BYTES(VECTOR, PREFIX, EXTRACT8, 255, DROP, END));
    refuse(DIAG_INVALID, "invalid lane index 4 (of 4 lanes)", BYTES(VECTOR, PREFIX, EXTRACT32, 4, DROP, END));
    refuse(DIAG_INVALID, "invalid lane index 2 (of 2 lanes)", BYTES(VECTOR, PREFIX, EXTRACT_F64, 2, DROP, END));
    refuse(DIAG_INVALID, "invalid lane index 8", BYTES(VECTOR, I32, 1, PREFIX, REPLACE16, 8, DROP, END));
}

static void shuffles_choose_from_two_vectors(void **state) {
    (void)state;
    accept(BYTES(VECTOR, VECTOR, PREFIX, SHUFFLE, 31, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 31, DROP, END));
    refuse(DIAG_INVALID, "invalid lane index 32 (of 32 lanes)",
           BYTES(VECTOR, VECTOR, PREFIX, SHUFFLE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, DROP, END));
}

static void accesses_are_aligned_by_their_width(void **state) {
    (void)state;
    accept(BYTES(I32, 0, PREFIX, LOAD, 4, 0, DROP, END));
    accept(BYTES(I32, 0, PREFIX, LOAD16X4_S, 3, 0, DROP, END));
    accept(BYTES(I32, 0, VECTOR, PREFIX, LOAD8_LANE, 0, 0, 15, DROP, END));
    accept(BYTES(I32, 0, VECTOR, PREFIX, STORE64_LANE, 3, 0, 1, END));
    refuse(DIAG_INVALID, "alignment must not be larger than natural: 2^5, where 16 bytes are accessed",
           BYTES(I32, 0, PREFIX, LOAD, 5, 0, DROP, END));
    refuse(DIAG_INVALID, "alignment must not be larger than natural: 2^4, where 8 bytes",
           BYTES(I32, 0, PREFIX, LOAD16X4_S, 4, 0, DROP, END));
    refuse(DIAG_INVALID, "alignment must not be larger than natural: 2^1, where 1 bytes",
           BYTES(I32, 0, PREFIX, LOAD8_SPLAT, 1, 0, DROP, END));
    refuse(DIAG_INVALID, "alignment must not be larger than natural: 2^4, where 8 bytes",
           BYTES(I32, 0, PREFIX, LOAD64_ZERO, 4, 0, DROP, END));
    refuse(DIAG_INVALID, "alignment must not be larger than natural: 2^1, where 1 bytes",
           BYTES(I32, 0, VECTOR, PREFIX, LOAD8_LANE, 1, 0, 0, DROP, END));
    refuse(DIAG_INVALID, "alignment must not be larger than natural: 2^4, where 8 bytes",
           BYTES(I32, 0, VECTOR, PREFIX, STORE64_LANE, 4, 0, 0, END));
    refuse(DIAG_INVALID, "invalid lane index 16", BYTES(I32, 0, VECTOR, PREFIX, LOAD8_LANE, 0, 0, 16, DROP, END));
    refuse(DIAG_INVALID, "invalid lane index 2 (of 2", BYTES(I32, 0, VECTOR, PREFIX, STORE64_LANE, 0, 0, 2, END));
}

static void immediates_end_with_the_body(void **state) {
    (void)state;
    refuse(DIAG_MALFORMED, "length out of bounds",
           BYTES(PREFIX, CONST, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
    refuse(DIAG_MALFORMED, "unexpected end", BYTES(VECTOR, PREFIX, EXTRACT8));
    refuse(DIAG_MALFORMED, "unexpected end", BYTES(I32, 0, VECTOR, PREFIX, LOAD8_LANE, 0, 0));
}

/* Between the operators of SIMD there are codes that nobody has. */
static void codes_without_operator_are_illegal(void **state) {
    (void)state;
    refuse(DIAG_MALFORMED, "illegal opcode 0xfd 0x9a", BYTES(PREFIX, 0x9a, 1, END));
    refuse(DIAG_MALFORMED, "illegal opcode 0xfd 0x114", BYTES(PREFIX, 0x94, 2, END));
}

static void constants_initialise_globals(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 6, 1, 0x7b, 0, VECTOR, END);
    assert_accepted(&image);
    image_begin(&image);
    SECTION(&image, 6, 1, 0x7b, 0, VECTOR, PREFIX, 0x4d, END);
    assert_refused(&image, DIAG_INVALID, "constant expression required");
    image_begin(&image);
    SECTION(&image, 6, 1, 0x7f, 0, VECTOR, END);
    assert_refused(&image, DIAG_INVALID, "type mismatch: expected i32, found v128");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operands_and_results_have_types),  cmocka_unit_test(lanes_are_those_of_the_vector),
        cmocka_unit_test(shuffles_choose_from_two_vectors), cmocka_unit_test(accesses_are_aligned_by_their_width),
        cmocka_unit_test(immediates_end_with_the_body),     cmocka_unit_test(codes_without_operator_are_illegal),
        cmocka_unit_test(constants_initialise_globals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
