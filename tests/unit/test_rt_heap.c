/* The heap: what is reachable stays as it was, what is not makes room, and nothing else matters: how deep a structure
 * is, how large an object, which thread made it. Objects are made as generated code makes them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "w2c/ops_gc.h"
#include "w2c/ops_tail.h"

enum { PAIR, REFS, BYTES, TYPES };

static const struct w2c_type *records[TYPES];

/* (struct (mut eqref) (mut eqref) (mut i32)), (array (mut eqref)), (array (mut i8)) */
static int make_types(void **state) {
    static const char *const texts[TYPES] = {"{~Q~Q~i}", "[~Q]", "[~b]"};
    static uint32_t ids[TYPES];
    (void)state;
    w2c_type_define(texts, ids, records, TYPES);
    return 0;
}

static const void *make_pair(const void *first, const void *second, uint32_t number) {
    const struct w2c_type *type = records[PAIR];
    const void *pair = struct_new(type, type->bytes);
    struct_set_ref(pair, type->fields[0], first);
    struct_set_ref(pair, type->fields[1], second);
    struct_set_u32(pair, type->fields[2], number);
    return pair;
}

static const void *first_of(const void *pair) {
    return struct_get_ref(pair, records[PAIR]->fields[0]);
}

static const void *second_of(const void *pair) {
    return struct_get_ref(pair, records[PAIR]->fields[1]);
}

static uint32_t number_of(const void *pair) {
    return struct_get_u32(pair, records[PAIR]->fields[2]);
}

static const void *make_tree(unsigned depth, uint32_t number) {
    if (depth == 0) return make_pair(NULL, NULL, number);
    const void *left = make_tree(depth - 1, 2 * number);
    return make_pair(left, make_tree(depth - 1, 2 * number + 1), number);
}

static uint32_t check_tree(const void *tree, uint32_t number) {
    if (number_of(tree) != number) fail_msg("node %u has become %u", (unsigned)number, (unsigned)number_of(tree));
    if (!first_of(tree)) return 1;
    return 1 + check_tree(first_of(tree), 2 * number) + check_tree(second_of(tree), 2 * number + 1);
}

/* The only reference is on the stack or in a register. */
static void trees_survive_any_collection(void **state) {
    (void)state;
    w2c_heap_set_stress(true);
    const void *tree = make_tree(6, 1);
    assert_int_equal(check_tree(tree, 1), 127);
    w2c_heap_set_stress(false);
    tree = make_tree(14, 1);
    for (int i = 0; i < 20; i++) {
        make_tree(12, 1);
        w2c_heap_collect();
        assert_int_equal(check_tree(tree, 1), (1 << 15) - 1);
    }
}

static void what_is_dead_makes_room(void **state) {
    (void)state;
    for (int i = 0; i < 600; i++)
        make_tree(16, 1); /* 2.5 GB in all */
    const struct w2c_heap_figures figures = w2c_heap_figures();
    assert_true(figures.most_used_bytes < (uint64_t)128 << 20);
    assert_true(figures.collections > 10);
}

/* Ten million deep: marking has no recursion. And more references at once than the marking stack has room for. */
static void depth_and_breadth_do_not_matter(void **state) {
    (void)state;
    const void *list = NULL;
    for (uint32_t i = 0; i < 3000000; i++)
        list = make_pair(NULL, list, i);
    const void *array = w2c_array_new(records[REFS], 1500000);
    for (uint32_t i = 0; i < 1500000; i++)
        array_set_ref(array, i, make_pair(make_pair(NULL, NULL, i), NULL, i));
    w2c_heap_collect();
    make_tree(18, 1);
    for (uint32_t i = 3000000; i-- > 0; list = second_of(list)) {
        if (number_of(list) != i) fail_msg("element %u is lost", (unsigned)i);
    }
    for (uint32_t i = 0; i < 1500000; i++) {
        const void *pair = array_get_ref(array, i);
        if (number_of(pair) != i || number_of(first_of(pair)) != i) fail_msg("pair %u is lost", (unsigned)i);
    }
}

static void large_objects(void **state) {
    (void)state;
    const void *kept = w2c_array_new(records[BYTES], 100000);
    array_fill_u8(kept, 0, 7, 100000);
    for (int i = 0; i < 3000; i++) { /* 3 GB in all */
        const void *array = w2c_array_new(records[BYTES], 1000000);
        assert_int_equal(array_get_u8(array, 999999), 0);
        array_fill_u8(array, 0, 0xff, 1000000);
    }
    assert_int_equal(array_get_u8(kept, 99999), 7);
    assert_true(w2c_heap_figures().most_used_bytes < (uint64_t)1 << 30);
}

/* ---- roots ---- */

