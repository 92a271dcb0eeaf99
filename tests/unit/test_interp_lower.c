/* The lowering of the interpreter: sequences that are right only if entries of the symbolic stack, accumulators and
 * joined instructions are kept apart from what happens in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "interp_fixture.h"

#define II_I TYPE(2, I32, I32, 1, I32)
#define I_I TYPE(1, I32, 1, I32)

/* ---- locals that are read later than they stand ---- */

static void a_pending_local_keeps_its_old_value(void **state) {
    (void)state;
    /* a - (a = 7) */
    assert_runs(FUNCTION(II_I, 0, GET, 0, CONST, 7, SET, 0, GET, 0, SUB, END), 10, 0, 3);
    /* (a, a) then a = a + 1: a + a * (a + 1) */
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 0, GET, 0, CONST, 1, ADD, TEE, 0, MUL, ADD, GET, 0, ADD, END), 5, 0,
                5 + 5 * 6 + 6);
    /* swap by the stack */
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, SET, 0, SET, 1, GET, 0, GET, 1, SUB, END), 3, 10, 7);
    /* a value made before the local it goes to is read */
    assert_runs(
        FUNCTION(II_I, 0, GET, 0, GET, 1, ADD, GET, 0, SET, 1, SET, 0, GET, 0, CONST, 10, MUL, GET, 1, ADD, END), 3, 4,
        73);
}

static void a_pending_local_survives_a_block_that_may_change_it(void **state) {
    (void)state;
    const struct test_function function = FUNCTION(II_I, 0, GET, 0, BLOCK, NONE, GET, 1, BR_IF, 0, CONST, 9, SET, 0,
                                                   END, GET, 0, CONST, 10, MUL, ADD, END);
    assert_runs(function, 2, 0, 92);
    assert_runs(function, 2, 1, 22);
}

static void many_pending_entries_are_settled(void **state) {
    (void)state;
    enum { COUNT = 200 };
    uint8_t body[5 * COUNT + 8] = {0};
    size_t size = 1;
    for (int i = 0; i < COUNT; i++) {
        body[size++] = GET;
        body[size++] = 0;
    }
    body[size++] = CONST, body[size++] = 1, body[size++] = SET, body[size++] = 0;
    for (int i = 1; i < COUNT; i++)
        body[size++] = ADD;
    body[size++] = END;
    assert_runs(((struct test_function){II_I, body, size}), 3, 0, 3 * COUNT);
}

/* ---- accumulators ---- */

static void a_value_that_a_branch_takes_along_stays_in_its_slot(void **state) {
    (void)state;
    /* |x| - (block: y as float, leave with it if b, else keep it in a local as well and give 1) */
    const struct test_function function =
        FUNCTION(TYPE(2, I32, I32, 1, I32), 1, 1, F32, GET, 0, F32_CONVERT, F32_ABS, BLOCK, F32, CONST, 3, F32_CONVERT,
                 GET, 1, BR_IF, 0, TEE, 2, DROP, CONST, 1, F32_CONVERT, END, F32_SUB, 0xa8, END);
    assert_runs(function, 10, 1, 7);
    assert_runs(function, 10, 0, 9);
}

static void both_operands_are_the_accumulator(void **state) {
    (void)state;
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, ADD, TEE, 0, GET, 0, MUL, END), 2, 3, 25);
    assert_runs(FUNCTION(II_I, 0, GET, 0, CONST, 1, ADD, TEE, 0, GET, 0, STORE, 2, 0, GET, 0, LOAD, 2, 0, END), 7, 0,
                8);
}

static void a_call_leaves_its_result_in_the_accumulator_and_nothing_else(void **state) {
    (void)state;
    struct fixture *fixture = OPEN(FUNCTION(II_I, 0, GET, 0, GET, 1, MUL, GET, 0, CALL, 1, ADD, END),
                                   FUNCTION(I_I, 0, CONST, 50, GET, 0, SUB, END));
    assert_int_equal(fixture_run(fixture, 6, 7), 42 + 50 - 6);
    fixture_close(fixture);
}

