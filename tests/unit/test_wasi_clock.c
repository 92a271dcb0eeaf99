/* Time and random bytes: those of a deterministic run, and those of the embedder. */
#include "wasi_fixture.h"

#include <time.h>

static struct fixture fixture;

enum { MICROSECOND = 1000, RECORD = WASI_SUBSCRIPTION_BYTES };
static const u64 SECOND = 1000000000;
static const u64 YEAR_2000 = 946684800;

static int setup(void **state) {
    (void)state;
    fixture_make(&fixture, (struct w2c_wasi_options){.is_deterministic = true});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    return 0;
}

static void reopen(struct w2c_wasi_options options) {
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture, options);
}

static u64 read_clock(u32 id) {
    u32 at = room(&fixture, 8);
    assert_int_equal(w2c_wasi_clock_time_get(fixture.wasi, id, 0, at), WASI_ESUCCESS);
    fixture.used = at;
    return get_u64(&fixture, at);
}

static u64 resolution_of(u32 id) {
    u32 at = room(&fixture, 8);
    assert_int_equal(w2c_wasi_clock_res_get(fixture.wasi, id, at), WASI_ESUCCESS);
    fixture.used = at;
    return get_u64(&fixture, at);
}

static u64 read_random(void) {
    u32 at = room(&fixture, 8);
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, at, 8), WASI_ESUCCESS);
    fixture.used = at;
    return get_u64(&fixture, at);
}

static void put_clock(u32 at, u32 clock, u64 timeout, u16 flags) {
    u8 *record = fixture.memory.base + at;
    memset(record, 0, RECORD);
    memcpy(record + WASI_SUBSCRIPTION_CLOCK, &clock, 4);
    memcpy(record + WASI_SUBSCRIPTION_TIMEOUT, &timeout, 8);
    memcpy(record + WASI_SUBSCRIPTION_FLAGS, &flags, 2);
}

static void put_read(u32 at, u32 fd) {
    u8 *record = fixture.memory.base + at;
    memset(record, 0, RECORD);
    record[WASI_SUBSCRIPTION_TYPE] = WASI_EVENTTYPE_FD_READ;
    memcpy(record + WASI_SUBSCRIPTION_FD, &fd, 4);
}

enum { IN = 0, OUT = 4096, COUNT = 8192 };

static u32 poll_it(u32 count) {
    fixture.used = COUNT + 4;
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, IN, OUT, count, COUNT), WASI_ESUCCESS);
    return get_u32(&fixture, COUNT);
}

static u64 host_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (u64)time.tv_sec * SECOND + (u64)time.tv_nsec;
}

/* ---- deterministic ---- */

static void test_start_and_step(void **state) {
    (void)state;
    assert_int_equal(read_clock(WASI_CLOCK_REALTIME), YEAR_2000 * SECOND + MICROSECOND);
    assert_int_equal(read_clock(WASI_CLOCK_MONOTONIC), 2 * MICROSECOND);
    assert_int_equal(read_clock(WASI_CLOCK_PROCESS_CPUTIME), 3 * MICROSECOND);
    assert_int_equal(read_clock(WASI_CLOCK_THREAD_CPUTIME), 4 * MICROSECOND);
    assert_int_equal(read_clock(WASI_CLOCK_REALTIME), YEAR_2000 * SECOND + 5 * MICROSECOND);
    for (u32 id = 0; id < 4; id++) {
        assert_int_equal(resolution_of(id), MICROSECOND);
    }
    assert_int_equal(w2c_wasi_clock_time_get(fixture.wasi, 4, 0, 0), WASI_EINVAL);
    assert_int_equal(w2c_wasi_clock_res_get(fixture.wasi, 4, 0), WASI_EINVAL);
    assert_int_equal(w2c_wasi_clock_time_get(fixture.wasi, 0, 0, MEMORY_BYTES - 7), WASI_EFAULT);
    assert_int_equal(read_clock(WASI_CLOCK_MONOTONIC), 6 * MICROSECOND);
}

