/* A context that threads share: none waits for another's waiting, and the table of descriptors stays whole. */
#include "wasi_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

enum { THREADS = 4, ROUNDS = 400, PART = 16384 };

static struct fixture fixture;
static int pipe_ends[2];

static int make(void **state) {
    (void)state;
    assert_int_equal(pipe(pipe_ends), 0);
    fixture_make(&fixture, (struct w2c_wasi_options){.stdin_fd = pipe_ends[0], .descriptor_limit = 64});
    assert_true(w2c_wasi_share(fixture.wasi));
    assert_true(w2c_wasi_share(fixture.wasi));
    return 0;
}

static int drop(void **state) {
    (void)state;
    fixture_drop(&fixture);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return 0;
}

static void store_u32(u32 at, u32 value) {
    memcpy(fixture.memory.base + at, &value, sizeof value);
}
static u32 load_u32(u32 at) {
    u32 value;
    memcpy(&value, fixture.memory.base + at, sizeof value);
    return value;
}

/* ---- waiting ---- */

static bool is_asleep(const char *thread) {
    char path[300], stat[600] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/stat", thread);
    FILE *file = fopen(path, "r");
    if (!file) return true; /* it has ended meanwhile */
    const size_t size = fread(stat, 1, sizeof stat - 1, file);
    fclose(file);
    stat[size] = 0;
    const char *name_end = strrchr(stat, ')');
    return name_end && name_end[1] && name_end[2] == 'S';
}

static bool others_are_asleep(void) {
    DIR *threads = opendir("/proc/self/task");
    assert_non_null(threads);
    const long own = syscall(SYS_gettid);
    bool are_asleep = true;
    for (struct dirent *entry; (entry = readdir(threads));) {
        if (entry->d_name[0] != '.' && strtol(entry->d_name, NULL, 10) != own) are_asleep &= is_asleep(entry->d_name);
    }
    closedir(threads);
    return are_asleep;
}

/* Until all other threads wait for input, however long a busy machine takes them there. Seen several times: on its way
 * a thread may wait for a lock. */
static void await_waiting(void) {
    for (int seen = 0, looks = 0; seen < 5; looks++) {
        assert_true(looks < 6000);
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        seen = others_are_asleep() ? seen + 1 : 0;
    }
}

static void *read_input(void *result) {
    store_u32(0, 64);
    store_u32(4, 16);
    *(u32 *)result = w2c_wasi_fd_read(fixture.wasi, 0, 0, 1, 8);
    return NULL;
}

static void *poll_input(void *result) {
    u8 *subscription = fixture.memory.base + PART;
    memset(subscription, 0, WASI_SUBSCRIPTION_BYTES);
    subscription[WASI_SUBSCRIPTION_TYPE] = WASI_EVENTTYPE_FD_READ;
    *(u32 *)result = w2c_wasi_poll_oneoff(fixture.wasi, PART, PART + 256, 1, PART + 512);
    return NULL;
}

static void others_do_not_wait_for_who_waits(void **state) {
    (void)state;
    pthread_t reader, poller;
    u32 read_result = 99, poll_result = 99;
    pthread_create(&poller, NULL, poll_input, &poll_result);
    pthread_create(&reader, NULL, read_input, &read_result);
    await_waiting();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(w2c_wasi_clock_time_get(fixture.wasi, 1, 0, 2 * PART), 0);
    /* The number is free again while both still wait with what it stood for. */
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, 0), 0);
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, 0), WASI_EBADF);
    assert_int_equal(write(pipe_ends[1], "seven b", 7), 7);
    pthread_join(reader, NULL);
    assert_int_equal(read_result, 0);
    assert_int_equal(load_u32(8), 7);
    assert_memory_equal(fixture.memory.base + 64, "seven b", 7);
    assert_int_equal(write(pipe_ends[1], "x", 1), 1);
    pthread_join(poller, NULL);
    assert_int_equal(poll_result, 0);
    assert_int_equal(load_u32(PART + 512), 1);
}

