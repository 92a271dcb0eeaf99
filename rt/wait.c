/* memory.atomic.wait and memory.atomic.notify: threads that sleep until somebody names the address they sleep at.
 *
 *     buckets[hash of the host address] --> lock, queue of waiters, oldest first
 *                                             each on its thread's stack, with a condition of its own
 *
 * A waiter compares the cell with what it expects while it holds the lock of the cell's bucket, and joins the queue
 * before it lets go of it. Who notifies has changed the cell before, and takes the same lock: so it either finds the
 * waiter in the queue, or the waiter finds the cell changed. No wake-up is lost, and none reaches anybody but waiters
 * at this very address, however many addresses share a bucket.
 *
 * Addresses are the host's, since a memory may be known to its users by different indices but never moves: waiters of
 * all instances that share it meet.
 *
 * The kernel's futexes would do half of this. They compare 32 bits, and half of the operators compare 64. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "rt.h"

#include <errno.h>

#include "w2c/ops_atomic.h"

enum { W2C_WAIT_OK, W2C_WAIT_NOT_EQUAL, W2C_WAIT_TIMED_OUT };

#if W2C_POSIX && W2C_GNU
#include <pthread.h>
#include <time.h>

enum { WAIT_BUCKETS = 64 };

struct wait_entry {
    const u8 *place;
    struct wait_entry *next;
    pthread_cond_t woken;
    bool is_woken;
};

struct wait_bucket {
    pthread_mutex_t lock;
    struct wait_entry *first;
    struct wait_entry **last; /* where the next one is linked */
};

static struct wait_bucket wait_buckets[WAIT_BUCKETS];
static pthread_once_t wait_once = PTHREAD_ONCE_INIT;
static pthread_condattr_t wait_clock; /* time that nobody sets */

static void wait_open(void) {
    pthread_condattr_init(&wait_clock);
    pthread_condattr_setclock(&wait_clock, CLOCK_MONOTONIC);
    for (int i = 0; i < WAIT_BUCKETS; i++) {
        pthread_mutex_init(&wait_buckets[i].lock, NULL);
        wait_buckets[i].last = &wait_buckets[i].first;
    }
}

/* Neighbouring words, as those of one lock, fall into different buckets. */
static struct wait_bucket *wait_bucket_of(const u8 *place) {
    const u64 number = (u64)(uintptr_t)place >> 2;
    pthread_once(&wait_once, wait_open);
    return &wait_buckets[(number ^ number >> 6 ^ number >> 14) % WAIT_BUCKETS];
}

static void wait_join(struct wait_bucket *bucket, struct wait_entry *entry) {
    entry->next = NULL;
    *bucket->last = entry;
    bucket->last = &entry->next;
}

/* `link` is what points to the entry. */
static void wait_unlink(struct wait_bucket *bucket, struct wait_entry **link) {
    struct wait_entry *entry = *link;
    *link = entry->next;
    if (bucket->last == &entry->next) bucket->last = link;
}

static void wait_leave(struct wait_bucket *bucket, const struct wait_entry *entry) {
    struct wait_entry **link = &bucket->first;
    while (*link != entry)
        link = &(*link)->next;
    wait_unlink(bucket, link);
}

/* Far beyond any clock's end is as good as never, and does not overflow a time_t of 64 bits. */
static struct timespec wait_deadline(s64 timeout) {
    enum { NANOSECONDS = 1000000000 };
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += (time_t)(timeout / NANOSECONDS);
    at.tv_nsec += (long)(timeout % NANOSECONDS);
    if (at.tv_nsec >= NANOSECONDS) {
        at.tv_nsec -= NANOSECONDS;
        at.tv_sec++;
    }
    return at;
}