/* An hour passes at once, on the clocks that run while a guest sleeps. */
static void test_sleeping(void **state) {
    (void)state;
    const u64 hour = 3600 * SECOND;
    u64 start = host_now();
    put_clock(IN, WASI_CLOCK_REALTIME, hour, 0);
    put_clock(IN + RECORD, WASI_CLOCK_MONOTONIC, 2 * hour, 0);
    assert_int_equal(poll_it(2), 1); /* reads both clocks */
    assert_true(host_now() - start < 10 * SECOND);
    assert_int_equal(read_clock(WASI_CLOCK_MONOTONIC), hour + 3 * MICROSECOND);
    assert_int_equal(read_clock(WASI_CLOCK_REALTIME), YEAR_2000 * SECOND + hour + 4 * MICROSECOND);
    assert_int_equal(read_clock(WASI_CLOCK_THREAD_CPUTIME), 5 * MICROSECOND);
    put_clock(IN, WASI_CLOCK_REALTIME, (YEAR_2000 + 2 * 3600) * SECOND, WASI_SUBSCRIPTION_CLOCK_ABSTIME);
    assert_int_equal(poll_it(1), 1);
    u64 now = read_clock(WASI_CLOCK_REALTIME);
    assert_true(now >= (YEAR_2000 + 2 * 3600) * SECOND && now < (YEAR_2000 + 2 * 3600 + 1) * SECOND);
}

/* Time that ends does not begin again. */
static void test_sleeping_for_ever(void **state) {
    (void)state;
    put_clock(IN, WASI_CLOCK_MONOTONIC, UINT64_MAX, 0);
    assert_int_equal(poll_it(1), 1);
    assert_int_equal(poll_it(1), 1);
    assert_int_equal(read_clock(WASI_CLOCK_MONOTONIC), UINT64_MAX);
    assert_int_equal(read_clock(WASI_CLOCK_REALTIME), UINT64_MAX);
}

/* With a descriptor the wait is a real one; and only if it was in vain has time passed. */
static void test_waiting_for_descriptors(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    reopen((struct w2c_wasi_options){.is_deterministic = true, .stdin_fd = ends[0]});
    put_read(IN, 0);
    put_clock(IN + RECORD, WASI_CLOCK_MONOTONIC, 20 * SECOND / 1000, 0);
    u64 start = host_now();
    assert_int_equal(poll_it(2), 1);
    assert_true(host_now() - start >= 20 * SECOND / 1000);
    assert_int_equal(fixture.memory.base[OUT + WASI_EVENT_TYPE], WASI_EVENTTYPE_CLOCK);
    assert_int_equal(read_clock(WASI_CLOCK_MONOTONIC), 20 * SECOND / 1000 + 3 * MICROSECOND);
    assert_int_equal(write(ends[1], "x", 1), 1);
    put_clock(IN + RECORD, WASI_CLOCK_MONOTONIC, 3600 * SECOND, 0);
    assert_int_equal(poll_it(2), 1);
    assert_int_equal(fixture.memory.base[OUT + WASI_EVENT_TYPE], WASI_EVENTTYPE_FD_READ);
    assert_int_equal(read_clock(WASI_CLOCK_MONOTONIC), 20 * SECOND / 1000 + 6 * MICROSECOND);
    close(ends[0]);
    close(ends[1]);
}

/* The first numbers are those of xoshiro256** after SplitMix64(0), as their authors' code gives them: another
 * sequence would break whoever relies on a seed. */
static void test_random(void **state) {
    (void)state;
    u64 first = read_random();
    assert_int_equal(first, 0x99ec5f36cb75f2b4);
    assert_int_equal(read_random(), 0xbf6e1f784956452a);
    assert_int_equal(read_random(), 0x1a5f849d4933e6e0);
    reopen((struct w2c_wasi_options){.is_deterministic = true});
    assert_int_equal(read_random(), first);
    reopen((struct w2c_wasi_options){.is_deterministic = true, .seed = 1});
    assert_int_not_equal(read_random(), first);
}

