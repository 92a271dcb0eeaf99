/* poll_oneoff: clocks, descriptors, and what is wrong with them. */
#include "wasi_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

static struct fixture fixture;
static int ends[2]; /* a pipe; the guest's stdin and stdout */

enum { MILLISECOND = 1000000, RECORD = WASI_SUBSCRIPTION_BYTES };

static int setup(void **state) {
    (void)state;
    if (pipe(ends) != 0) {
        return -1;
    }
    fixture_make(&fixture, (struct w2c_wasi_options){.stdin_fd = ends[0], .stdout_fd = ends[1]});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void put_clock(u32 at, u64 userdata, u32 clock, u64 timeout, u16 flags) {
    u8 *record = fixture.memory.base + at;
    memset(record, 0, RECORD);
    memcpy(record, &userdata, 8);
    record[WASI_SUBSCRIPTION_TYPE] = WASI_EVENTTYPE_CLOCK;
    memcpy(record + WASI_SUBSCRIPTION_CLOCK, &clock, 4);
    memcpy(record + WASI_SUBSCRIPTION_TIMEOUT, &timeout, 8);
    memcpy(record + WASI_SUBSCRIPTION_FLAGS, &flags, 2);
}

static void put_fd(u32 at, u64 userdata, u8 type, u32 fd) {
    u8 *record = fixture.memory.base + at;
    memset(record, 0, RECORD);
    memcpy(record, &userdata, 8);
    record[WASI_SUBSCRIPTION_TYPE] = type;
    memcpy(record + WASI_SUBSCRIPTION_FD, &fd, 4);
}

enum { IN = 1, OUT = 40001, COUNT = 80002 }; /* nothing aligned */

static u32 poll_it(u32 count, u32 *ready) {
    u32 error = w2c_wasi_poll_oneoff(fixture.wasi, IN, OUT, count, COUNT);
    *ready = get_u32(&fixture, COUNT);
    return error;
}

static u64 event_userdata(u32 index) {
    return get_u64(&fixture, OUT + index * WASI_EVENT_BYTES);
}

static u16 event_error(u32 index) {
    return get_u16(&fixture, OUT + index * WASI_EVENT_BYTES + WASI_EVENT_ERROR);
}

static u64 now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (u64)time.tv_sec * 1000000000u + (u64)time.tv_nsec;
}

static void test_relative_clock(void **state) {
    (void)state;
    u32 ready;
    for (u32 clock = WASI_CLOCK_REALTIME; clock <= WASI_CLOCK_MONOTONIC; clock++) {
        u64 start = now(CLOCK_MONOTONIC);
        put_clock(IN, 77, clock, 20 * MILLISECOND, 0);
        put_clock(IN + RECORD, 78, clock, UINT64_MAX, 0);
        assert_int_equal(poll_it(2, &ready), WASI_ESUCCESS);
        assert_int_equal(ready, 1);
        assert_int_equal(event_userdata(0), 77);
        assert_int_equal(event_error(0), WASI_ESUCCESS);
        assert_int_equal(fixture.memory.base[OUT + WASI_EVENT_TYPE], WASI_EVENTTYPE_CLOCK);
        assert_true(now(CLOCK_MONOTONIC) - start >= 20 * MILLISECOND);
    }
}

/* The best of many tries, because the machine may be busy: waits are neither cut off nor rounded up to milliseconds. */
static void test_less_than_a_millisecond(void **state) {
    (void)state;
    enum { TRIES = 200, WAIT = MILLISECOND / 10 };
    u32 ready;
    for (u32 flags = 0; flags <= WASI_SUBSCRIPTION_CLOCK_ABSTIME; flags++) {
        u64 best = UINT64_MAX;
        for (u32 i = 0; i < TRIES; i++) {
            u64 start = now(CLOCK_MONOTONIC);
            put_clock(IN, 1, WASI_CLOCK_MONOTONIC, flags ? start + WAIT : WAIT, (u16)flags);
            assert_int_equal(poll_it(1, &ready), WASI_ESUCCESS);
            u64 waited = now(CLOCK_MONOTONIC) - start;
            assert_true(waited >= WAIT);
            best = waited < best ? waited : best;
        }
        assert_true(best < MILLISECOND);
    }
}

