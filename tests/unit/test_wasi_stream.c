/* Standard streams in memory: what goes in and out, what they are to the guest, and the buffer that collects. */
#include "wasi_fixture.h"

#include "w2c/w2c.h"

static struct fixture fixture;
static struct w2c_wasi_buffer output;

/* stderr takes two bytes at a time, and five in all. */
struct narrow {
    char bytes[8];
    size_t used;
};
static struct narrow narrow;

static size_t write_narrow(void *user, const void *bytes, size_t size) {
    struct narrow *to = user;
    size_t part = size < 2 ? size : 2;
    part = part < 5 - to->used ? part : 5 - to->used;
    memcpy(to->bytes + to->used, bytes, part);
    to->used += part;
    return part;
}

static int setup(void **state) {
    (void)state;
    output = (struct w2c_wasi_buffer){0};
    narrow = (struct narrow){0};
    fixture_make(&fixture, (struct w2c_wasi_options){.stdin_bytes = "what is read",
                                                     .stdin_size = 12,
                                                     .stdout_to = {w2c_wasi_buffer_write, &output},
                                                     .stderr_to = {write_narrow, &narrow}});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    free(output.bytes);
    return 0;
}

static void test_read(void **state) {
    (void)state;
    char text[16];
    assert_int_equal(read_text(&fixture, 0, text, 5), WASI_ESUCCESS);
    assert_string_equal(text, "what ");
    assert_int_equal(read_text(&fixture, 0, text, 0), WASI_ESUCCESS);
    assert_int_equal(read_text(&fixture, 0, text, 15), WASI_ESUCCESS);
    assert_string_equal(text, "is read");
    assert_int_equal(read_text(&fixture, 0, text, 15), WASI_ESUCCESS);
    assert_string_equal(text, "");
}

static void test_read_into_several(void **state) {
    (void)state;
    u32 buffer = room(&fixture, 32);
    const u32 vectors[] = {buffer, 3, buffer + 10, 0, buffer + 20, 100};
    u32 at = put(&fixture, vectors, sizeof(vectors));
    u32 count = room(&fixture, 4);
    assert_int_equal(w2c_wasi_fd_read(fixture.wasi, 0, at, 3, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 12);
    assert_memory_equal(fixture.memory.base + buffer, "wha", 3);
    assert_memory_equal(fixture.memory.base + buffer + 20, "t is read", 9);
}

static void test_write(void **state) {
    (void)state;
    assert_int_equal(write_text(&fixture, 1, "one "), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, 1, ""), WASI_ESUCCESS);
    const u32 words = put(&fixture, "twothree", 8);
    const u32 vectors[] = {words, 3, words + 3, 5};
    u32 at = put(&fixture, vectors, sizeof(vectors));
    u32 count = room(&fixture, 4);
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, 1, at, 2, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 8);
    assert_string_equal(output.bytes, "one twothree");
    assert_int_equal(output.size, 12);
}

/* What the function does not take, the guest is told. */
static void test_short_write(void **state) {
    (void)state;
    const u32 text = put(&fixture, "abcdefgh", 8);
    u32 at = put_vector(&fixture, text, 8);
    u32 count = room(&fixture, 4);
    static const u32 taken[] = {2, 2, 1};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(w2c_wasi_fd_write(fixture.wasi, 2, at, 1, count), WASI_ESUCCESS);
        assert_int_equal(get_u32(&fixture, count), taken[i]);
    }
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, 2, at, 1, count), WASI_ENOSPC);
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, 2, at, 0, count), WASI_ESUCCESS);
    assert_int_equal(narrow.used, 5);
    assert_memory_equal(narrow.bytes, "ababa", 5);
}

static size_t write_and_lie(void *user, const void *bytes, size_t size) {
    (void)user, (void)bytes;
    return size + 100;
}