static void registered_memory_is_a_root(void **state) {
    (void)state;
    const void **cells = calloc(3, sizeof *cells);
    w2c_heap_root_add(cells, 3 * sizeof *cells);
    cells[1] = make_tree(8, 1);
    const void *kept = make_tree(3, 1);
    uintptr_t hidden = ~(uintptr_t)kept;
    w2c_ref_keep(kept);
    kept = NULL;
    for (int i = 0; i < 5; i++) {
        make_tree(14, 1);
        w2c_heap_collect();
    }
    assert_int_equal(check_tree(cells[1], 1), 511);
    assert_int_equal(check_tree((const void *)~hidden, 1), 15);
    w2c_ref_release((const void *)~hidden);
    w2c_heap_root_remove(cells);
    free(cells);
}

static void tables_are_roots(void **state) {
    (void)state;
    struct w2c_table table;
    assert_true(w2c_table_init(&table, (struct w2c_table_type){.min = 1, .type = 'Q'}, NULL));
    w2c_heap_table_add(&table);
    for (uint32_t i = 0; i < 100; i++) {
        w2c_table_grow(&table, 1, make_pair(NULL, NULL, i));
        w2c_heap_collect();
    }
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(number_of(table.elements[i + 1]), i);
    w2c_heap_table_remove(&table);
    w2c_table_free(&table);
}

/* Arguments that wait while frames return. */
static void calls_put_aside_are_roots(void **state) {
    struct aside {
        struct w2c_tail_call call;
        const void *tree;
    };
    (void)state;
    struct aside *aside = w2c_tail_later_root(NULL, NULL, NULL, sizeof *aside);
    assert_null(aside->tree);
    aside->tree = make_tree(8, 1);
    for (int i = 0; i < 5; i++) {
        make_tree(14, 1);
        w2c_heap_collect();
    }
    assert_ptr_equal(w2c_tail_next(), aside);
    assert_int_equal(check_tree(aside->tree, 1), 511);
    w2c_tail_free_root(&aside->call);
    assert_null(w2c_tail_next());
}

/* ---- limits ---- */

static void make_without_end(void *argument) {
    const void **list = argument;
    for (uint32_t i = 0;; i++)
        *list = make_pair(NULL, *list, i);
}

static void make_huge(void *argument) {
    (void)argument;
    w2c_array_new(records[REFS], UINT32_MAX);
}

static void guests_cannot_eat_the_host(void **state) {
    (void)state;
    struct w2c_error error;
    const void *list = NULL;
    w2c_heap_set_limit((uint64_t)64 << 20);
    assert_int_equal(w2c_try(make_without_end, &list, &error), W2C_TRAP_OUT_OF_MEMORY);
    list = NULL;
    assert_int_equal(w2c_try(make_huge, NULL, &error), W2C_TRAP_OUT_OF_MEMORY);
    w2c_heap_set_limit((uint64_t)4 << 30);
    make_tree(16, 1);
}

/* ---- threads ---- */

static void *work(void *argument) {
    const uint32_t root = *(const uint32_t *)argument;
    const void *tree = make_tree(10, root);
    for (int i = 0; i < 200; i++) {
        make_tree(10, root);
        check_tree(tree, root);
    }
    return NULL;
}

static void threads_are_stopped_and_go_on(void **state) {
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    uint32_t roots[THREADS];
    (void)state;
    for (uint32_t i = 0; i < THREADS; i++) {
        roots[i] = i + 1;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &roots[i]), 0);
    }
    for (int i = 0; i < 50; i++)
        w2c_heap_collect();
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- i31 ---- */

static void i31_is_no_address(void **state) {
    (void)state;
    assert_int_equal(i31_get_s(ref_i31(0xffffffff)), 0xffffffff);
    assert_int_equal(i31_get_u(ref_i31(0xffffffff)), 0x7fffffff);
    assert_int_equal(i31_get_s(ref_i31(0x40000000)), 0xc0000000);
    assert_int_equal(i31_get_u(ref_i31(0)), 0);
    assert_true(ref_is_i31(ref_i31(0)) && !ref_is_struct(ref_i31(5)) && ref_is_eq(ref_i31(5)));
    assert_false(ref_is_i31(make_pair(NULL, NULL, 1)));
    assert_false(ref_is_eq(&records));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(i31_is_no_address),
        cmocka_unit_test(trees_survive_any_collection),
        cmocka_unit_test(what_is_dead_makes_room),
        cmocka_unit_test(registered_memory_is_a_root),
        cmocka_unit_test(tables_are_roots),
        cmocka_unit_test(calls_put_aside_are_roots),
        cmocka_unit_test(large_objects),
        cmocka_unit_test(guests_cannot_eat_the_host),
        cmocka_unit_test(threads_are_stopped_and_go_on),
        cmocka_unit_test(depth_and_breadth_do_not_matter),
    };
    return cmocka_run_group_tests(tests, make_types, NULL);
}