/* ---- branches with values ---- */

static void values_move_to_where_the_label_wants_them(void **state) {
    (void)state;
    /* Below the value is another that must go; the path that stays needs both. */
    const struct test_function function =
        FUNCTION(II_I, 0, BLOCK, I32, CONST, 50, GET, 0, GET, 1, BR_IF, 0, ADD, END, END);
    assert_runs(function, 4, 1, 4);
    assert_runs(function, 4, 0, 54);
    /* The same out of the function. */
    const struct test_function leave = FUNCTION(II_I, 0, CONST, 50, GET, 0, GET, 1, BR_IF, 0, ADD, END);
    assert_runs(leave, 4, 1, 4);
    assert_runs(leave, 4, 0, 54);
}

static void a_table_of_branches_moves_values_for_each_target(void **state) {
    (void)state;
    struct fixture *fixture =
        OPEN(FUNCTION(II_I, 0, BLOCK, I32, CONST, 1, BLOCK, I32, CONST, 2, BLOCK, I32, CONST, 3, GET, 1, GET, 0,
                      BR_TABLE, 3, 0, 1, 2, 3, END, CONST, 10, MUL, ADD, END, CONST, 5, MUL, ADD, END, END));
    assert_int_equal(fixture_run(fixture, 0, 7), (7 * 10 + 2) * 5 + 1);
    assert_int_equal(fixture_run(fixture, 1, 7), 7 * 5 + 1);
    assert_int_equal(fixture_run(fixture, 2, 7), 7);
    assert_int_equal(fixture_run(fixture, 3, 7), 7);
    assert_int_equal(fixture_run(fixture, UINT32_MAX, 7), 7);
    fixture_close(fixture);
}

static void loops_take_parameters(void **state) {
    (void)state;
    /* (type 1: i32 i32 -> i32) sums n, n - 1 ... with both on the stack */
    struct fixture *fixture = OPEN(FUNCTION(II_I, 1, 1, I32, CONST, 0, GET, 0, LOOP, 0, TEE, 2, ADD, GET, 2, CONST, 1,
                                            SUB, GET, 2, CONST, 1, SUB, BR_IF, 0, DROP, END, END));
    assert_int_equal(fixture_run(fixture, 100, 0), 5050);
    fixture_close(fixture);
}

/* ---- joined instructions ---- */

static void conditions_join_their_branches(void **state) {
    (void)state;
#define CHOOSE(...) FUNCTION(II_I, 0, BLOCK, NONE, __VA_ARGS__, BR_IF, 0, CONST, 0, RETURN, END, CONST, 1, END)
    assert_runs(CHOOSE(GET, 0, GET, 1, LT_S), -1, 1, 1);
    assert_runs(CHOOSE(GET, 0, GET, 1, LT_U), -1, 1, 0);
    assert_runs(CHOOSE(GET, 0, GET, 1, LT_S, EQZ), -1, 1, 0);
    assert_runs(CHOOSE(GET, 0, GET, 1, LT_S, EQZ, EQZ), -1, 1, 1);
    assert_runs(CHOOSE(GET, 0, GET, 1, AND), 6, 1, 0);
    assert_runs(CHOOSE(GET, 0, GET, 1, AND), 7, 1, 1);
    assert_runs(CHOOSE(GET, 0, GET, 1, AND, EQZ), 6, 1, 1);
    assert_runs(CHOOSE(GET, 0, GET, 1, AND, EQZ, EQZ), 6, 1, 0);
    assert_runs(CHOOSE(GET, 0, EQZ, EQZ), 5, 0, 1);
    assert_runs(CHOOSE(CONST, 1), 0, 0, 1);
    assert_runs(CHOOSE(CONST, 5, GET, 0, LT_S), 6, 0, 1); /* a constant on the left */
    assert_runs(CHOOSE(CONST, 5, GET, 0, LT_S), 5, 0, 0);
    /* A NaN is neither less nor not less. */
#define NAN64 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f
    assert_runs(CHOOSE(NAN64, NAN64, F64_LT), 0, 0, 0);
    assert_runs(CHOOSE(NAN64, NAN64, F64_LT, EQZ), 0, 0, 1);
}