/* Opening a FIFO at whose other end nobody is comes back at once, and reading from it keeps nobody else waiting. */
static void *open_fifo(void *result) {
    memcpy(fixture.memory.base, "fifo", 4);
    *(u32 *)result = w2c_wasi_path_open(fixture.wasi, ROOT, 0, 0, 4, 0, WASI_RIGHT_FD_READ, 0, 0, 16);
    return NULL;
}

static void *read_fifo(void *result) {
    store_u32(0, 64);
    store_u32(4, 16);
    *(u32 *)result = w2c_wasi_fd_read(fixture.wasi, load_u32(16), 0, 1, 8);
    return NULL;
}

static void others_do_not_wait_for_a_fifo(void **state) {
    (void)state;
    char path[300];
    pthread_t opener, reader;
    u32 open_result = 99, read_result = 99;
    snprintf(path, sizeof path, "%s/fifo", fixture.inside);
    assert_int_equal(mkfifo(path, 0666), 0);
    pthread_create(&opener, NULL, open_fifo, &open_result);
    pthread_join(opener, NULL);
    assert_int_equal(open_result, WASI_ESUCCESS);
    const int writer = open(path, O_WRONLY | O_NONBLOCK);
    assert_true(writer >= 0);
    pthread_create(&reader, NULL, read_fifo, &read_result);
    await_waiting();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(w2c_wasi_clock_time_get(fixture.wasi, 1, 0, 2 * PART), 0);
    assert_int_equal(read_result, 99);
    assert_int_equal(write(writer, "here", 4), 4);
    pthread_join(reader, NULL);
    assert_int_equal(read_result, WASI_ESUCCESS);
    assert_memory_equal(fixture.memory.base + 64, "here", 4);
    close(writer);
}

/* ---- the table ---- */

/* Each thread has a part of the memory for itself, and files of its own; numbers they get from one table. */
static void *open_and_close(void *number) {
    const u32 part = (u32)(uintptr_t)number * PART;
    char name[16];
    snprintf(name, sizeof name, "file%u", (unsigned)(uintptr_t)number);
    const u32 size = (u32)strlen(name);
    memcpy(fixture.memory.base + part, name, size);
    uintptr_t wrong = 0;
    for (u32 i = 0; i < ROUNDS; i++) {
        const u64 rights = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL;
        const u32 error = w2c_wasi_path_open(fixture.wasi, ROOT, 0, part, size, WASI_OFLAG_CREAT | WASI_OFLAG_TRUNC,
                                             rights, 0, 0, part + 64);
        const u32 fd = load_u32(part + 64);
        store_u32(part + 128, part + 256);
        store_u32(part + 132, 4);
        store_u32(part + 256, i ^ part);
        wrong += error != 0 || w2c_wasi_fd_write(fixture.wasi, fd, part + 128, 1, part + 140) != 0 ||
                 w2c_wasi_fd_seek(fixture.wasi, fd, 0, 0, part + 144) != 0;
        store_u32(part + 256, 0);
        wrong +=
            w2c_wasi_fd_read(fixture.wasi, fd, part + 128, 1, part + 140) != 0 || load_u32(part + 256) != (i ^ part);
        wrong += w2c_wasi_fd_readdir(fixture.wasi, ROOT, part + 512, 1024, 0, part + 140) != 0;
        wrong += w2c_wasi_fd_close(fixture.wasi, fd) != 0;
    }
    return (void *)wrong;
}

static void descriptors_are_not_mixed_up(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, open_and_close, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    /* What was closed is free: the next one is the lowest. */
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, ROOT_READ_ONLY + 1), WASI_EBADF);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(others_do_not_wait_for_who_waits, make, drop),
        cmocka_unit_test_setup_teardown(others_do_not_wait_for_a_fifo, make, drop),
        cmocka_unit_test_setup_teardown(descriptors_are_not_mixed_up, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
