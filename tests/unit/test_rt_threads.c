/* Shared memories: they do not move, they grow while others use them, and threads wait on them and wake each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "rt.h"
#include "w2c/ops_atomic.h"

enum { PAGE = 65536, WAITERS = 8, CELL = 64 };

static struct w2c_memory memory;

static void make(uint64_t min, uint64_t max, bool is_shared, enum w2c_bounds bounds) {
    const struct w2c_memory_type type = {.min_pages = min, .max_pages = max, .has_max = true, .is_shared = is_shared};
    assert_true(w2c_memory_init(&memory, type, bounds));
}

static const enum w2c_bounds both[] = {W2C_BOUNDS_CHECK, W2C_BOUNDS_GUARD};

/* ---- growth ---- */

static void shared_memories_do_not_move(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        make(0, 300, true, both[i]);
        const uint8_t *base = memory.base;
        assert_true(memory.is_shared);
        for (uint64_t pages = 0; pages < 300; pages += 50) {
            assert_int_equal(w2c_memory_grow(&memory, 50), pages);
            assert_ptr_equal(memory.base, base);
            assert_int_equal(memory.base[memory.size_bytes - 1], 0);
            memory.base[memory.size_bytes - 1] = 1;
        }
        assert_true(w2c_memory_grow(&memory, 1) == UINT64_MAX);
        assert_true(w2c_memory_grow(&memory, UINT64_MAX) == UINT64_MAX);
        assert_int_equal(w2c_memory_grow(&memory, 0), 300);
        w2c_memory_free(&memory);
    }
}

static void shared_memories_have_a_maximum(void **state) {
    (void)state;
    const struct w2c_memory_type type = {.min_pages = 1, .is_shared = true};
    assert_false(w2c_memory_init(&memory, type, W2C_BOUNDS_CHECK));
}

static void *grow_by_ones(void *count) {
    while (w2c_memory_grow(&memory, 1) != UINT64_MAX)
        ++*(uint32_t *)count;
    return NULL;
}

