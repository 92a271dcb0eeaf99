/* Tables: growing, limits, the range operators' bounds, and what an indirect call may not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "rt.h"
#include "w2c/ops_table.h"

static const int objects[8];

static struct w2c_table make(uint64_t min, uint64_t max, const void *fill) {
    struct w2c_table table;
    struct w2c_table_type type = {.min = min, .max = max, .has_max = true, .type = 'E'};
    assert_true(w2c_table_init(&table, type, fill));
    return table;
}

static void grows_one_by_one(void **state) {
    (void)state;
    struct w2c_table table = make(0, 1000, NULL);
    for (u32 i = 0; i < 1000; i++) {
        assert_int_equal(table_grow(&table, &objects[i % 8], 1), i);
    }
    assert_int_equal(table_size(&table), 1000);
    assert_int_equal(table_grow(&table, NULL, 1), 0xffffffffu);
    assert_int_equal(table_grow(&table, NULL, 0), 1000);
    for (u32 i = 0; i < 1000; i++) {
        assert_ptr_equal(table_get(&table, i), &objects[i % 8]);
    }
    w2c_table_free(&table);
}

static void has_a_limit(void **state) {
    (void)state;
    struct w2c_table table;
    struct w2c_table_type type = {.min = 10000001, .type = 'F'};
    assert_false(w2c_table_init(&table, type, NULL));
    type.min = 10;
    assert_true(w2c_table_init(&table, type, objects));
    assert_int_equal(table.max, 0xffffffffu);
    assert_int_equal(table_grow(&table, NULL, 0xffffffffu), 0xffffffffu);
    assert_int_equal(table_grow(&table, NULL, 10000000), 0xffffffffu);
    assert_int_equal(table_grow(&table, NULL, 9999990), 10);
    assert_null(table_get(&table, 9999999));
    assert_ptr_equal(table_get(&table, 9), objects);
    w2c_table_free(&table);
}

/* ---- operators, run so that they may trap ---- */

struct call {
    char operator;
    u32 d, s, n;
};

static struct w2c_table table;
static struct w2c_error error;
static const void *const segment[3] = {&objects[1], &objects[2], &objects[3]};

static void run(void *argument) {
    const struct call *call = argument;
    switch (call->operator) {
    case 'g':
        table_get(&table, call->d);
        break;
    case 's':
        table_set(&table, call->d, &objects[call->s]);
        break;
    case 'f':
        table_fill(&table, call->d, &objects[call->s], call->n);
        break;
    case 'c':
        table_copy(&table, &table, call->d, call->s, call->n);
        break;
    case 'i':
        table_init(&table, segment, 3, call->d, call->s, call->n);
        break;
    case 'F':
        table_func(&table, call->d, call->s);
        break;
    }
}

static enum w2c_trap try(char operator, u32 d, u32 s, u32 n) {
    struct call call = {operator, d, s, n};
    return w2c_try(run, &call, &error);
}

static void range_operators_check_first(void **state) {
    (void)state;
    const enum w2c_trap outside = W2C_TRAP_OUT_OF_BOUNDS_TABLE;
    table = make(5, 5, NULL);
    assert_int_equal(try('g', 5, 0, 0), outside);
    assert_int_equal(try('s', 5, 0, 0), outside);
    assert_int_equal(try('g', 0xffffffffu, 0, 0), outside);
    assert_int_equal(try('f', 5, 0, 0), W2C_OK);
    assert_int_equal(try('f', 6, 0, 0), outside);
    assert_int_equal(try('f', 4, 0, 2), outside);
    assert_int_equal(try('f', 1, 0, 0xffffffffu), outside);
    assert_int_equal(try('c', 5, 5, 0), W2C_OK);
    assert_int_equal(try('c', 0, 6, 0), outside);
    assert_int_equal(try('c', 3, 0, 3), outside);
    assert_int_equal(try('i', 5, 3, 0), W2C_OK);
    assert_int_equal(try('i', 0, 4, 0), outside);
    assert_int_equal(try('i', 0, 1, 3), outside);
    assert_int_equal(try('i', 3, 0, 3), outside);
    for (u32 i = 0; i < 5; i++) {
        assert_null(table_get(&table, i));
    }
    assert_string_equal(error.message, "trap: out of bounds table access");
    w2c_table_free(&table);
}

static void range_operators_write(void **state) {
    (void)state;
    table = make(5, 5, NULL);
    assert_int_equal(try('i', 0, 0, 3), W2C_OK);
    assert_int_equal(try('c', 1, 0, 3), W2C_OK);
    assert_ptr_equal(table_get(&table, 0), &objects[1]);
    assert_ptr_equal(table_get(&table, 1), &objects[1]);
    assert_ptr_equal(table_get(&table, 3), &objects[3]);
    assert_int_equal(try('f', 2, 7, 2), W2C_OK);
    assert_ptr_equal(table_get(&table, 1), &objects[1]);
    assert_ptr_equal(table_get(&table, 2), &objects[7]);
    assert_ptr_equal(table_get(&table, 3), &objects[7]);
    assert_null(table_get(&table, 4));
    w2c_table_free(&table);
}

static void calls_are_checked(void **state) {
    (void)state;
    static const struct w2c_func func = {.type = 3};
    table = make(2, 2, NULL);
    table_set(&table, 1, &func);
    assert_ptr_equal(table_func(&table, 1, 3), &func);
    assert_int_equal(try('F', 2, 3, 0), W2C_TRAP_UNDEFINED_ELEMENT);
    assert_string_equal(error.message, "trap: undefined element 2");
    assert_int_equal(try('F', 0, 3, 0), W2C_TRAP_UNINITIALIZED_ELEMENT);
    assert_string_equal(error.message, "trap: uninitialized element 0");
    assert_int_equal(try('F', 1, 4, 0), W2C_TRAP_INDIRECT_CALL_MISMATCH);
    assert_string_equal(error.message, "trap: indirect call type mismatch (element 1)");
    w2c_table_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_one_by_one),
        cmocka_unit_test(has_a_limit),
        cmocka_unit_test(range_operators_check_first),
        cmocka_unit_test(range_operators_write),
        cmocka_unit_test(calls_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
