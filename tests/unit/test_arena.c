/* Arenas: zeroed, aligned, apart from each other, and used again after a reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct arena arena = {0};
    for (size_t size = 1; size < 300; size += 7) {
        unsigned char *bytes = arena_array(&arena, unsigned char, size);
        assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size); /* what follows must not see it */
    }
    arena_free(&arena);
}

static void allocations_do_not_overlap(void **state) {
    (void)state;
    enum { COUNT = 2000 };
    static unsigned *blocks[COUNT];
    struct arena arena = {0};
    for (unsigned i = 0; i < COUNT; i++) {
        blocks[i] = arena_array(&arena, unsigned, i % 100 + 1);
        for (unsigned k = 0; k <= i % 100; k++) blocks[i][k] = i;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        for (unsigned k = 0; k <= i % 100; k++) assert_int_equal(blocks[i][k], i);
    }
    arena_free(&arena);
}

static void large_allocations_fit(void **state) {
    (void)state;
    struct arena arena = {0};
    const size_t size = 20u << 20;
    char *large = arena_array(&arena, char, size);
    large[size - 1] = 1;
    char *small = arena_array(&arena, char, 1);
    assert_true(small < large || small >= large + size);
    arena_free(&arena);
    assert_null(arena.chunk);
    assert_null(arena.spare);
}

static void reset_keeps_chunks_and_clears(void **state) {
    (void)state;
    struct arena arena = {0};
    char *first = arena_array(&arena, char, 1000);
    memset(first, 0xaa, 1000);
    arena_reset(&arena);
    char *second = arena_array(&arena, char, 1000);
    assert_ptr_equal(first, second);
    for (int i = 0; i < 1000; i++) assert_int_equal(second[i], 0);
    arena_free(&arena);
}

static void nothing_is_still_a_pointer(void **state) {
    (void)state;
    struct arena arena = {0};
    assert_non_null(arena_array(&arena, int, 0));
    arena_free(&arena);
}

static void copies_end_with_nul(void **state) {
    (void)state;
    struct arena arena = {0};
    char *copy = arena_copy(&arena, "a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    arena_free(&arena);
}

/* A size that overflows must not become a small one. */
static void overflow_ends_the_process(void **state) {
    (void)state;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(3);
        struct arena arena = {0};
        arena_alloc(&arena, SIZE_MAX / 2, 4);
        _exit(2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned), cmocka_unit_test(allocations_do_not_overlap),
        cmocka_unit_test(large_allocations_fit),        cmocka_unit_test(reset_keeps_chunks_and_clears),
        cmocka_unit_test(nothing_is_still_a_pointer),   cmocka_unit_test(copies_end_with_nul),
        cmocka_unit_test(overflow_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