static void test_output_that_lies(void **state) {
    (void)state;
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture, (struct w2c_wasi_options){.stdout_to = {write_and_lie, NULL}});
    const u32 text = put(&fixture, "abcdefgh", 8);
    const u32 vectors[] = {text, 3, text + 3, 5};
    u32 at = put(&fixture, vectors, sizeof(vectors));
    u32 count = room(&fixture, 4);
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, 1, at, 2, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 8);
}

static void test_large_write(void **state) {
    (void)state;
    u32 size = MEMORY_BYTES - 64;
    memset(fixture.memory.base, 'x', size);
    fixture.used = size;
    u32 at = put_vector(&fixture, 0, size);
    u32 count = room(&fixture, 4);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(w2c_wasi_fd_write(fixture.wasi, 1, at, 1, count), WASI_ESUCCESS);
        assert_int_equal(get_u32(&fixture, count), size);
    }
    assert_int_equal(output.size, 20 * (size_t)size);
    assert_int_equal(strlen(output.bytes), output.size);
}

static void test_limit(void **state) {
    (void)state;
    output.limit = 6;
    assert_int_equal(write_text(&fixture, 1, "12345678"), WASI_ESUCCESS);
    assert_string_equal(output.bytes, "123456");
    assert_int_equal(write_text(&fixture, 1, "9"), WASI_ENOSPC);
    assert_int_equal(output.size, 6);
}

static void test_directions(void **state) {
    (void)state;
    char text[8];
    assert_int_equal(write_text(&fixture, 0, "x"), WASI_EBADF);
    assert_int_equal(read_text(&fixture, 1, text, 4), WASI_EBADF);
    assert_int_equal(output.size, 0);
}

/* Like a pipe: nothing that is for files. */
static void test_kind(void **state) {
    (void)state;
    struct w2c_wasi *wasi = fixture.wasi;
    u32 at = room(&fixture, 64);
    for (u32 fd = 0; fd < 3; fd++) {
        assert_int_equal(w2c_wasi_fd_fdstat_get(wasi, fd, at), WASI_ESUCCESS);
        assert_int_equal(fixture.memory.base[at], WASI_FILETYPE_UNKNOWN);
        assert_int_equal(w2c_wasi_fd_filestat_get(wasi, fd, at), WASI_ESUCCESS);
        assert_int_equal(fixture.memory.base[at + WASI_FILESTAT_FILETYPE], WASI_FILETYPE_UNKNOWN);
        assert_int_equal(get_u64(&fixture, at + WASI_FILESTAT_SIZE), 0);
        assert_int_equal(w2c_wasi_fd_seek(wasi, fd, 0, WASI_WHENCE_SET, at), WASI_ESPIPE);
        assert_int_equal(w2c_wasi_fd_tell(wasi, fd, at), WASI_ESPIPE);
        assert_int_equal(w2c_wasi_fd_sync(wasi, fd), WASI_ENOTCAPABLE);
        assert_int_equal(w2c_wasi_fd_datasync(wasi, fd), WASI_ENOTCAPABLE);
        assert_int_equal(w2c_wasi_fd_allocate(wasi, fd, 0, 1), WASI_ENOTCAPABLE);
        assert_int_equal(w2c_wasi_fd_filestat_set_size(wasi, fd, 0), WASI_ENOTCAPABLE);
        assert_int_equal(w2c_wasi_fd_filestat_set_times(wasi, fd, 0, 0, 2), WASI_ENOTCAPABLE);
        assert_int_equal(w2c_wasi_fd_readdir(wasi, fd, at, 8, 0, at), WASI_ENOTDIR);
        assert_int_equal(w2c_wasi_sock_shutdown(wasi, fd, 1), WASI_ENOTSOCK);
        assert_int_equal(w2c_wasi_fd_prestat_get(wasi, fd, at), WASI_EBADF);
        assert_int_equal(w2c_wasi_fd_fdstat_set_flags(wasi, fd, WASI_FDFLAG_NONBLOCK), WASI_ESUCCESS);
        assert_int_equal(w2c_wasi_fd_fdstat_set_flags(wasi, fd, WASI_FDFLAG_SYNC), WASI_ENOTSUP);
    }
    assert_int_equal(w2c_wasi_fd_pread(wasi, 0, at, 0, 0, at), WASI_ESPIPE);
    assert_int_equal(w2c_wasi_fd_pwrite(wasi, 1, at, 0, 0, at), WASI_ESPIPE);
}

