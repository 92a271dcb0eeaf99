/* The import module "wasi_unstable": what snapshot 0 has otherwise than preview 1, and that it has all the rest. */
#include "wasi_fixture.h"

#include "w2c/wasi_signatures.h"

static struct fixture fixture;

static int setup(void **state) {
    (void)state;
    fixture_make(&fixture, (struct w2c_wasi_options){.stdin_fd = -1});
    write_file(fixture.inside, "a", "0123456789");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    return 0;
}

/* ---- names ---- */

static const struct w2c_wasi_function *find_in(const char *module, const char *name) {
    return w2c_wasi_find(module, strlen(module), name, strlen(name));
}

static void test_names(void **state) {
    (void)state;
    static const char *const differing[] = {"fd_filestat_get", "fd_seek", "path_filestat_get", "poll_oneoff"};
    for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++) {
        const struct w2c_wasi_function *stable = find_in("wasi_snapshot_preview1", differing[i]);
        const struct w2c_wasi_function *unstable = find_in("wasi_unstable", differing[i]);
        assert_non_null(stable);
        assert_non_null(unstable);
        assert_true(stable->code != unstable->code);
        assert_string_equal(stable->signature, unstable->signature);
    }
    assert_ptr_equal(find_in("wasi_unstable", "fd_read"), find_in("wasi_snapshot_preview1", "fd_read"));
    assert_null(find_in("wasi_unstable", "sock_accept"));
    assert_non_null(find_in("wasi_snapshot_preview1", "sock_accept"));
    assert_null(find_in("wasi_snapshot_preview1", "unstable_fd_seek"));
    assert_null(find_in("wasi_unstable", "unstable_fd_seek"));
    assert_null(find_in("wasi_snapshot_preview2", "fd_read"));
    assert_null(find_in("", "fd_read"));
    assert_null(w2c_wasi_find("wasi_unstable", 12, "fd_read", 7));
    assert_null(w2c_wasi_find("wasi_unstable", 13, "fd_read\0x", 9));
}

/* 46 calls in preview 1; snapshot 0 has them all but sock_accept. */
static void test_every_row_is_found(void **state) {
    (void)state;
    size_t preview1 = 0;
    size_t unstable = 0;
    for (size_t i = 0; i < sizeof(w2c_wasi_signatures) / sizeof(w2c_wasi_signatures[0]); i++) {
        const struct w2c_wasi_signature *row = &w2c_wasi_signatures[i];
        const struct w2c_wasi_function *in_preview1 = find_in("wasi_snapshot_preview1", w2c_wasi_import_name(row));
        const struct w2c_wasi_function *in_unstable = find_in("wasi_unstable", w2c_wasi_import_name(row));
        const struct w2c_wasi_function *found = row->modules == W2C_WASI_IN_UNSTABLE ? in_unstable : in_preview1;
        assert_non_null(found);
        assert_string_equal(found->name, row->name);
        preview1 += row->modules != W2C_WASI_IN_UNSTABLE;
        unstable += row->modules != W2C_WASI_IN_PREVIEW1;
    }
    assert_int_equal(preview1, 46);
    assert_int_equal(unstable, 45);
}

/* ---- calls ---- */

static u64 seek(u32 fd, s64 offset, u32 whence) {
    reset(&fixture);
    u32 result = room(&fixture, 8);
    assert_int_equal(w2c_wasi_unstable_fd_seek(fixture.wasi, fd, (u64)offset, whence, result), WASI_ESUCCESS);
    return get_u64(&fixture, result);
}

static void test_seek(void **state) {
    (void)state;
    u32 fd = open_or_fail(&fixture, "a", 0, READING);
    enum { CUR, END, SET };
    assert_int_equal(seek(fd, 4, SET), 4);
    assert_int_equal(seek(fd, 3, CUR), 7);
    assert_int_equal(seek(fd, -1, END), 9);
    assert_int_equal(w2c_wasi_unstable_fd_seek(fixture.wasi, fd, 0, 3, 0), WASI_EINVAL);
    assert_int_equal(w2c_wasi_unstable_fd_seek(fixture.wasi, fd, 0, UINT32_MAX, 0), WASI_EINVAL);
    assert_int_equal(w2c_wasi_unstable_fd_seek(fixture.wasi, fd, 0, SET, MEMORY_BYTES - 7), WASI_EFAULT);
    assert_int_equal(w2c_wasi_unstable_fd_seek(fixture.wasi, 99, 0, SET, 0), WASI_EBADF);
}