static void test_absolute_clock(void **state) {
    (void)state;
    u32 ready;
    static const clockid_t hosts[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};
    for (u32 clock = WASI_CLOCK_REALTIME; clock <= WASI_CLOCK_MONOTONIC; clock++) {
        u64 deadline = now(hosts[clock]) + 20 * MILLISECOND;
        put_clock(IN, 1, clock, deadline, WASI_SUBSCRIPTION_CLOCK_ABSTIME);
        assert_int_equal(poll_it(1, &ready), WASI_ESUCCESS);
        assert_true(now(hosts[clock]) >= deadline);
        put_clock(IN, 1, clock, 5, WASI_SUBSCRIPTION_CLOCK_ABSTIME); /* long ago */
        assert_int_equal(poll_it(1, &ready), WASI_ESUCCESS);
        assert_int_equal(ready, 1);
    }
}

static void test_wrong_clocks(void **state) {
    (void)state;
    u32 ready;
    put_clock(IN, 1, 9, 0, 0);
    put_clock(IN + RECORD, 2, WASI_CLOCK_PROCESS_CPUTIME, 0, 0);
    put_clock(IN + 2 * RECORD, 3, WASI_CLOCK_MONOTONIC, 1000ull * 1000 * MILLISECOND, 0);
    put_clock(IN + 3 * RECORD, 4, WASI_CLOCK_MONOTONIC, 0, 2);
    assert_int_equal(poll_it(4, &ready), WASI_ESUCCESS);
    assert_int_equal(ready, 3);
    assert_int_equal(event_error(0), WASI_EINVAL);
    assert_int_equal(event_error(1), WASI_ENOTSUP);
    assert_int_equal(event_userdata(2), 4);
    assert_int_equal(event_error(2), WASI_EINVAL);
}

static void test_descriptors(void **state) {
    (void)state;
    u32 ready;
    put_fd(IN, 1, WASI_EVENTTYPE_FD_READ, 0);
    put_clock(IN + RECORD, 2, WASI_CLOCK_MONOTONIC, 10 * MILLISECOND, 0);
    assert_int_equal(poll_it(2, &ready), WASI_ESUCCESS);
    assert_int_equal(ready, 1);
    assert_int_equal(event_userdata(0), 2);
    assert_int_equal(write(ends[1], "hello", 5), 5);
    put_fd(IN + RECORD, 2, WASI_EVENTTYPE_FD_WRITE, 1);
    assert_int_equal(poll_it(2, &ready), WASI_ESUCCESS);
    assert_int_equal(ready, 2);
    assert_int_equal(get_u64(&fixture, OUT + WASI_EVENT_SIZE), 5);
    assert_int_equal(fixture.memory.base[OUT + WASI_EVENT_BYTES + WASI_EVENT_TYPE], WASI_EVENTTYPE_FD_WRITE);
}

static void test_hangup(void **state) {
    (void)state;
    u32 ready;
    close(ends[1]);
    put_fd(IN, 1, WASI_EVENTTYPE_FD_READ, 0);
    assert_int_equal(poll_it(1, &ready), WASI_ESUCCESS);
    assert_int_equal(get_u16(&fixture, OUT + WASI_EVENT_FLAGS), WASI_EVENT_FD_HANGUP);
    ends[1] = dup(ends[0]);
}

static void test_wrong_descriptors(void **state) {
    (void)state;
    u32 ready;
    put_fd(IN, 1, WASI_EVENTTYPE_FD_READ, 99);
    put_fd(IN + RECORD, 2, WASI_EVENTTYPE_FD_READ, 1);
    put_fd(IN + 2 * RECORD, 3, WASI_EVENTTYPE_FD_READ, ROOT);
    assert_int_equal(poll_it(3, &ready), WASI_ESUCCESS);
    assert_int_equal(ready, 3);
    assert_int_equal(event_error(0), WASI_EBADF);
    assert_int_equal(event_error(1), WASI_EBADF);
    assert_int_equal(event_error(2), WASI_EISDIR);
    put_fd(IN, 1, 3, 0);
    assert_int_equal(poll_it(1, &ready), WASI_EINVAL);
}

static void test_file(void **state) {
    (void)state;
    u32 ready;
    write_file(fixture.inside, "a", "text");
    u32 a = open_or_fail(&fixture, "a", 0, READING);
    put_fd(IN, 1, WASI_EVENTTYPE_FD_READ, a);
    assert_int_equal(poll_it(1, &ready), WASI_ESUCCESS);
    assert_int_equal(get_u64(&fixture, OUT + WASI_EVENT_SIZE), 4);
}