static void test_poll(void **state) {
    (void)state;
    u8 records[2 * WASI_SUBSCRIPTION_BYTES] = {0};
    records[WASI_SUBSCRIPTION_TYPE] = WASI_EVENTTYPE_FD_READ;
    records[WASI_SUBSCRIPTION_BYTES + WASI_SUBSCRIPTION_TYPE] = WASI_EVENTTYPE_FD_WRITE;
    records[WASI_SUBSCRIPTION_BYTES + WASI_SUBSCRIPTION_FD] = 1;
    u32 in = put(&fixture, records, sizeof(records));
    u32 out = room(&fixture, 2 * WASI_EVENT_BYTES);
    u32 count = room(&fixture, 4);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, in, out, 2, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 2);
    assert_int_equal(get_u64(&fixture, out + WASI_EVENT_SIZE), 12);
    assert_int_equal(get_u16(&fixture, out + WASI_EVENT_FLAGS), 0);
    char text[16];
    assert_int_equal(read_text(&fixture, 0, text, 15), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, in, out, 1, count), WASI_ESUCCESS);
    assert_int_equal(get_u64(&fixture, out + WASI_EVENT_SIZE), 0);
    assert_int_equal(get_u16(&fixture, out + WASI_EVENT_FLAGS), WASI_EVENT_FD_HANGUP);
}

/* Moved to another number they are still what they were; closed ones are gone, and their numbers not given again. */
static void test_renumber_and_close(void **state) {
    (void)state;
    u32 file = open_or_fail(&fixture, "a", WASI_OFLAG_CREAT, READING | WRITING);
    assert_int_equal(w2c_wasi_fd_renumber(fixture.wasi, 1, file), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, file, "moved"), WASI_ESUCCESS);
    assert_string_equal(output.bytes, "moved");
    assert_int_equal(write_text(&fixture, 1, "x"), WASI_EBADF);
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, file), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, file, "x"), WASI_EBADF);
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, 0), WASI_ESUCCESS);
    assert_int_equal(open_or_fail(&fixture, "b", WASI_OFLAG_CREAT, READING), file);
    u32 b = open_or_fail(&fixture, "b", 0, READING | WRITING);
    assert_int_equal(w2c_wasi_fd_renumber(fixture.wasi, b, 2), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, 2, "to the file"), WASI_ESUCCESS);
    assert_int_equal(narrow.used, 0);
}

static void test_empty_input(void **state) {
    (void)state;
    char text[8];
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture, (struct w2c_wasi_options){.stdin_bytes = "", .stdin_size = 0});
    assert_int_equal(read_text(&fixture, 0, text, 4), WASI_ESUCCESS);
    assert_string_equal(text, "");
}

/* ---- ending the guest from within a write ---- */

static size_t write_and_end(void *user, const void *bytes, size_t size) {
    (void)user, (void)bytes, (void)size;
    w2c_exit(3);
}

static void write_something(void *argument) {
    write_text(argument, 1, "x");
    fail();
}

static void test_output_may_end_the_guest(void **state) {
    (void)state;
    struct w2c_error error;
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture, (struct w2c_wasi_options){.stdout_to = {write_and_end, NULL}});
    assert_int_equal(w2c_try(write_something, &fixture, &error), W2C_TRAP_EXIT);
    assert_int_equal(error.exit_code, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_read_into_several),
        TEST(test_write),
        TEST(test_short_write),
        TEST(test_output_that_lies),
        TEST(test_large_write),
        TEST(test_limit),
        TEST(test_directions),
        TEST(test_kind),
        TEST(test_poll),
        TEST(test_empty_input),
        TEST(test_renumber_and_close),
        TEST(test_output_may_end_the_guest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