/* 56 bytes and not one more: dev 0, ino 8, type 16, nlink 20, size 24, atim 32, mtim 40, ctim 48. */
static void assert_filestat(u32 at, const struct stat *status) {
    assert_int_equal(get_u64(&fixture, at), status->st_dev);
    assert_int_equal(get_u64(&fixture, at + 8), status->st_ino);
    assert_int_equal(fixture.memory.base[at + 16], WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(get_u32(&fixture, at + 20), 2);
    assert_int_equal(get_u64(&fixture, at + 24), 10);
    assert_int_equal(get_u64(&fixture, at + 40),
                     (u64)status->st_mtim.tv_sec * 1000000000u + (u64)status->st_mtim.tv_nsec);
    assert_int_equal(get_u64(&fixture, at + 48),
                     (u64)status->st_ctim.tv_sec * 1000000000u + (u64)status->st_ctim.tv_nsec);
    for (u32 i = 56; i < 64; i++) {
        assert_int_equal(fixture.memory.base[at + i], 0xee);
    }
}

static void test_filestat(void **state) {
    (void)state;
    char path[128];
    char other[128];
    struct stat status;
    snprintf(path, sizeof(path), "%s/a", fixture.inside);
    snprintf(other, sizeof(other), "%s/b", fixture.inside);
    assert_int_equal(link(path, other), 0);
    assert_int_equal(stat(path, &status), 0);
    u32 fd = open_or_fail(&fixture, "a", 0, READING);
    u32 record = room(&fixture, 64);
    assert_int_equal(w2c_wasi_unstable_fd_filestat_get(fixture.wasi, fd, record), WASI_ESUCCESS);
    assert_filestat(record, &status);
    record = room(&fixture, 64);
    u32 name = put(&fixture, "b", 1);
    assert_int_equal(w2c_wasi_unstable_path_filestat_get(fixture.wasi, ROOT, 0, name, 1, record), WASI_ESUCCESS);
    assert_filestat(record, &status);
    assert_int_equal(w2c_wasi_unstable_fd_filestat_get(fixture.wasi, fd, MEMORY_BYTES - 55), WASI_EFAULT);
    assert_int_equal(w2c_wasi_unstable_fd_filestat_get(fixture.wasi, fd, MEMORY_BYTES - 56), WASI_ESUCCESS);
}

/* ---- poll_oneoff ---- */

/* A clock's subscription: userdata 0, type 8, identifier 16, clock 24, timeout 32, precision 40, flags 48. */
static void fill_clock(u8 *record, u64 userdata, u32 clock, u64 timeout, u16 flags) {
    const u64 identifier = 0x0303030303030303; /* as a clock or a time it would be wrong */
    memset(record, 0, 56);
    memcpy(record, &userdata, 8);
    memcpy(record + 16, &identifier, 8);
    memcpy(record + 24, &clock, 4);
    memcpy(record + 32, &timeout, 8);
    memcpy(record + 48, &flags, 2);
}

static void fill_fd(u8 *record, u64 userdata, u8 type, u32 fd) {
    memset(record, 0, 56);
    memcpy(record, &userdata, 8);
    record[8] = type;
    memcpy(record + 16, &fd, 4);
}

static void test_poll(void **state) {
    (void)state;
    u8 records[3 * 56];
    u32 fd = open_or_fail(&fixture, "a", 0, READING);
    fill_clock(records, 7, WASI_CLOCK_MONOTONIC, 3600ull * 1000000000u, 0);
    fill_fd(records + 56, 8, WASI_EVENTTYPE_FD_READ, fd);
    fill_clock(records + 112, 9, WASI_CLOCK_REALTIME, 1, WASI_SUBSCRIPTION_CLOCK_ABSTIME);
    u32 subscriptions = put(&fixture, records, sizeof(records));
    u32 events = room(&fixture, 3 * 32);
    u32 count = room(&fixture, 4);
    assert_int_equal(w2c_wasi_unstable_poll_oneoff(fixture.wasi, subscriptions, events, 3, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 2);
    assert_int_equal(get_u64(&fixture, events), 8);
    assert_int_equal(get_u16(&fixture, events + 8), WASI_ESUCCESS);
    assert_int_equal(fixture.memory.base[events + 10], WASI_EVENTTYPE_FD_READ);
    assert_int_equal(get_u64(&fixture, events + 16), 10);
    assert_int_equal(get_u64(&fixture, events + 32), 9);
    assert_int_equal(get_u16(&fixture, events + 40), WASI_ESUCCESS);
}

/* All 56 bytes of each subscription must be in memory. */
static void test_poll_edges(void **state) {
    (void)state;
    u8 record[56];
    fill_clock(record, 1, WASI_CLOCK_MONOTONIC, 1, 0);
    const u32 last = MEMORY_BYTES - 56;
    memcpy(fixture.memory.base + last, record, sizeof(record));
    assert_int_equal(w2c_wasi_unstable_poll_oneoff(fixture.wasi, last, 0, 1, 64), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, 64), 1);
    assert_int_equal(w2c_wasi_unstable_poll_oneoff(fixture.wasi, last + 1, 0, 1, 64), WASI_EFAULT);
    assert_int_equal(w2c_wasi_unstable_poll_oneoff(fixture.wasi, last, 0, 2, 64), WASI_EFAULT);
    assert_int_equal(w2c_wasi_unstable_poll_oneoff(fixture.wasi, 0, 0, 0, 64), WASI_EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_names), TEST(test_every_row_is_found),
                                       TEST(test_seek),  TEST(test_filestat),
                                       TEST(test_poll),  TEST(test_poll_edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