static void test_random_of_any_size(void **state) {
    (void)state;
    u8 expected[8];
    u64 first = read_random();
    memcpy(expected, &first, 8);
    for (u32 size = 0; size <= 8; size++) {
        reopen((struct w2c_wasi_options){.is_deterministic = true});
        memset(fixture.memory.base, 0xee, 16);
        assert_int_equal(w2c_wasi_random_get(fixture.wasi, 3, size), WASI_ESUCCESS);
        assert_memory_equal(fixture.memory.base + 3, expected, size);
        assert_int_equal(fixture.memory.base[3 + size], 0xee);
    }
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, 0, MEMORY_BYTES), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, 1, MEMORY_BYTES), WASI_EFAULT);
    unsigned counts[256] = {0};
    for (u32 i = 0; i < MEMORY_BYTES; i++) {
        counts[fixture.memory.base[i]]++;
    }
    for (int i = 0; i < 256; i++) {
        assert_in_range(counts[i], MEMORY_BYTES / 256 * 3 / 4, MEMORY_BYTES / 256 * 5 / 4); /* 5.6 sigma */
    }
}

/* ---- the embedder's ---- */

struct teller {
    u64 time[4];
    u64 passed;
    u8 next;
};

static uint64_t tell(void *user, uint32_t id) {
    return ((struct teller *)user)->time[id];
}

static void pass(void *user, uint64_t nanoseconds) {
    ((struct teller *)user)->passed += nanoseconds;
}

static void count_up(void *user, void *bytes, size_t size) {
    struct teller *teller = user;
    for (size_t i = 0; i < size; i++) {
        ((u8 *)bytes)[i] = teller->next++;
    }
}

static void test_embedders_clock(void **state) {
    (void)state;
    struct teller teller = {.time = {10, 20, 30, 40}};
    const struct w2c_wasi_clock clock = {.now = tell, .pass = pass, .user = &teller};
    const struct w2c_wasi_random random = {count_up, &teller};
    /* Both go before what is_deterministic would give. */
    reopen((struct w2c_wasi_options){.clock = &clock, .random = &random, .is_deterministic = true});
    for (u32 id = 0; id < 4; id++) {
        assert_int_equal(read_clock(id), 10 * (id + 1));
        assert_int_equal(resolution_of(id), 1);
    }
    assert_int_equal(read_random(), 0x0706050403020100);
    put_clock(IN, WASI_CLOCK_MONOTONIC, 15, 0);
    assert_int_equal(poll_it(1), 1);
    assert_int_equal(teller.passed, 15);
    put_clock(IN, WASI_CLOCK_MONOTONIC, 25, WASI_SUBSCRIPTION_CLOCK_ABSTIME);
    assert_int_equal(poll_it(1), 1);
    assert_int_equal(teller.passed, 20);
}

/* Without `pass` time is said to run by itself, and waits are real. */
static uint64_t tell_late(void *user, uint32_t id) {
    (void)user, (void)id;
    return host_now() - *(u64 *)user + 1000 * SECOND;
}

static void test_clock_that_runs(void **state) {
    (void)state;
    u64 start = host_now();
    const struct w2c_wasi_clock clock = {.now = tell_late, .resolution = 7, .user = &start};
    reopen((struct w2c_wasi_options){.clock = &clock});
    assert_int_equal(resolution_of(WASI_CLOCK_REALTIME), 7);
    put_clock(IN, WASI_CLOCK_REALTIME, 1000 * SECOND + 20 * SECOND / 1000, WASI_SUBSCRIPTION_CLOCK_ABSTIME);
    assert_int_equal(poll_it(1), 1);
    assert_true(host_now() - start >= 20 * SECOND / 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_start_and_step),          TEST(test_sleeping),        TEST(test_sleeping_for_ever),
        TEST(test_waiting_for_descriptors), TEST(test_random),          TEST(test_random_of_any_size),
        TEST(test_embedders_clock),         TEST(test_clock_that_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
