/* Validation of exceptions, new and legacy: small bodies, each with the reason why it must be refused, or none.
 *
 * The module around them: types 0: [] -> []   1: [i32] -> []   2: [] -> [i32]   3: [] -> [exnref]
 * 4: [] -> [i32 exnref]; tags 0: type 0, 1: type 1; one function, of a type that the test names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "module_bytes.h"

enum {
    UNREACHABLE = 0x00,
    BLOCK = 0x02,
    LOOP = 0x03,
    TRY = 0x06,
    CATCH = 0x07,
    THROW = 0x08,
    RETHROW = 0x09,
    THROW_REF = 0x0a,
    END = 0x0b,
    BR = 0x0c,
    DELEGATE = 0x18,
    OTHERS = 0x19,
    DROP = 0x1a,
    TRY_TABLE = 0x1f,
    I32 = 0x41,
    I64 = 0x42,
    NULL_REF = 0xd0,
    NONE = 0x40,
    GIVES_I32 = 0x7f,
    EXN = 0x69
};
enum { BY_TAG, BY_TAG_REF, ALL, ALL_REF }; /* clauses */
enum { T_NONE, T_TAKES_I32, T_I32, T_EXN, T_I32_EXN };

static struct image image;

static void make_module(uint8_t type_idx, const uint8_t *code, size_t size) {
    image_begin(&image);
    SECTION(&image, 1, 5, 0x60, 0, 0, 0x60, 1, 0x7f, 0, 0x60, 0, 1, 0x7f, 0x60, 0, 1, EXN, 0x60, 0, 2, 0x7f, EXN);
    SECTION(&image, 3, 1, type_idx);
    SECTION(&image, 13, 2, 0, T_NONE, 0, T_TAKES_I32);
    image_code(&image, code, size);
}

static void accept(uint8_t type_idx, const uint8_t *code, size_t size) {
    make_module(type_idx, code, size);
    assert_accepted(&image);
}

static void refuse(enum diag_kind kind, const char *message, const uint8_t *code, size_t size) {
    make_module(T_NONE, code, size);
    assert_refused(&image, kind, message);
}

#define CODE(...) BYTES(0, __VA_ARGS__)

static void throws(void **state) {
    (void)state;
    accept(T_I32, CODE(THROW, 0, END)); /* what follows is unreachable */
    accept(T_NONE, CODE(I32, 1, THROW, 1, END));
    accept(T_NONE, CODE(NULL_REF, EXN, THROW_REF, END));
    refuse(DIAG_INVALID, "unknown tag 2 (the module has 2)", CODE(THROW, 2, END));
    refuse(DIAG_INVALID, "type mismatch: expected i32, found an empty stack", CODE(THROW, 1, END));
    refuse(DIAG_INVALID, "type mismatch: expected i32, found i64", CODE(I64, 1, THROW, 1, END));
    refuse(DIAG_INVALID, "type mismatch: expected (ref null exn)", CODE(I32, 1, THROW_REF, END));
}

static void clauses_are_branches(void **state) {
    (void)state;
    accept(T_NONE, CODE(TRY_TABLE, NONE, 0, END, END));
    accept(T_NONE, CODE(TRY_TABLE, NONE, 2, BY_TAG, 0, 0, ALL, 0, END, END));
    accept(T_I32, CODE(TRY_TABLE, NONE, 1, BY_TAG, 1, 0, END, I32, 0, END));
    accept(T_EXN, CODE(TRY_TABLE, NONE, 1, ALL_REF, 0, END, UNREACHABLE, END));
    accept(T_I32_EXN, CODE(TRY_TABLE, NONE, 1, BY_TAG_REF, 1, 0, END, UNREACHABLE, END));
    accept(T_NONE, CODE(LOOP, NONE, TRY_TABLE, NONE, 1, ALL, 0, END, END, END));
    refuse(DIAG_INVALID, "unknown label 1", CODE(TRY_TABLE, NONE, 1, ALL, 1, END, END));
    refuse(DIAG_INVALID, "unknown tag 7", CODE(TRY_TABLE, NONE, 1, BY_TAG, 7, 0, END, END));
    refuse(DIAG_INVALID, "type mismatch: a catch clause gives 1 values, its label takes 0",
           CODE(TRY_TABLE, NONE, 1, BY_TAG, 1, 0, END, END));
    refuse(DIAG_INVALID, "type mismatch: a catch clause gives 1 values, its label takes 0",
           CODE(TRY_TABLE, NONE, 1, ALL_REF, 0, END, END));
    refuse(DIAG_INVALID, "type mismatch: the label of a catch clause takes i32, it gives (ref exn)",
           CODE(BLOCK, GIVES_I32, TRY_TABLE, NONE, 1, ALL_REF, 0, END, I32, 0, END, DROP, END));
    refuse(DIAG_MALFORMED, "malformed catch clause 0x04", CODE(TRY_TABLE, NONE, 1, 4, 0, END, END));
    refuse(DIAG_MALFORMED, "unexpected end", CODE(TRY_TABLE, NONE, 0x7f, ALL, 0));
}

