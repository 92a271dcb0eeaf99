/* The interpreter from outside: calls in all directions, traps and where they are said to be, stacks that end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "interp_fixture.h"

#define II_I TYPE(2, I32, I32, 1, I32)
#define I_I TYPE(1, I32, 1, I32)

/* What w2c_error_print says. */
static const char *printed(const struct w2c_error *error) {
    static char text[4096];
    FILE *stream = fmemopen(text, sizeof text, "w");
    w2c_error_print(error, stream);
    fclose(stream);
    return text;
}

static enum w2c_trap call(struct fixture *fixture, const char *name, uint32_t a, uint32_t b, struct w2c_error *error) {
    const union w2c_value arguments[2] = {{.i32 = a}, {.i32 = b}};
    union w2c_value results[4];
    return w2c_invoke(fixture->instance, name, 1, arguments, results, error);
}

/* ---- recursion ---- */

#define FIBONACCI                                                                                                      \
    FUNCTION(I_I, 0, GET, 0, CONST, 2, LT_S, IF, I32, GET, 0, ELSE, GET, 0, CONST, 1, SUB, CALL, 0, GET, 0, CONST, 2,  \
             SUB, CALL, 0, ADD, END, END)
#define ENDLESS FUNCTION(I_I, 0, GET, 0, CONST, 1, ADD, CALL, 0, END)

static void functions_call_themselves(void **state) {
    (void)state;
    assert_runs(FIBONACCI, 20, 0, 6765);
}

static void endless_recursion_traps_and_leaves_nothing_behind(void **state) {
    (void)state;
    struct fixture *fixture = OPEN(ENDLESS, FUNCTION(I_I, 0, GET, 0, END));
    struct w2c_error error;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call(fixture, "a", 0, 0, &error), W2C_TRAP_STACK_EXHAUSTED);
        assert_string_equal(error.message, "trap: call stack exhausted");
        assert_int_equal(call(fixture, "b", 0, 0, &error), W2C_OK);
    }
    fixture_close(fixture);
}

/* Not one native frame for each operation, or for each call: so many would not fit. */
static void the_native_stack_does_not_grow(void **state) {
    (void)state;
    assert_runs(FUNCTION(II_I, 0, LOOP, NONE, GET, 0, CONST, 1, SUB, TEE, 0, BR_IF, 0, END, GET, 0, END), 10000000, 0,
                0);
    assert_runs(
        FUNCTION(I_I, 0, GET, 0, EQZ, IF, I32, CONST, 0, ELSE, GET, 0, CONST, 1, SUB, CALL, 0, CONST, 1, ADD, END, END),
        500000, 0, 500000);
}

/* ---- traps ---- */

