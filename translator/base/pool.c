/* Threads that take items from a counter until none is left. The counter is the whole of what they share here.
 *
 * Threads are made for one run and joined at its end. A run takes a second and a thread some microseconds, so keeping
 * them for the next run would save nothing, and joining is what makes their results visible to the caller.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"

struct pool {
    void (*work)(void *shared, unsigned worker, size_t item);
    void *shared;
    size_t items;
    atomic_size_t next;
};

struct worker {
    struct pool *pool;
    pthread_t thread;
    unsigned number;
};

/* Relaxed order is enough: threads meet at creation and at join, and items belong to one thread each. */
static void *run_worker(void *argument) {
    const struct worker *worker = argument;
    struct pool *pool = worker->pool;
    for (;;) {
        const size_t item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (item >= pool->items) return NULL;
        pool->work(pool->shared, worker->number, item);
    }
}

void pool_run(unsigned threads, size_t items, void (*work)(void *shared, unsigned worker, size_t item), void *shared) {
    struct pool pool = {.work = work, .shared = shared, .items = items};
    if (threads > items) threads = (unsigned)items;
    struct worker *workers = calloc(threads ? threads : 1, sizeof *workers);
    if (!workers) arena_exhausted();
    /* A thread that the system refuses is done without: the others take its items. */
    unsigned started = 1;
    while (started < threads) {
        workers[started] = (struct worker){.pool = &pool, .number = started};
        if (pthread_create(&workers[started].thread, NULL, run_worker, &workers[started]) != 0) break;
        started++;
    }
    workers[0].pool = &pool;
    run_worker(&workers[0]);
    for (unsigned i = 1; i < started; i++) pthread_join(workers[i].thread, NULL);
    free(workers);
}

/* What the process may use, not what the machine has: containers and taskset restrict it. */
unsigned pool_default_threads(void) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) > 0)
        return (unsigned)CPU_COUNT(&processors);
    const long online = sysconf(_SC_NPROCESSORS_ONLN); /* more processors than cpu_set_t has bits */
    return online > 0 ? (unsigned)online : 1;
}