static void a_comparison_that_is_used_twice_is_kept(void **state) {
    (void)state;
    const struct test_function function =
        FUNCTION(II_I, 1, 1, I32, BLOCK, NONE, GET, 0, GET, 1, LT_S, TEE, 2, BR_IF, 0, END, GET, 2, END);
    assert_runs(function, 1, 2, 1);
    assert_runs(function, 2, 1, 0);
}

static void sums_with_shifts(void **state) {
    (void)state;
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, CONST, 2, SHL, ADD, END), 5, 7, 33);
    assert_runs(FUNCTION(II_I, 0, GET, 1, CONST, 3, SHL, GET, 0, ADD, END), 5, 7, 61);
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 0, CONST, 1, ADD, TEE, 0, CONST, 1, SHL, ADD, END), 5, 0, 17);
    assert_runs(FUNCTION(II_I, 0, GET, 1, CONST, 1, ADD, GET, 0, CONST, 4, SHL, ADD, END), 1, 2, 19);
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, CONST, 5, SHL, ADD, END), 5, 1, 37);   /* no pair */
    assert_runs(FUNCTION(II_I, 0, CONST, 9, GET, 1, CONST, 2, SHL, ADD, END), 0, 1, 13); /* none either */
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, CONST, 34, SHL, ADD, END), 5, 7, 33);  /* 34 is 2 */
}

static void moves_of_a_stack_pointer_in_a_global(void **state) {
    (void)state;
    const struct test_function function =
        FUNCTION(II_I, 1, 1, I32, GET, 0, GLOBAL_SET, 0, GLOBAL_GET, 0, CONST, 16, SUB, TEE, 2, GLOBAL_SET, 0,
                 GLOBAL_GET, 0, GET, 2, ADD, GET, 2, CONST, 16, ADD, GLOBAL_SET, 0, GLOBAL_GET, 0, MUL, END);
    assert_runs(function, 100, 0, (84 + 84) * 100);
    /* The sum goes to another place than the global, and the global changes in between. */
    assert_runs(FUNCTION(II_I, 0, GLOBAL_GET, 0, GET, 0, GLOBAL_SET, 0, CONST, 3, ADD, GLOBAL_GET, 0, SUB, END), 1, 0,
                2);
}

/* ---- what memory is known to hold ---- */

static void a_load_gives_what_was_just_stored(void **state) {
    (void)state;
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, STORE, 2, 4, GET, 0, LOAD, 2, 4, END), 64, 7, 7);
    assert_runs(FUNCTION(II_I, 0, GET, 0, CONST, 9, STORE, 2, 4, GET, 0, LOAD, 2, 4, GET, 0, LOAD, 2, 4, ADD, END), 64,
                0, 18);
    assert_runs(
        FUNCTION(II_I, 0, GET, 0, GET, 1, CONST, 1, ADD, STORE, 2, 4, GET, 0, LOAD, 2, 4, TEE, 1, GET, 1, ADD, END), 64,
        7, 16);
}

