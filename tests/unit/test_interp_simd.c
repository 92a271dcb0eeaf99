/* Vectors in the interpreter: two slots that go together through locals, blocks, branches, calls in all directions.
 * What the operators compute is for the official suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "interp_fixture.h"

enum { V128 = 0x7b, SELECT_T = 0x1c, WRAP = 0xa7, RETURN_CALL = 0x12 };
#define ADD64X2 0xfd, 0xce, 1
#define SPLAT64 0xfd, 0x12
#define LANE64(lane) 0xfd, 0x1d, lane
#define VV_V TYPE(2, V128, V128, 1, V128)
/* LEB of three bytes. */
#define LOCAL(number) (number) % 128 + 128, (number) / 128 % 128 + 128, (number) / 128 / 128

static union w2c_value vector(uint64_t low, uint64_t high) {
    union w2c_value value;
    memcpy(value.v128, &low, sizeof low);
    memcpy(value.v128 + 8, &high, sizeof high);
    return value;
}

static void assert_vector(const union w2c_value *value, uint64_t low, uint64_t high) {
    uint64_t halves[2];
    memcpy(halves, value->v128, sizeof halves);
    assert_int_equal(halves[0], low);
    assert_int_equal(halves[1], high);
}

static void among_numbers(void **state) {
    (void)state;
    struct fixture *fixture =
        OPEN(FUNCTION(TYPE(4, I32, V128, F64, V128, 4, V128, I32, V128, F64), 0, GET, 3, GET, 0, GET, 1, GET, 2, END));
    const union w2c_value arguments[] = {{.i32 = 5}, vector(1, 2), {.f64 = 0.5}, vector(3, 4)};
    union w2c_value results[4];
    assert_int_equal(fixture_call(fixture, 'a', arguments, results), W2C_OK);
    assert_vector(&results[0], 3, 4);
    assert_int_equal(results[1].i32, 5);
    assert_vector(&results[2], 1, 2);
    assert_true(results[3].f64 == 0.5);
    fixture_close(fixture);
}

static void selected_and_dropped(void **state) {
    (void)state;
    struct fixture *fixture = OPEN(
        FUNCTION(TYPE(3, V128, V128, I32, 1, V128), 0, GET, 0, GET, 0, DROP, GET, 1, GET, 2, SELECT_T, 1, V128, END));
    for (uint32_t i = 0; i < 2; i++) {
        const union w2c_value arguments[] = {vector(1, 2), vector(3, 4), {.i32 = i}};
        union w2c_value result;
        assert_int_equal(fixture_call(fixture, 'a', arguments, &result), W2C_OK);
        assert_vector(&result, i ? 1 : 3, i ? 2 : 4);
    }
    fixture_close(fixture);
}

/* A branch takes a vector out of a block, past another one, or stays. */
static void through_blocks(void **state) {
    (void)state;
    struct fixture *fixture = OPEN(FUNCTION(VV_V, 1, 1, V128, BLOCK, V128, GET, 1, GET, 0, GET, 1, ADD64X2, TEE, 2, GET,
                                            2, LANE64(0), WRAP, BR_IF, 0, DROP, DROP, GET, 0, END, END));
    union w2c_value result;
    const union w2c_value taken[] = {vector(1, 10), vector(2, 20)};
    assert_int_equal(fixture_call(fixture, 'a', taken, &result), W2C_OK);
    assert_vector(&result, 3, 30);
    const union w2c_value stays[] = {vector(1, 10), vector(-1ull, 20)};
    assert_int_equal(fixture_call(fixture, 'a', stays, &result), W2C_OK);
    assert_vector(&result, 1, 10);
    fixture_close(fixture);
}

static void old_values_of_locals_are_kept(void **state) {
    (void)state;
    struct fixture *fixture =
        OPEN(FUNCTION(VV_V, 0, GET, 0, GET, 1, SET, 0, GET, 0, GET, 0, ADD64X2, SET, 1, GET, 1, ADD64X2, END));
    const union w2c_value arguments[] = {vector(1, 2), vector(10, 20)};
    union w2c_value result;
    assert_int_equal(fixture_call(fixture, 'a', arguments, &result), W2C_OK);
    assert_vector(&result, 21, 42);
    fixture_close(fixture);
}

static void locals_begin_with_zero(void **state) {
    (void)state;
    struct fixture *fixture =
        OPEN(FUNCTION(TYPE(0, 1, V128), 2, 1, I32, 1, V128, GET, 1, CONST64, 1, SPLAT64, SET, 1, END));
    for (int i = 0; i < 2; i++) {
        union w2c_value result = vector(7, 7);
        assert_int_equal(fixture_call(fixture, 'a', NULL, &result), W2C_OK);
        assert_vector(&result, 0, 0);
    }
    fixture_close(fixture);
}

/* Beyond the slots that instructions have room for. */
static void many_of_them(void **state) {
    (void)state;
    struct fixture *fixture =
        OPEN(FUNCTION(VV_V, 1, LOCAL(20000), V128, GET, 0, SET, LOCAL(20001), GET, 1, SET, LOCAL(20000), GET,
                      LOCAL(20001), GET, LOCAL(20000), ADD64X2, TEE, LOCAL(19999), GET, LOCAL(20001), ADD64X2, END));
    const union w2c_value arguments[] = {vector(1, 2), vector(10, 20)};
    union w2c_value result;
    assert_int_equal(fixture_call(fixture, 'a', arguments, &result), W2C_OK);
    assert_vector(&result, 12, 24);
    fixture_close(fixture);
}