static void test_counts(void **state) {
    (void)state;
    u32 ready;
    assert_int_equal(poll_it(0, &ready), WASI_EINVAL);
    assert_int_equal(poll_it(UINT32_MAX, &ready), WASI_EFAULT);
    assert_int_equal(poll_it(0x05555556, &ready), WASI_EFAULT); /* * 48 wraps to 32 */
    assert_int_equal(poll_it(0x10000000, &ready), WASI_EFAULT); /* * 48 and * 32 wrap to 0 */
    for (u32 i = 0; i < 500; i++) {
        put_clock(IN + i * RECORD, i, WASI_CLOCK_MONOTONIC, 0, 0);
    }
    assert_int_equal(poll_it(500, &ready), WASI_ESUCCESS);
    assert_int_equal(ready, 500);
    assert_int_equal(event_userdata(499), 499);
}

/* More subscriptions than descriptors that the process may have, which the kernel's poll refuses, are no error. */
static void test_huge_counts(void **state) {
    (void)state;
    enum { MANY = 65537, EVENTS = MANY * RECORD, BYTES = EVENTS + MANY * WASI_EVENT_BYTES + 4 };
    struct w2c_memory small = fixture.memory;
    fixture.memory.base = calloc(1, BYTES);
    fixture.memory.size_bytes = BYTES;
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    const struct rlimit few = {64, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (u32 i = 0; i < MANY; i++) {
        put_clock(i * RECORD, i, WASI_CLOCK_MONOTONIC, i % 2 ? UINT64_MAX : 0, 0);
    }
    u32 result = BYTES - 4;
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, 0, EVENTS, MANY, result), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, result), MANY / 2 + 1);
    setrlimit(RLIMIT_NOFILE, &before);
    free(fixture.memory.base);
    fixture.memory = small;
}

/* Events where the subscriptions are: all are read before one is written. */
static void test_overlap(void **state) {
    (void)state;
    for (u32 i = 0; i < 20; i++) {
        put_clock(IN + i * RECORD, 100 + i, WASI_CLOCK_MONOTONIC, 0, 0);
    }
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, IN, IN + 24, 20, COUNT), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, COUNT), 20);
    for (u32 i = 0; i < 20; i++) {
        assert_int_equal(get_u64(&fixture, IN + 24 + i * WASI_EVENT_BYTES), 100 + i);
    }
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number) {
    (void)number;
    alarms++;
}

/* Signals on the way do not cut a wait short. */
static void test_interrupted(void **state) {
    (void)state;
    u32 ready;
    const struct sigaction counting = {.sa_handler = count_alarm};
    const struct itimerval often = {{0, 2000}, {0, 2000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &counting, NULL);
    alarms = 0;
    setitimer(ITIMER_REAL, &often, NULL);
    u64 start = now(CLOCK_MONOTONIC);
    put_clock(IN, 1, WASI_CLOCK_MONOTONIC, 30 * MILLISECOND, 0);
    assert_int_equal(poll_it(1, &ready), WASI_ESUCCESS);
    setitimer(ITIMER_REAL, &never, NULL);
    assert_true(now(CLOCK_MONOTONIC) - start >= 30 * MILLISECOND);
    assert_true(alarms > 0);
}

static void test_bounds(void **state) {
    (void)state;
    const u32 last_in = MEMORY_BYTES - RECORD;
    const u32 last_out = MEMORY_BYTES - WASI_EVENT_BYTES;
    put_clock(last_in, 1, WASI_CLOCK_MONOTONIC, 0, 0);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, last_in + 1, 0, 1, COUNT), WASI_EFAULT);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, last_in, last_out + 1, 1, COUNT), WASI_EFAULT);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, last_in, 0, 1, MEMORY_BYTES - 3), WASI_EFAULT);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, last_in, last_out, 1, COUNT), WASI_ESUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_relative_clock),
        TEST(test_less_than_a_millisecond),
        TEST(test_absolute_clock),
        TEST(test_wrong_clocks),
        TEST(test_descriptors),
        TEST(test_hangup),
        TEST(test_wrong_descriptors),
        TEST(test_file),
        TEST(test_counts),
        TEST(test_overlap),
        TEST(test_huge_counts),
        TEST(test_interrupted),
        TEST(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