/* With the bucket's lock held, in the queue: until it is woken or the time is up. */
static u32 wait_sleep(struct wait_bucket *bucket, struct wait_entry *entry, s64 timeout) {
    struct timespec deadline = {0, 0};
    int problem = 0;
    if (timeout >= 0) deadline = wait_deadline(timeout);
    while (!entry->is_woken && problem != ETIMEDOUT) {
        problem = timeout < 0 ? pthread_cond_wait(&entry->woken, &bucket->lock)
                              : pthread_cond_timedwait(&entry->woken, &bucket->lock, &deadline);
    }
    if (entry->is_woken) return W2C_WAIT_OK;
    wait_leave(bucket, entry);
    return W2C_WAIT_TIMED_OUT;
}

static bool wait_is_equal(const u8 *place, u64 expected, bool is_64) {
    return (is_64 ? w2c_atomic_load_u64(place) : w2c_atomic_load_u32(place)) == expected;
}

static u32 wait_at(const u8 *place, u64 expected, bool is_64, s64 timeout) {
    struct wait_bucket *bucket = wait_bucket_of(place);
    struct wait_entry entry = {.place = place};
    u32 result = W2C_WAIT_NOT_EQUAL;
    pthread_mutex_lock(&bucket->lock);
    if (wait_is_equal(place, expected, is_64)) {
        pthread_cond_init(&entry.woken, &wait_clock);
        wait_join(bucket, &entry);
        result = wait_sleep(bucket, &entry, timeout);
        pthread_cond_destroy(&entry.woken);
    }
    pthread_mutex_unlock(&bucket->lock);
    return result;
}

/* A woken waiter's entry is its own again: it is unlinked here, and not touched after the lock is let go. */
W2C_RT uint32_t w2c_memory_notify(const struct w2c_memory *memory, uint64_t address, uint32_t count) {
    const u8 *place = w2c_atomic_place(memory, address, 0, 4);
    u32 woken = 0;
    if (!memory->is_shared) return 0;
    struct wait_bucket *bucket = wait_bucket_of(place);
    pthread_mutex_lock(&bucket->lock);
    for (struct wait_entry **link = &bucket->first; *link && woken < count;) {
        struct wait_entry *entry = *link;
        if (entry->place != place) {
            link = &entry->next;
            continue;
        }
        wait_unlink(bucket, link);
        entry->is_woken = true;
        pthread_cond_signal(&entry->woken);
        woken++;
    }
    pthread_mutex_unlock(&bucket->lock);
    return woken;
}

#else

/* Without threads nobody could ever wake who waits, and a wait without an end would be one. */
static u32 wait_at(const u8 *place, u64 expected, bool is_64, s64 timeout) {
    (void)timeout;
    if ((is_64 ? w2c_atomic_load_u64(place) : w2c_atomic_load_u32(place)) != expected) return W2C_WAIT_NOT_EQUAL;
    if (timeout < 0) w2c_trap_message(W2C_TRAP_HOST, "there are no threads here that could end this wait");
    return W2C_WAIT_TIMED_OUT;
}

W2C_RT uint32_t w2c_memory_notify(const struct w2c_memory *memory, uint64_t address, uint32_t count) {
    (void)w2c_atomic_place(memory, address, 0, 4);
    (void)count;
    return 0;
}

#endif

static void wait_check_shared(const struct w2c_memory *memory) {
    if (!memory->is_shared) w2c_trap(W2C_TRAP_EXPECTED_SHARED);
}

W2C_RT uint32_t w2c_memory_wait32(const struct w2c_memory *memory, uint64_t address, uint32_t expected,
                                  int64_t timeout) {
    const u8 *place = w2c_atomic_place(memory, address, 0, 4);
    wait_check_shared(memory);
    return wait_at(place, expected, false, timeout);
}

W2C_RT uint32_t w2c_memory_wait64(const struct w2c_memory *memory, uint64_t address, uint64_t expected,
                                  int64_t timeout) {
    const u8 *place = w2c_atomic_place(memory, address, 0, 8);
    wait_check_shared(memory);
    return wait_at(place, expected, true, timeout);
}
