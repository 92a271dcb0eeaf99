/* The thread pool: every item once, results in their places, worker numbers of one's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <string.h>

#include "base/pool.h"

enum { ITEMS = 10000, MOST_THREADS = 9 };

struct record {
    atomic_int times[ITEMS];
    atomic_int busy[MOST_THREADS]; /* two threads with one number would meet here */
    atomic_int clashes;
    atomic_int strangers;
    unsigned threads;
};

static void visit(void *shared, unsigned worker, size_t item) {
    struct record *record = shared;
    if (worker >= record->threads || item >= ITEMS) {
        atomic_fetch_add(&record->strangers, 1);
        return;
    }
    if (atomic_fetch_add(&record->busy[worker], 1) != 0) atomic_fetch_add(&record->clashes, 1);
    atomic_fetch_add(&record->times[item], 1);
    atomic_fetch_sub(&record->busy[worker], 1);
}

static void every_item_once(void **state) {
    (void)state;
    static struct record record;
    for (unsigned threads = 1; threads <= MOST_THREADS; threads += 2) {
        memset(&record, 0, sizeof record);
        record.threads = threads;
        pool_run(threads, ITEMS, visit, &record);
        for (int i = 0; i < ITEMS; i++) assert_int_equal(record.times[i], 1);
        assert_int_equal(record.clashes, 0);
        assert_int_equal(record.strangers, 0);
    }
}

static void more_threads_than_items(void **state) {
    (void)state;
    static struct record record;
    memset(&record, 0, sizeof record);
    record.threads = 2;
    pool_run(MOST_THREADS, 2, visit, &record);
    assert_int_equal(record.times[0], 1);
    assert_int_equal(record.times[1], 1);
    assert_int_equal(record.times[2], 0);
    assert_int_equal(record.strangers, 0);
    pool_run(MOST_THREADS, 0, visit, NULL);
}

/* One thread takes the items in order. */
static void note_order(void *shared, unsigned worker, size_t item) {
    size_t *next = shared;
    assert_int_equal(worker, 0);
    assert_int_equal(item, *next);
    ++*next;
}

static void one_thread_keeps_the_order(void **state) {
    (void)state;
    size_t next = 0;
    pool_run(1, 100, note_order, &next);
    assert_int_equal(next, 100);
    pool_run(0, 0, note_order, &next);
    assert_true(pool_default_threads() >= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_once),
        cmocka_unit_test(more_threads_than_items),
        cmocka_unit_test(one_thread_keeps_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