/* What the size says is there can be written. */
static void *use_what_is_there(void *unused) {
    (void)unused;
    for (uint64_t size = 0; size < 2000 * PAGE;) {
        size = __atomic_load_n(&memory.size_bytes, __ATOMIC_ACQUIRE);
        if (size) __atomic_fetch_add(&memory.base[size - 1], 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void growing_threads_take_turns(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        pthread_t threads[4];
        uint32_t counts[2] = {0};
        make(0, 2000, true, both[i]);
        for (int k = 0; k < 4; k++)
            pthread_create(&threads[k], NULL, k < 2 ? grow_by_ones : use_what_is_there, k < 2 ? &counts[k] : NULL);
        for (int k = 0; k < 4; k++)
            pthread_join(threads[k], NULL);
        assert_int_equal(counts[0] + counts[1], 2000);
        assert_int_equal(memory.size_bytes, 2000 * (uint64_t)PAGE);
        w2c_memory_free(&memory);
    }
}

/* ---- waiting ---- */

static void *wait_forever(void *result) {
    *(uint32_t *)result = w2c_memory_wait32(&memory, CELL, 0, -1);
    return NULL;
}

/* Wakes until as many have been woken: they may not be waiting yet. */
static void wake(uint32_t count, uint32_t at_once) {
    for (uint32_t woken = 0; woken < count;) {
        const uint32_t now = w2c_memory_notify(&memory, CELL, at_once);
        assert_true(now <= at_once);
        woken += now;
        sched_yield();
    }
}

static void who_is_notified_goes_on(void **state) {
    (void)state;
    make(1, 1, true, W2C_BOUNDS_GUARD);
    for (uint32_t at_once = 1; at_once; at_once = at_once == 1 ? 3 : at_once == 3 ? UINT32_MAX : 0) {
        pthread_t threads[WAITERS];
        uint32_t results[WAITERS];
        memset(results, 9, sizeof results);
        for (int i = 0; i < WAITERS; i++)
            pthread_create(&threads[i], NULL, wait_forever, &results[i]);
        wake(WAITERS, at_once);
        for (int i = 0; i < WAITERS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(results[i], 0);
        }
        assert_int_equal(w2c_memory_notify(&memory, CELL, UINT32_MAX), 0);
    }
    w2c_memory_free(&memory);
}

static uint64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

static void waits_end_in_time(void **state) {
    (void)state;
    make(1, 1, true, W2C_BOUNDS_CHECK);
    const uint64_t before = now();
    assert_int_equal(w2c_memory_wait32(&memory, CELL, 0, 20000000), 2);
    assert_true(now() - before >= 20000000);
    assert_int_equal(w2c_memory_wait64(&memory, CELL, 0, 0), 2);
    assert_int_equal(w2c_memory_wait32(&memory, CELL, 1, -1), 1);
    assert_int_equal(w2c_memory_wait64(&memory, CELL, (uint64_t)1 << 32, INT64_MAX), 1);
    assert_int_equal(w2c_memory_notify(&memory, CELL, 1), 0);
    w2c_memory_free(&memory);
}

static void *wait_long(void *result) {
    *(uint32_t *)result = w2c_memory_wait64(&memory, CELL, 0, INT64_MAX);
    return NULL;
}

/* Some 292 years from now are a time, too. */
static void the_longest_time_is_no_error(void **state) {
    (void)state;
    pthread_t thread;
    uint32_t result = 9;
    make(1, 1, true, W2C_BOUNDS_CHECK);
    pthread_create(&thread, NULL, wait_long, &result);
    wake(1, 1);
    pthread_join(thread, NULL);
    assert_int_equal(result, 0);
    w2c_memory_free(&memory);
}

/* The cell that is changed and notified of in a loop by two, each waiting for the other: a lost wake-up hangs. */
static void *answer(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < 20000; i++) {
        while (w2c_atomic_load_u32(memory.base + CELL) != 2 * i + 1)
            w2c_memory_wait32(&memory, CELL, 2 * i, -1);
        w2c_atomic_store_u32(memory.base + CELL, 2 * i + 2);
        w2c_memory_notify(&memory, CELL, 1);
    }
    return NULL;
}

static void no_wake_up_is_lost(void **state) {
    (void)state;
    pthread_t thread;
    make(1, 1, true, W2C_BOUNDS_GUARD);
    pthread_create(&thread, NULL, answer, NULL);
    for (uint32_t i = 0; i < 20000; i++) {
        w2c_atomic_store_u32(memory.base + CELL, 2 * i + 1);
        w2c_memory_notify(&memory, CELL, 1);
        while (w2c_atomic_load_u32(memory.base + CELL) != 2 * i + 2)
            w2c_memory_wait32(&memory, CELL, 2 * i + 1, -1);
    }
    pthread_join(thread, NULL);
    w2c_memory_free(&memory);
}

/* ---- traps ---- */

struct call {
    uint64_t address;
    bool is_64;
    bool is_notify;
};

static void call(void *argument) {
    const struct call *what = argument;
    if (what->is_notify)
        w2c_memory_notify(&memory, what->address, UINT32_MAX);
    else if (what->is_64)
        w2c_memory_wait64(&memory, what->address, 0, 0);
    else
        w2c_memory_wait32(&memory, what->address, 0, 0);
}

static void traps(uint64_t address, bool is_64, bool is_notify, enum w2c_trap expected) {
    struct call what = {address, is_64, is_notify};
    assert_int_equal(w2c_try(call, &what, NULL), expected);
}

static void places_are_checked(void **state) {
    (void)state;
    for (int is_shared = 0; is_shared < 2; is_shared++) {
        make(1, 2, is_shared, W2C_BOUNDS_GUARD);
        for (int kind = 0; kind < 3; kind++) {
            const bool is_64 = kind == 1, is_notify = kind == 2;
            const unsigned width = is_64 ? 8 : 4;
            traps(width / 2, is_64, is_notify, W2C_TRAP_UNALIGNED_ATOMIC);
            traps(PAGE - width / 2, is_64, is_notify, W2C_TRAP_UNALIGNED_ATOMIC);
            traps(PAGE, is_64, is_notify, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
            traps(UINT64_MAX - width + 1, is_64, is_notify, W2C_TRAP_OUT_OF_BOUNDS_MEMORY);
            traps(PAGE - width, is_64, is_notify, is_shared || is_notify ? W2C_OK : W2C_TRAP_EXPECTED_SHARED);
        }
        w2c_memory_free(&memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_memories_do_not_move), cmocka_unit_test(shared_memories_have_a_maximum),
        cmocka_unit_test(growing_threads_take_turns),  cmocka_unit_test(who_is_notified_goes_on),
        cmocka_unit_test(waits_end_in_time),           cmocka_unit_test(the_longest_time_is_no_error),
        cmocka_unit_test(no_wake_up_is_lost),          cmocka_unit_test(places_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