static void legacy_parts(void **state) {
    (void)state;
    accept(T_NONE, CODE(TRY, NONE, END, END));
    accept(T_I32, CODE(TRY, GIVES_I32, I32, 0, CATCH, 1, OTHERS, I32, 2, END, END));
    accept(T_NONE, CODE(TRY, NONE, CATCH, 0, RETHROW, 0, END, END));
    accept(T_NONE, CODE(TRY, NONE, OTHERS, BLOCK, NONE, RETHROW, 1, END, END, END));
    accept(T_NONE, CODE(TRY, NONE, DELEGATE, 0, END)); /* to the function's own level */
    accept(T_NONE, CODE(TRY, NONE, TRY, NONE, DELEGATE, 0, OTHERS, END, END));
    refuse(DIAG_MALFORMED, "catch outside of try", CODE(BLOCK, NONE, CATCH, 0, END, END));
    refuse(DIAG_MALFORMED, "catch outside of try, or behind catch_all",
           CODE(TRY, NONE, OTHERS, CATCH, 0, END, END));
    refuse(DIAG_MALFORMED, "catch_all outside of try", CODE(TRY, NONE, OTHERS, OTHERS, END, END));
    refuse(DIAG_MALFORMED, "delegate outside of try, or behind a catch",
           CODE(TRY, NONE, OTHERS, DELEGATE, 0, END));
    refuse(DIAG_INVALID, "unknown label 1", CODE(TRY, NONE, DELEGATE, 1, END));
    refuse(DIAG_INVALID, "invalid rethrow label 0", CODE(RETHROW, 0, END));
    refuse(DIAG_INVALID, "invalid rethrow label 0: not that of a catch", CODE(TRY, NONE, RETHROW, 0, END, END));
    refuse(DIAG_INVALID, "unknown tag 2", CODE(TRY, NONE, CATCH, 2, END, END));
    refuse(DIAG_INVALID, "type mismatch: 1 more values than the block has results",
           CODE(TRY, NONE, CATCH, 1, END, END));
    refuse(DIAG_INVALID, "type mismatch: expected i32, found an empty stack",
           CODE(TRY, GIVES_I32, I32, 0, CATCH, 0, END, DROP, END));
}

static void tags(void **state) {
    (void)state;
    image_begin(&image);
    SECTION(&image, 1, 2, 0x60, 0, 1, 0x7f, 0x60, 0, 0);
    SECTION(&image, 13, 1, 0, 0);
    assert_refused(&image, DIAG_INVALID, "non-empty tag result type 0");
    image_begin(&image);
    SECTION(&image, 1, 1, 0x60, 0, 0);
    SECTION(&image, 13, 1, 1, 0);
    assert_refused(&image, DIAG_MALFORMED, "malformed tag attribute 0x01");
    image_begin(&image);
    SECTION(&image, 1, 1, 0x60, 0, 0);
    SECTION(&image, 13, 1, 0, 1);
    assert_refused(&image, DIAG_INVALID, "unknown type 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(throws),
        cmocka_unit_test(clauses_are_branches),
        cmocka_unit_test(legacy_parts),
        cmocka_unit_test(tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