static void traps_say_where_they_are(void **state) {
    (void)state;
    struct fixture *fixture = OPEN(FUNCTION(II_I, 0, GET, 0, GET, 1, CALL, 1, END),
                                   FUNCTION(II_I, 0, GET, 0, GET, 1, CONST, 2, CALL_INDIRECT, 0, 0, END),
                                   FUNCTION(II_I, 0, GET, 0, GET, 1, DIV_S, END));
    struct w2c_error error;
    assert_int_equal(call(fixture, "a", 1, 0, &error), W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    assert_string_equal(printed(&error), "test.wasm: trap: integer divide by zero in func 2 \"c\"\n"
                                         "  #0 func 2 \"c\"\n  #1 func 1 \"b\"\n  #2 func 0 \"a\"\n");
    assert_int_equal(call(fixture, "a", 0x80000000u, UINT32_MAX, &error), W2C_TRAP_INTEGER_OVERFLOW);
    fixture_close(fixture);
}

/* Under guard the trap is a fault, taken on a stack of its own. */
static void faults_say_where_they_are(void **state) {
    (void)state;
    const struct test_function functions[] = {FUNCTION(I_I, 0, GET, 0, CALL, 1, END),
                                              FUNCTION(I_I, 0, GET, 0, LOAD, 2, 0, END)};
    static const enum w2c_bounds kinds[] = {W2C_BOUNDS_GUARD, W2C_BOUNDS_CHECK};
    for (int i = 0; i < 2; i++) {
        struct fixture *fixture = fixture_open(functions, 2, NULL, 0, kinds[i]);
        struct w2c_error error;
        assert_int_equal(call(fixture, "a", 65532, 0, &error), W2C_OK);
        assert_int_equal(call(fixture, "a", 65533, 0, &error), W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
        assert_string_equal(printed(&error), "test.wasm: trap: out of bounds memory access in func 1 \"b\"\n"
                                             "  #0 func 1 \"b\"\n  #1 func 0 \"a\"\n");
        fixture_close(fixture);
    }
}

static void indirect_calls_check_what_they_call(void **state) {
    (void)state;
    struct fixture *fixture =
        OPEN(FUNCTION(II_I, 0, GET, 0, GET, 1, CALL_INDIRECT, 1, 0, END), FUNCTION(I_I, 0, GET, 0, CONST, 1, ADD, END));
    struct w2c_error error;
    assert_int_equal(fixture_run(fixture, 41, 1), 42);
    assert_int_equal(call(fixture, "a", 0, 0, &error), W2C_TRAP_INDIRECT_CALL_MISMATCH);
    assert_int_equal(call(fixture, "a", 0, 2, &error), W2C_TRAP_UNINITIALIZED_ELEMENT);
    assert_int_equal(call(fixture, "a", 0, 16, &error), W2C_TRAP_UNDEFINED_ELEMENT);
    fixture_close(fixture);
}

static void memory_grows_under_running_code(void **state) {
    (void)state;
    const struct test_function function =
        FUNCTION(II_I, 0, GET, 0, GROW, 0, DROP, GET, 1, CONST, 5, STORE, 2, 0, GET, 1, LOAD, 2, 0, SIZE, 0, ADD, END);
    static const enum w2c_bounds kinds[] = {W2C_BOUNDS_GUARD, W2C_BOUNDS_CHECK};
    for (int i = 0; i < 2; i++) {
        struct fixture *fixture = fixture_open(&function, 1, NULL, 0, kinds[i]);
        assert_int_equal(fixture_run(fixture, 1, 100000), 7);
        fixture_close(fixture);
    }
}

/* ---- host functions ---- */

struct two_results {
    uint32_t first;
    double second;
};

static struct two_results host_two(void *context, uint32_t i, uint64_t l, float f, double d) {
    *(int *)context += 1;
    return (struct two_results){i + (uint32_t)l, (double)f + d};
}

static uint64_t host_many(void *context, uint64_t a, double b, uint64_t c, double d, uint64_t e, double f, uint64_t g,
                          double h, uint64_t i, double j) {
    (void)context;
    return a + 2 * c + 3 * e + 4 * g + 5 * i + (uint64_t)(b + d + f + h + j);
}

static void host_functions_take_and_give_every_type(void **state) {
    (void)state;
    int count = 0;
    const struct w2c_func two = {(w2c_code)host_two, &count, w2c_type_id("ilfd:id"), NULL};
    const struct w2c_func many = {(w2c_code)host_many, NULL, w2c_type_id("ldldldldld:l"), NULL};
    const struct w2c_extern imports[] = {{.kind = W2C_FUNC, .func = &two}, {.kind = W2C_FUNC, .func = &many}};
#define LD I64, F64
    const struct test_function functions[] = {
        {TYPE(4, I32, I64, F32, F64, 2, I32, F64), NULL, 0},
        {TYPE(10, LD, LD, LD, LD, LD, 1, I64), NULL, 0},
        FUNCTION(TYPE(4, I32, I64, F32, F64, 2, I32, F64), 0, GET, 0, GET, 1, GET, 2, GET, 3, CALL, 0, END),
        FUNCTION(TYPE(2, LD, 1, I64), 0, GET, 0, GET, 1, GET, 0, GET, 1, GET, 0, GET, 1, GET, 0, GET, 1, GET, 0, GET, 1,
                 CONST, 1, CALL_INDIRECT, 1, 0, END)};
    struct fixture *fixture = fixture_open(functions, 4, imports, 2, W2C_BOUNDS_GUARD);
    union w2c_value results[2];
    const union w2c_value four[] = {{.i32 = 40}, {.i64 = 2}, {.f32 = 0.5f}, {.f64 = 0.25}};
    for (char name = 'a'; name <= 'c'; name += 2) { /* the import itself, given out again, and a call of it */
        memset(results, 0, sizeof results);
        assert_int_equal(fixture_call(fixture, name, four, results), W2C_OK);
        assert_int_equal(results[0].i32, 42);
        assert_true(results[1].f64 == 0.75);
    }
    assert_int_equal(count, 2);
    const union w2c_value ten[] = {{.i64 = 1ull << 40}, {.f64 = 1.5}};
    assert_int_equal(fixture_call(fixture, 'd', ten, results), W2C_OK);
    assert_int_equal(results[0].i64, (15ull << 40) + 7);
    fixture_close(fixture);
}

/* A host function that calls back into the instance it was called from. */
struct host {
    struct fixture *fixture;
    const char *name;
    bool catches;
    enum w2c_trap caught;
    char text[512];
};

static void call_back(void *argument) {
    struct host *host = argument;
    const struct w2c_export *description;
    struct w2c_extern found;
    union w2c_value results[1];
    w2c_find_export(host->fixture->instance, host->name, 1, &found, &description);
    description->invoke(found.func, &(union w2c_value){.i32 = 7}, results);
}

static uint32_t host_calls_back(void *context, uint32_t value) {
    struct host *host = context;
    struct w2c_error error;
    if (host->catches) {
        host->caught = w2c_try(call_back, host, &error);
        snprintf(host->text, sizeof host->text, "%.*s", (int)sizeof host->text - 1, printed(&error));
    } else {
        call_back(host);
    }
    return value + 1;
}

static struct fixture *open_with_host(struct host *host, struct w2c_func *func) {
    *func = (struct w2c_func){(w2c_code)host_calls_back, host, w2c_type_id("i:i"), NULL};
    const struct w2c_extern imports[] = {{.kind = W2C_FUNC, .func = func}};
    const struct test_function functions[] = {{I_I, NULL, 0},
                                              FUNCTION(I_I, 0, GET, 0, CALL, 0, GET, 0, ADD, END),
                                              FUNCTION(I_I, 0, GET, 0, CONST, 0, DIV_S, END),
                                              FUNCTION(I_I, 1, 1, I32, LOOP, NONE, GET, 0, CALL, 0, SET, 1, GET, 0,
                                                       CONST, 1, SUB, TEE, 0, BR_IF, 0, END, GET, 1, END),
                                              FUNCTION(I_I, 0, GET, 0, CALL, 4, END)};
    host->fixture = fixture_open(functions, 5, imports, 1, W2C_BOUNDS_GUARD);
    return host->fixture;
}

static void a_backtrace_shows_both_sides_of_a_host_function(void **state) {
    (void)state;
    struct host host = {.name = "c"};
    struct w2c_func func;
    struct fixture *fixture = open_with_host(&host, &func);
    struct w2c_error error;
    assert_int_equal(call(fixture, "b", 1, 0, &error), W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    assert_string_equal(printed(&error), "test.wasm: trap: integer divide by zero in func 2 \"c\"\n"
                                         "  #0 func 2 \"c\"\n  #1 func 1 \"b\"\n");
    fixture_close(fixture);
}

static void a_trap_that_the_host_catches_leaves_the_caller_as_it_was(void **state) {
    (void)state;
    struct host host = {.name = "c", .catches = true};
    struct w2c_func func;
    struct fixture *fixture = open_with_host(&host, &func);
    struct w2c_error error;
    assert_int_equal(call(fixture, "b", 20, 0, &error), W2C_OK);
    assert_int_equal(host.caught, W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    /* Each time the slots are free again: else so many would not fit. */
    host.name = "e";
    assert_int_equal(call(fixture, "d", 100, 0, &error), W2C_OK);
    assert_int_equal(host.caught, W2C_TRAP_STACK_EXHAUSTED);
    /* And the frames that the traps left are not in a later backtrace. */
    host.name = "c";
    assert_int_equal(call(fixture, "b", 20, 0, &error), W2C_OK);
    assert_string_equal(host.text, "test.wasm: trap: integer divide by zero in func 2 \"c\"\n"
                                   "  #0 func 2 \"c\"\n  #1 func 1 \"b\"\n");
    fixture_close(fixture);
}

/* Calls back without end: it is the native stack that is full in the end. */
static void recursion_through_the_host_ends(void **state) {
    (void)state;
    struct host host = {.name = "b"};
    struct w2c_func func;
    struct fixture *fixture = open_with_host(&host, &func);
    struct w2c_error error;
    assert_int_equal(call(fixture, "b", 1, 0, &error), W2C_TRAP_STACK_EXHAUSTED);
    host.name = "c";
    assert_int_equal(call(fixture, "b", 1, 0, &error), W2C_TRAP_INTEGER_DIVIDE_BY_ZERO);
    fixture_close(fixture);
}

/* ---- instances ---- */

/* Each of two instances writes to its own memory, around calls of the other. */
static void instances_with_their_own_memories_call_each_other(void **state) {
    (void)state;
    const struct test_function inner[] = {
        FUNCTION(I_I, 0, CONST, 0, GET, 0, STORE, 2, 0, CONST, 0, LOAD, 2, 0, CONST, 2, MUL, END)};
    static const enum w2c_bounds kinds[] = {W2C_BOUNDS_GUARD, W2C_BOUNDS_CHECK};
    for (int i = 0; i < 4; i++) {
        struct fixture *callee = fixture_open(inner, 1, NULL, 0, kinds[i & 1]);
        struct w2c_extern import;
        assert_true(w2c_find_export(callee->instance, "a", 1, &import, NULL));
        const struct test_function outer[] = {
            {I_I, NULL, 0},
            FUNCTION(I_I, 0, CONST, 0, CONST, 5, STORE, 2, 0, GET, 0, CALL, 0, CONST, 0, LOAD, 2, 0, ADD, END),
            FUNCTION(I_I, 0, CONST, 0, CONST, 6, STORE, 2, 0, GET, 0, CONST, 0, CALL_INDIRECT, 0, 0, CONST, 0, LOAD, 2,
                     0, ADD, END),
            FUNCTION(I_I, 0, GET, 0, CONST, 1, CALL_INDIRECT, 0, 0, CONST, 0, LOAD, 2, 0, ADD, END)};
        struct fixture *caller = fixture_open(outer, 4, &import, 1, kinds[i >> 1]);
        union w2c_value result;
        const union w2c_value argument = {.i32 = 100};
        assert_int_equal(fixture_call(caller, 'b', &argument, &result), W2C_OK);
        assert_int_equal(result.i32, 205);
        assert_int_equal(fixture_call(caller, 'c', &argument, &result), W2C_OK);
        assert_int_equal(result.i32, 206);
        assert_int_equal(fixture_call(caller, 'd', &argument, &result), W2C_OK);
        assert_int_equal(result.i32, 210);
        fixture_close(caller);
        fixture_close(callee);
    }
}

static void *run_in_thread(void *argument) {
    struct fixture *fixture = argument;
    const union w2c_value twenty = {.i32 = 20};
    union w2c_value result = {0};
    const bool is_good = fixture_call(fixture, 'a', &twenty, &result) == W2C_OK && result.i32 == 6765;
    return is_good ? fixture : NULL;
}

static void threads_have_slots_of_their_own(void **state) {
    (void)state;
    struct fixture *fixtures[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        fixtures[i] = OPEN(FIBONACCI);
        assert_int_equal(pthread_create(&threads[i], NULL, run_in_thread, fixtures[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_ptr_equal(result, fixtures[i]);
        fixture_close(fixtures[i]);
    }
}

/* ---- ways to access memory ---- */

static void every_way_to_access_memory_gives_the_same(void **state) {
    (void)state;
    const struct test_function function =
        FUNCTION(II_I, 0, GET, 0, GET, 1, STORE, 0, 1, GET, 0, CONST, 0x7e, STORE8, 0, 2, GET, 0, GET, 0, LOAD64, 0, 0,
                 STORE64, 0, 16, GET, 0, LOAD, 0, 17, GET, 0, LOAD8_U, 0, 18, ADD, END);
    static const enum w2c_bounds kinds[] = {W2C_BOUNDS_GUARD, W2C_BOUNDS_CHECK};
    for (unsigned memory = INTERP_MEMORY_FIXED; memory <= INTERP_MEMORY_FIXED_SWITCH; memory++) {
        interp_configure((enum interp_memory)memory, NULL, NULL);
        for (int i = 0; i < 2; i++) {
            struct fixture *fixture = fixture_open(&function, 1, NULL, 0, kinds[i]);
            assert_int_equal(fixture_run(fixture, 64, 0x11223344), 0x1122fe44u + 0xfe);
            assert_int_equal(fixture_run(fixture, 65, 0x11223344), 0x1122fe44u + 0xfe);
            union w2c_value result;
            const union w2c_value end[2] = {{.i32 = 65536 - 23}, {.i32 = 0}};
            assert_int_equal(fixture_call(fixture, 'a', end, &result), W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
            fixture_close(fixture);
        }
    }
    interp_configure(INTERP_MEMORY_FIXED, NULL, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_call_themselves),
        cmocka_unit_test(endless_recursion_traps_and_leaves_nothing_behind),
        cmocka_unit_test(the_native_stack_does_not_grow),
        cmocka_unit_test(traps_say_where_they_are),
        cmocka_unit_test(faults_say_where_they_are),
        cmocka_unit_test(indirect_calls_check_what_they_call),
        cmocka_unit_test(memory_grows_under_running_code),
        cmocka_unit_test(host_functions_take_and_give_every_type),
        cmocka_unit_test(a_backtrace_shows_both_sides_of_a_host_function),
        cmocka_unit_test(a_trap_that_the_host_catches_leaves_the_caller_as_it_was),
        cmocka_unit_test(recursion_through_the_host_ends),
        cmocka_unit_test(instances_with_their_own_memories_call_each_other),
        cmocka_unit_test(threads_have_slots_of_their_own),
        cmocka_unit_test(every_way_to_access_memory_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