static void calls(void **state) {
    (void)state;
    struct fixture *fixture =
        OPEN(FUNCTION(TYPE(3, V128, I32, V128, 2, V128, V128), 0, GET, 0, GET, 2, ADD64X2, GET, 2, END),
             FUNCTION(VV_V, 0, GET, 1, GET, 0, CONST, 9, GET, 1, CALL, 0, ADD64X2, ADD64X2, END),
             FUNCTION(VV_V, 0, GET, 1, GET, 0, CONST, 1, CALL_INDIRECT, 1, 0, END));
    const union w2c_value arguments[] = {vector(1, 2), vector(10, 20)};
    union w2c_value result;
    assert_int_equal(fixture_call(fixture, 'b', arguments, &result), W2C_OK);
    assert_vector(&result, 10 + 11 + 10, 20 + 22 + 20);
    assert_int_equal(fixture_call(fixture, 'c', arguments, &result), W2C_OK);
    assert_vector(&result, 1 + 11 + 1, 2 + 22 + 2);
    fixture_close(fixture);
}

/* In place of the caller's frame, whose parameters are fewer slots or more. */
static void tail_calls(void **state) {
    (void)state;
    struct fixture *fixture =
        OPEN(FUNCTION(TYPE(2, I64, V128, 1, V128), 0, GET, 0, EQZ64, IF, NONE, GET, 1, RETURN, END, GET, 0, CONST64, 1,
                      SUB64, GET, 1, CONST64, 3, SPLAT64, ADD64X2, RETURN_CALL, 0, END),
             FUNCTION(TYPE(1, I64, 1, V128), 0, GET, 0, CONST64, 4, SPLAT64, RETURN_CALL, 0, END));
    const union w2c_value count = {.i64 = 100000};
    union w2c_value result;
    assert_int_equal(fixture_call(fixture, 'b', &count, &result), W2C_OK);
    assert_vector(&result, 300004, 300004);
    fixture_close(fixture);
}

/* As engines in this process pass them: see docs/ENGINES.md. */
struct halves {
    uint64_t low, high;
};

static struct halves host_add(void *context, struct halves a, uint32_t times, struct halves b) {
    ++*(int *)context;
    return (struct halves){a.low + times * b.low, a.high + times * b.high};
}

static void hosts_get_halves(void **state) {
    (void)state;
    int count = 0;
    const struct w2c_func add = {.code = (w2c_code)host_add, .context = &count, .type = w2c_type_id("ViV:V")};
    const struct w2c_extern import = {.kind = W2C_FUNC, .func = &add};
    const struct test_function functions[] = {
        {TYPE(3, V128, I32, V128, 1, V128), NULL, 0},
        FUNCTION(VV_V, 0, GET, 0, CONST, 3, GET, 1, CALL, 0, GET, 0, ADD64X2, END)};
    struct fixture *fixture = fixture_open(functions, 2, &import, 1, W2C_BOUNDS_GUARD);
    const union w2c_value two[] = {vector(1, 2), vector(10, 20)};
    union w2c_value result;
    assert_int_equal(fixture_call(fixture, 'b', two, &result), W2C_OK);
    assert_vector(&result, 32, 64);
    const union w2c_value three[] = {vector(1, 2), {.i32 = 2}, vector(10, 20)}; /* the import, given out again */
    assert_int_equal(fixture_call(fixture, 'a', three, &result), W2C_OK);
    assert_vector(&result, 21, 42);
    assert_int_equal(count, 2);
    fixture_close(fixture);
}

/* A function of a compiled library looks like this one: what it would take for a vector is in another register. */
static void vectors_in_registers_are_refused(void **state) {
    (void)state;
    const struct test_function functions[] = {{TYPE(1, V128, 1, V128), NULL, 0}};
    struct w2c_func func = {.code = (w2c_code)host_add, .type = w2c_type_id("V:V")};
    const struct w2c_extern import = {.kind = W2C_FUNC, .func = &func};
    struct fixture *fixture = fixture_open(functions, 1, &import, 1, W2C_BOUNDS_GUARD);
    struct w2c_error error;
    func.type = w2c_type_id("v:v");
    assert_null(w2c_instantiate(&fixture->live->descriptor, &import, 1, &error));
    assert_int_equal(error.trap, W2C_TRAP_LINK);
    assert_string_equal(error.message, "incompatible import type \"m\" \"a\": expected func (v128 in two halves) -> "
                                       "(v128 in two halves), found func (v128) -> (v128)");
    fixture_close(fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(among_numbers),
        cmocka_unit_test(selected_and_dropped),
        cmocka_unit_test(through_blocks),
        cmocka_unit_test(old_values_of_locals_are_kept),
        cmocka_unit_test(locals_begin_with_zero),
        cmocka_unit_test(many_of_them),
        cmocka_unit_test(calls),
        cmocka_unit_test(tail_calls),
        cmocka_unit_test(hosts_get_halves),
        cmocka_unit_test(vectors_in_registers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