static void but_not_when_something_happened_in_between(void **state) {
    (void)state;
    /* the local that the value came from */
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, STORE, 2, 4, CONST, 1, SET, 1, GET, 0, LOAD, 2, 4, END), 64, 7, 7);
    /* the address */
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, STORE, 2, 4, CONST, 0, SET, 0, GET, 0, LOAD, 2, 4, END), 64, 7, 0);
    /* another store, through another address */
    assert_runs(FUNCTION(II_I, 1, 1, I32, GET, 0, TEE, 2, GET, 1, STORE, 2, 4, GET, 2, CONST, 5, STORE8, 0, 4, GET, 0,
                         LOAD, 2, 4, END),
                64, 0x707, 0x705);
    /* the accumulator */
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, CONST, 1, ADD, STORE, 2, 4, GET, 0, GET, 1, MUL, DROP, GET, 0, LOAD,
                         2, 4, END),
                64, 7, 8);
    /* a path on which nothing was stored */
    const struct test_function path =
        FUNCTION(II_I, 0, BLOCK, NONE, GET, 1, BR_IF, 0, GET, 0, CONST, 3, STORE, 2, 0, END, GET, 0, LOAD, 2, 0, END);
    assert_runs(path, 64, 0, 3);
    assert_runs(path, 64, 1, 0);
    /* another width */
    assert_runs(FUNCTION(II_I, 0, GET, 0, CONST, 0x7f, STORE, 2, 4, GET, 0, LOAD8_U, 0, 4, END), 64, 0, 0xffu);
}

static void a_word_is_moved(void **state) {
    (void)state;
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, STORE, 2, 0, CONST, 0, SET, 1, GET, 1, GET, 0, LOAD, 2, 0, STORE, 2,
                         8, CONST, 8, LOAD, 2, 0, GET, 1, LOAD, 2, 8, ADD, END),
                64, 21, 42);
}

/* ---- constants ---- */

static void constants_of_every_size(void **state) {
    (void)state;
    assert_runs(FUNCTION(II_I, 0, GET, 0, CONST, 0xff, 0xff, 0x01, ADD, END), 1, 0, 32768);             /* 16 bits */
    assert_runs(FUNCTION(II_I, 0, GET, 0, CONST, 0x80, 0x80, 0x02, ADD, END), 1, 0, 32769);             /* too many */
    assert_runs(FUNCTION(II_I, 0, GET, 0, CONST, 0x80, 0x80, 0x7e, ADD, END), 40000, 0, 40000 - 32768); /* the least */
    assert_runs(FUNCTION(II_I, 0, CONST, 100, GET, 0, SUB, END), 0, 0, (uint32_t)-28);
    assert_runs(FUNCTION(TYPE(2, I64, I64, 1, I64), 0, GET, 0, CONST64, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                         0xff, 0, AND64, GET, 1, CONST64, 0x80, 0x80, 0x80, 0x80, 0x08, ADD64, SUB64, END),
                -1, 1, INT64_MAX - 0x80000001ll);
    assert_runs(FUNCTION(II_I, 0, CONST, 7, CONST, 3, SUB, CONST, 1, EQZ, OR, END), 0, 0, 4);
}

static void selects_from_anywhere(void **state) {
    (void)state;
    assert_runs(FUNCTION(II_I, 0, CONST, 1, CONST, 2, GET, 0, SELECT, END), 0, 0, 2);
    assert_runs(FUNCTION(II_I, 0, GET, 1, CONST, 1, ADD, GET, 0, GET, 0, CONST, 3, LT_S, SELECT, END), 2, 9, 10);
    assert_runs(FUNCTION(II_I, 0, GET, 1, GET, 0, CONST, 1, SELECT, END), 2, 9, 9);
    assert_runs(FUNCTION(II_I, 0, CONST, 5, F32_CONVERT, GET, 1, F32_CONVERT, GET, 0, SELECT, F32_ABS, 0xa8, END), 0, 9,
                9);
}

/* ---- offsets ---- */

