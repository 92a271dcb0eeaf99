/* Producers and consumers around a queue, and a lock that all of them want: sums that come out only if no wake-up is
 * lost and no two are inside of the lock.
 *
 * run: queue
 * native:
 * cflags: -nostdlib -fno-builtin -matomics -mbulk-memory
 * cflags: -Wl,--import-memory,--export-memory,--shared-memory,--max-memory=67108864
 */
#include "threads.h"

enum { PRODUCERS = 4, CONSUMERS = 4, ITEMS = 5000, ROOM = 16, TURNS = 20000 };

static struct mutex lock;
static struct condition changed;
static uint32_t queue[ROOM];
static uint32_t taken, put, finished;
static uint64_t sum;
static uint64_t contended;

static void produce(int number) {
    for (uint32_t i = 1; i <= ITEMS; i++) {
        mutex_lock(&lock);
        while (put - taken == ROOM)
            condition_wait(&changed, &lock);
        queue[put++ % ROOM] = (uint32_t)number * ITEMS + i;
        condition_wake_all(&changed);
        mutex_unlock(&lock);
    }
    mutex_lock(&lock);
    finished++;
    condition_wake_all(&changed);
    mutex_unlock(&lock);
}

static void consume(int number) {
    (void)number;
    for (;;) {
        mutex_lock(&lock);
        while (put == taken && finished < PRODUCERS)
            condition_wait(&changed, &lock);
        if (put == taken) break;
        sum += queue[taken++ % ROOM];
        condition_wake_all(&changed);
        mutex_unlock(&lock);
    }
    mutex_unlock(&lock);
}

static void contend(int number) {
    (void)number;
    for (int i = 0; i < TURNS; i++) {
        mutex_lock(&lock);
        contended++;
        mutex_unlock(&lock);
    }
}

static void run_program(void) {
    static struct thread threads[PRODUCERS + CONSUMERS];
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        thread_start(&threads[i], i < PRODUCERS ? produce : consume, i);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        thread_join(&threads[i]);
    print_number("items", taken);
    print_number("sum", sum);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        thread_start(&threads[i], contend, i);
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        thread_join(&threads[i]);
    print_number("contended", contended);
}