static void addresses_and_offsets_of_every_size(void **state) {
    (void)state;
#define FAR 0xf0, 0xff, 0x03     /* 65520 */
#define FARTHER 0x80, 0x80, 0x04 /* 65536, beyond the page */
    assert_runs(FUNCTION(II_I, 0, GET, 0, GET, 1, STORE, 2, FAR, CONST, FAR, LOAD, 2, 0, END), 0, 7, 7);
    assert_runs(FUNCTION(II_I, 0, CONST, 0, GET, 1, CONST, 1, ADD, STORE, 2, FAR, GET, 0, LOAD, 2, FAR, END), 0, 7, 8);
    struct fixture *fixture =
        OPEN(FUNCTION(II_I, 0, GET, 0, LOAD, 2, FARTHER, END),
             FUNCTION(II_I, 0, GET, 0, GET, 1, STORE, 2, FARTHER, CONST, 0, END),
             FUNCTION(II_I, 0, CONST, 0x7f, LOAD, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, END),
             FUNCTION(II_I, 0, CONST, 0x7f, CONST, 0, STORE, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, CONST, 0, END));
    const union w2c_value arguments[2] = {{0}, {0}};
    union w2c_value result;
    for (char name = 'a'; name <= 'd'; name++)
        assert_int_equal(fixture_call(fixture, name, arguments, &result), W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
    fixture_close(fixture);
}

/* ---- order ---- */

static void the_first_trap_is_the_one_that_shows(void **state) {
    (void)state;
    /* A store before a division by zero is done, one behind it is not. */
    struct fixture *fixture = OPEN(
        FUNCTION(II_I, 0, GET, 0, CONST, 1, STORE, 2, 0, GET, 1, GET, 1, DIV_S, GET, 0, CONST, 2, STORE, 2, 0, END),
        FUNCTION(II_I, 0, GET, 0, LOAD, 2, 0, END));
    const union w2c_value arguments[2] = {{.i32 = 16}, {.i32 = 0}};
    union w2c_value result;
    assert_int_equal(fixture_call(fixture, 'a', arguments, &result), W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    assert_int_equal(fixture_call(fixture, 'b', arguments, &result), W2C_OK);
    assert_int_equal(result.i32, 1);
    fixture_close(fixture);
}

/* ---- locals are zero ---- */

static void locals_begin_as_zero_on_every_path(void **state) {
    (void)state;
    /* Function b leaves its slots full. The local of a is set on one path only, in an arm, in a loop. */
    const struct test_function dirt =
        FUNCTION(TYPE(0, 0), 1, 40, I32, CONST, 77, TEE, 0, TEE, 1, TEE, 2, TEE, 3, TEE, 4, TEE, 5, SET, 6, END);
    struct fixture *fixture =
        OPEN(FUNCTION(II_I, 1, 3, I32, CALL, 1, BLOCK, NONE, GET, 0, BR_IF, 0, CONST, 5, SET, 2, END, GET, 0, IF, NONE,
                      CONST, 6, SET, 3, ELSE, END, LOOP, NONE, GET, 4, SET, 4, END, GET, 2, CONST, 10, MUL, GET, 3, ADD,
                      CONST, 10, MUL, GET, 4, ADD, END),
             dirt);
    fixture_run(fixture, 0, 0);
    assert_int_equal(fixture_run(fixture, 0, 0), 500);
    assert_int_equal(fixture_run(fixture, 1, 0), 60);
    fixture_close(fixture);
}

static void a_local_set_on_all_paths_is_not_cleared_wrongly(void **state) {
    (void)state;
    const struct test_function function =
        FUNCTION(II_I, 1, 1, I32, GET, 0, IF, NONE, CONST, 6, SET, 2, ELSE, CONST, 8, SET, 2, END, GET, 2, END);
    assert_runs(function, 1, 0, 6);
    assert_runs(function, 0, 0, 8);
}

/* ---- sizes ---- */

/* 40 000 locals: those beyond what 16 bits reach in every role. */
static void slots_beyond_16_bits(void **state) {
    (void)state;
#define HIGH1 0xb8, 0xb8, 0x02 /* local 39992 */
#define HIGH2 0xb9, 0xb8, 0x02
#define HIGH3 0xba, 0xb8, 0x02
    const struct test_function callee = FUNCTION(II_I, 0, GET, 0, GET, 1, SUB, END);
    struct fixture *fixture =
        OPEN(FUNCTION(II_I, 1, 0xc0, 0xb8, 0x02, I32, GET, 0, SET, HIGH1, GET, 1, CONST, 1, ADD, TEE, HIGH2, GET, HIGH1,
                      MUL, SET, HIGH3, GET, HIGH1, GET, HIGH3, STORE, 2, 0, GET, HIGH1, LOAD, 2, 0, GET, HIGH2, GET,
                      HIGH1, GET, HIGH2, SELECT, GET, HIGH1, CALL, 1, ADD, BLOCK, NONE, GET, HIGH1, GET, HIGH2, LT_S,
                      BR_IF, 0, CONST, 1, SET, HIGH1, END, GET, HIGH1, ADD, END),
             callee);
    /* h1 = 8, h2 = 4, h3 = 32; 32 + (4 - 8) + (8 < 4 ? 8 : 1) */
    assert_int_equal(fixture_run(fixture, 8, 3), 32 - 4 + 1);
    assert_int_equal(fixture_run(fixture, 8, 19), 160 + 12 + 8);
    fixture_close(fixture);
}

static void deep_stacks_and_deep_blocks(void **state) {
    (void)state;
    enum { DEPTH = 20000 };
    static uint8_t body[3 * DEPTH + 8];
    size_t size = 1;
    for (int i = 0; i < DEPTH; i++) {
        body[size++] = GET;
        body[size++] = 0;
    }
    for (int i = 1; i < DEPTH; i++)
        body[size++] = ADD;
    body[size++] = END;
    assert_runs(((struct test_function){II_I, body, size}), 3, 0, 3 * DEPTH);
    size = 1;
    for (int i = 0; i < DEPTH; i++) {
        body[size++] = BLOCK;
        body[size++] = NONE;
    }
    body[size++] = BR, body[size++] = 0xe7, body[size++] = 7;
    for (int i = 0; i < DEPTH; i++)
        body[size++] = END;
    body[size++] = CONST, body[size++] = 5, body[size++] = END;
    assert_runs(((struct test_function){II_I, body, size}), 0, 0, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pending_local_keeps_its_old_value),
        cmocka_unit_test(a_pending_local_survives_a_block_that_may_change_it),
        cmocka_unit_test(many_pending_entries_are_settled),
        cmocka_unit_test(a_value_that_a_branch_takes_along_stays_in_its_slot),
        cmocka_unit_test(both_operands_are_the_accumulator),
        cmocka_unit_test(a_call_leaves_its_result_in_the_accumulator_and_nothing_else),
        cmocka_unit_test(values_move_to_where_the_label_wants_them),
        cmocka_unit_test(a_table_of_branches_moves_values_for_each_target),
        cmocka_unit_test(loops_take_parameters),
        cmocka_unit_test(conditions_join_their_branches),
        cmocka_unit_test(a_comparison_that_is_used_twice_is_kept),
        cmocka_unit_test(sums_with_shifts),
        cmocka_unit_test(moves_of_a_stack_pointer_in_a_global),
        cmocka_unit_test(a_load_gives_what_was_just_stored),
        cmocka_unit_test(but_not_when_something_happened_in_between),
        cmocka_unit_test(a_word_is_moved),
        cmocka_unit_test(constants_of_every_size),
        cmocka_unit_test(selects_from_anywhere),
        cmocka_unit_test(addresses_and_offsets_of_every_size),
        cmocka_unit_test(the_first_trap_is_the_one_that_shows),
        cmocka_unit_test(locals_begin_as_zero_on_every_path),
        cmocka_unit_test(a_local_set_on_all_paths_is_not_cleared_wrongly),
        cmocka_unit_test(slots_beyond_16_bits),
        cmocka_unit_test(deep_stacks_and_deep_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
