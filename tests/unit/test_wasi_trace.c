/* --trace: every line word by word, and what it must survive. Lines go to a file that each test reads back. */
#include "wasi_fixture.h"

#include "wasi/trace.h"

static struct fixture fixture;
static int lines_fd;
static char lines[1 << 16];

static int setup(void **state) {
    (void)state;
    char path[] = "/tmp/w2c-test-trace-XXXXXX";
    lines_fd = mkstemp(path);
    assert_true(lines_fd > 0);
    unlink(path);
    fixture_make(&fixture, (struct w2c_wasi_options){.stdin_fd = -1, .trace_fd = lines_fd});
    write_file(fixture.inside, "a", "0123456789");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    close(lines_fd);
    return 0;
}

/* What was written since the last time. */
static const char *take_lines(void) {
    ssize_t size = pread(lines_fd, lines, sizeof(lines) - 1, 0);
    assert_true(size >= 0);
    lines[size] = 0;
    assert_int_equal(ftruncate(lines_fd, 0), 0);
    lseek(lines_fd, 0, SEEK_SET);
    return lines;
}

#define EXPECT(text) assert_string_equal(take_lines(), text "\n")

/* ---- what calls look like ---- */

static void test_open(void **state) {
    (void)state;
    u32 path = put(&fixture, "dir/\n\x1b\"b", 8);
    u32 result = room(&fixture, 4);
    w2c_wasi_path_open(fixture.wasi, ROOT, 1, path, 8, WASI_OFLAG_CREAT | WASI_OFLAG_TRUNC,
                       WASI_RIGHT_FD_READ | WASI_RIGHT_FD_SEEK, 0, WASI_FDFLAG_APPEND | 0x80, result);
    EXPECT(
        "path_open(3, SYMLINK_FOLLOW, \"dir/\\x0a\\x1b\\x22b\", CREAT|TRUNC, FD_READ|FD_SEEK, 0, APPEND|0x80) = INVAL");
    path = put(&fixture, "a", 1);
    w2c_wasi_path_open(fixture.wasi, ROOT, 0, path, 1, 0, WASI_RIGHT_FD_READ, WASI_RIGHTS_ALL, 0, result);
    EXPECT("path_open(3, 0, \"a\", 0, FD_READ, ALL, 0) = 5");
    w2c_wasi_path_open(fixture.wasi, ROOT, 0, path, 2, 0x10, (u64)1 << 40, WASI_RIGHTS_ALL & ~WASI_RIGHT_FD_READ, 0,
                       result);
    EXPECT("path_open(3, 0, \"a\\x00\", 0x10, 0x10000000000, ALL-FD_READ, 0) = INVAL");
    w2c_wasi_path_unlink_file(fixture.wasi, (u32)-1, path, 1);
    EXPECT("path_unlink_file(-1, \"a\") = BADF");
}

static void test_vectors(void **state) {
    (void)state;
    u32 fd = open_or_fail(&fixture, "a", 0, READING);
    const u32 vectors[] = {1000, 4, 2000, 0, 3000, 3};
    u32 at = put(&fixture, vectors, sizeof(vectors));
    u32 result = room(&fixture, 4);
    take_lines();
    w2c_wasi_fd_read(fixture.wasi, fd, at, 3, result);
    EXPECT("fd_read(5, [4, 0, 3]) = 7");
    w2c_wasi_fd_pread(fixture.wasi, fd, at, 1, 8, result);
    EXPECT("fd_pread(5, [4], 8) = 2");
    w2c_wasi_fd_read(fixture.wasi, fd, at, 0, result);
    EXPECT("fd_read(5, []) = 0");
    w2c_wasi_fd_seek(fixture.wasi, fd, (u64)-3, WASI_WHENCE_END, result);
    EXPECT("fd_seek(5, -3, END) = 7");
    w2c_wasi_unstable_fd_seek(fixture.wasi, fd, 1, WASI_UNSTABLE_WHENCE_CUR, result);
    EXPECT("unstable_fd_seek(5, 1, CUR) = 8");
    w2c_wasi_fd_seek(fixture.wasi, fd, 0, 7, result);
    EXPECT("fd_seek(5, 0, 7) = INVAL");
}

/* Only the first few of many. */
static void test_many_vectors(void **state) {
    (void)state;
    u32 fd = open_or_fail(&fixture, "a", 0, READING);
    u32 at = room(&fixture, 9 * 8);
    for (u32 i = 0; i < 9; i++) {
        const u32 vector[2] = {4096, i + 1};
        memcpy(fixture.memory.base + at + i * 8, vector, 8);
    }
    u32 result = room(&fixture, 4);
    take_lines();
    w2c_wasi_fd_read(fixture.wasi, fd, at, 8, result);
    EXPECT("fd_read(5, [1, 2, 3, 4, 5, 6, 7, 8]) = 10");
    w2c_wasi_fd_read(fixture.wasi, fd, at, 9, result);
    EXPECT("fd_read(5, [1, 2, 3, 4, 5, 6, 7, 8, ...]) = 0");
}

static void test_results(void **state) {
    (void)state;
    char path[128];
    char expected[200];
    struct stat status;
    snprintf(path, sizeof(path), "%s/a", fixture.inside);
    assert_int_equal(stat(path, &status), 0);
    u32 fd = open_or_fail(&fixture, "a", 0, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_FILESTAT_GET);
    u32 result = room(&fixture, 64);
    take_lines();
    snprintf(expected, sizeof(expected), "= {REGULAR_FILE, inode %llu, links 1, size 10}\n",
             (unsigned long long)status.st_ino);
    w2c_wasi_fd_filestat_get(fixture.wasi, fd, result);
    assert_non_null(strstr(take_lines(), expected));
    w2c_wasi_unstable_fd_filestat_get(fixture.wasi, fd, result);
    assert_non_null(strstr(take_lines(), expected));
    w2c_wasi_fd_fdstat_get(fixture.wasi, fd, result);
    assert_non_null(strstr(take_lines(), "fd_fdstat_get(5) = {REGULAR_FILE, 0, FD_READ|FD_FILESTAT_GET, "));
    w2c_wasi_fd_prestat_get(fixture.wasi, ROOT_READ_ONLY, result);
    EXPECT("fd_prestat_get(4) = {DIR, 3}");
    w2c_wasi_fd_prestat_dir_name(fixture.wasi, ROOT_READ_ONLY, result, 3);
    EXPECT("fd_prestat_dir_name(4, 3) = \"/ro\"");
    w2c_wasi_args_sizes_get(fixture.wasi, result, result + 8);
    EXPECT("args_sizes_get() = 0, 0");
    w2c_wasi_sched_yield(fixture.wasi);
    EXPECT("sched_yield() = SUCCESS");
    w2c_wasi_random_get(fixture.wasi, result, 64);
    EXPECT("random_get(64) = SUCCESS");
    w2c_wasi_fd_advise(fixture.wasi, fd, 1, 2, 3);
    assert_non_null(strstr(take_lines(), "fd_advise(5, 1, 2, WILLNEED) = "));
    w2c_wasi_sock_shutdown(fixture.wasi, fd, 3);
    assert_non_null(strstr(take_lines(), "sock_shutdown(5, RD|WR) = "));
}

/* The link's text is shown as far as it was written. */
static void test_readlink(void **state) {
    (void)state;
    u32 name = put(&fixture, "link", 4);
    u32 target = put(&fixture, "to\x7fthere", 8);
    u32 buffer = room(&fixture, 64);
    u32 used = room(&fixture, 4);
    w2c_wasi_path_symlink(fixture.wasi, target, 8, ROOT, name, 4);
    EXPECT("path_symlink(\"to\\x7fthere\", 3, \"link\") = SUCCESS");
    w2c_wasi_path_readlink(fixture.wasi, ROOT, name, 4, buffer, 64, used);
    EXPECT("path_readlink(3, \"link\", 64) = \"to\\x7fthere\", 8");
    w2c_wasi_path_readlink(fixture.wasi, ROOT, name, 4, buffer, 2, used);
    EXPECT("path_readlink(3, \"link\", 2) = \"to\", 2");
}

static void test_poll(void **state) {
    (void)state;
    u32 at = room(&fixture, 2 * 56);
    u32 events = room(&fixture, 2 * 32);
    u32 count = room(&fixture, 4);
    u8 *record = fixture.memory.base + at;
    memset(record, 0, 2 * 56);
    record[WASI_SUBSCRIPTION_CLOCK] = WASI_CLOCK_MONOTONIC;
    record[WASI_SUBSCRIPTION_TIMEOUT] = 5;
    record[48 + WASI_SUBSCRIPTION_TYPE] = WASI_EVENTTYPE_FD_READ;
    record[48 + WASI_SUBSCRIPTION_FD] = 99;
    char expected[128];
    snprintf(expected, sizeof(expected), "poll_oneoff([{CLOCK MONOTONIC 5}, {FD_READ 99}], 0x%x, 2) = ", events);
    w2c_wasi_poll_oneoff(fixture.wasi, at, events, 2, count);
    assert_int_equal(strncmp(take_lines(), expected, strlen(expected)), 0);
    memset(record, 0, 56);
    record[8 + WASI_SUBSCRIPTION_TIMEOUT] = 6;
    record[8 + WASI_SUBSCRIPTION_FLAGS] = WASI_SUBSCRIPTION_CLOCK_ABSTIME;
    snprintf(expected, sizeof(expected), "unstable_poll_oneoff([{CLOCK REALTIME at 6}], 0x%x, 1) = 1\n", events);
    w2c_wasi_unstable_poll_oneoff(fixture.wasi, at, events, 1, count);
    assert_string_equal(take_lines(), expected);
}

/* ---- hostile parameters ---- */

static void test_pointers_outside(void **state) {
    (void)state;
    w2c_wasi_path_unlink_file(fixture.wasi, ROOT, MEMORY_BYTES - 3, 4);
    EXPECT("path_unlink_file(3, 0x1fffd[4]) = FAULT");
    w2c_wasi_path_unlink_file(fixture.wasi, ROOT, 1, UINT32_MAX);
    EXPECT("path_unlink_file(3, 0x1[4294967295]) = FAULT");
    w2c_wasi_fd_write(fixture.wasi, 1, 8, 0x20000000, 0);
    EXPECT("fd_write(1, 0x8[536870912]) = FAULT");
    w2c_wasi_clock_time_get(fixture.wasi, 0, 1, MEMORY_BYTES - 7);
    EXPECT("clock_time_get(REALTIME, 1) = FAULT 0x1fff9[8]");
    w2c_wasi_random_get(fixture.wasi, 16, UINT32_MAX);
    EXPECT("random_get(4294967295) = FAULT 0x10[4294967295]");
    w2c_wasi_poll_oneoff(fixture.wasi, 0, 0, 0x10000000, 0);
    EXPECT("poll_oneoff(0x0[268435456], 0x0, 268435456) = FAULT");
    w2c_wasi_set_memory(fixture.wasi, NULL);
    w2c_wasi_path_unlink_file(fixture.wasi, ROOT, 0, 1);
    EXPECT("path_unlink_file(3, 0x0[1]) = FAULT");
}

/* Neither a path as long as memory nor one of bytes that each need four characters makes a line too long or ends it. */
static void test_long_paths(void **state) {
    (void)state;
    memset(fixture.memory.base, 'x', MEMORY_BYTES);
    w2c_wasi_path_unlink_file(fixture.wasi, ROOT, 0, MEMORY_BYTES);
    const char *line = take_lines();
    const char *end = "xxx...\") = NAMETOOLONG\n";
    assert_int_equal(strspn(line + strlen("path_unlink_file(3, \""), "x"), 256);
    assert_string_equal(line + strlen(line) - strlen(end), end);
    memset(fixture.memory.base, '\n', MEMORY_BYTES);
    w2c_wasi_path_link(fixture.wasi, ROOT, UINT32_MAX, 0, MEMORY_BYTES, ROOT, 0, MEMORY_BYTES);
    line = take_lines();
    end = "\\x0a...\") = INVAL\n";
    assert_string_equal(line + strlen(line) - strlen(end), end);
    assert_true(strlen(line) > 2 * 4 * 256 && strlen(line) < 4096);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

/* Overlong forms, surrogates, what is past Unicode, and what is cut off. */
static void test_bad_utf8(void **state) {
    (void)state;
    static const char text[] = "\xc3\xbc\xc0\x80\xe0\x81\x81\xed\xa0\x80\xf4\x90\x80\x80\xc2";
    u32 at = put(&fixture, text, sizeof(text) - 1);
    w2c_wasi_path_unlink_file(fixture.wasi, ROOT, at, sizeof(text) - 1);
    EXPECT(
        "path_unlink_file(3, \"\xc3\xbc\\xc0\\x80\\xe0\\x81\\x81\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xc2\") = ILSEQ");
}

/* ---- calls that do not return ---- */

static void exit_with_five(void *wasi) {
    w2c_wasi_proc_exit(wasi, 5);
}

static void raise_abort(void *wasi) {
    w2c_wasi_proc_raise(wasi, 6);
}

static void test_ends(void **state) {
    (void)state;
    struct w2c_error error;
    assert_int_equal(w2c_try(exit_with_five, fixture.wasi, &error), W2C_TRAP_EXIT);
    EXPECT("proc_exit(5) = ?");
    w2c_wasi_proc_raise(fixture.wasi, 0);
    EXPECT("proc_raise(NONE) = SUCCESS");
    assert_int_equal(w2c_try(raise_abort, fixture.wasi, &error), W2C_TRAP_EXIT);
    assert_string_equal(take_lines(), "");
    w2c_wasi_sched_yield(fixture.wasi);
    EXPECT("proc_raise(ABRT) = ?\nsched_yield() = SUCCESS");
    assert_int_equal(w2c_try(raise_abort, fixture.wasi, &error), W2C_TRAP_EXIT);
    w2c_wasi_delete(fixture.wasi);
    EXPECT("proc_raise(ABRT) = ?");
    fixture.wasi = NULL;
}

/* ---- where lines go ---- */

/* A line that nobody reads is lost: no signal ends the process, and the guest does not notice. */
static void test_nobody_reads(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture, (struct w2c_wasi_options){.stdin_fd = -1, .trace_fd = ends[1]});
    close(ends[0]);
    assert_int_equal(w2c_wasi_sched_yield(fixture.wasi), WASI_ESUCCESS);
    close(ends[1]);
}

/* ---- names ---- */

/* The lists are in the order of the numbers. */
static void test_errors_by_name(void **state) {
    (void)state;
    char text[64];
    static const struct {
        u32 number;
        const char *name;
    } errors[] = {
#define WASI_ERROR(name, number, host) {number, #name},
#define WASI_ERROR_OF_OURS(name, number) {number, #name},
#include "rt/wasi/errno.def"
#undef WASI_ERROR
#undef WASI_ERROR_OF_OURS
    };
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct w2c_message line = w2c_message_open(text, sizeof(text));
        w2c_trace_choice(&line, TRACE_NAMES_ERROR, errors[i].number);
        assert_string_equal(text, errors[i].name);
    }
    struct w2c_message line = w2c_message_open(text, sizeof(text));
    w2c_trace_choice(&line, TRACE_NAMES_ERROR, 77);
    assert_string_equal(text, "77");
}

/* A list that lacks a name would show every later one in the wrong place: the last of each is looked at. */
static void test_last_names(void **state) {
    (void)state;
    static const struct {
        enum trace_names names;
        u64 flag;
        const char *name;
    } flags[] = {
        {TRACE_NAMES_FDFLAGS, WASI_FDFLAG_SYNC, "SYNC"},
        {TRACE_NAMES_FSTFLAGS, WASI_FSTFLAG_MTIM_NOW, "MTIM_NOW"},
        {TRACE_NAMES_OFLAGS, WASI_OFLAG_TRUNC, "TRUNC"},
        {TRACE_NAMES_RIGHTS, WASI_RIGHT_SOCK_ACCEPT, "SOCK_ACCEPT"},
        {TRACE_NAMES_RIGHTS, WASI_RIGHT_PATH_FILESTAT_SET_SIZE, "PATH_FILESTAT_SET_SIZE"},
    };
    static const struct {
        enum trace_names names;
        u32 value;
        const char *name;
    } choices[] = {
        {TRACE_NAMES_CLOCK, WASI_CLOCK_THREAD_CPUTIME, "THREAD_CPUTIME"},
        {TRACE_NAMES_EVENTTYPE, WASI_EVENTTYPE_FD_WRITE, "FD_WRITE"},
        {TRACE_NAMES_FILETYPE, WASI_FILETYPE_SYMBOLIC_LINK, "SYMBOLIC_LINK"},
        {TRACE_NAMES_UNSTABLE_WHENCE, WASI_UNSTABLE_WHENCE_SET, "SET"},
        {TRACE_NAMES_WHENCE, WASI_WHENCE_END, "END"},
        {TRACE_NAMES_SIGNAL, 30, "SYS"},
        {TRACE_NAMES_ADVICE, 5, "NOREUSE"},
    };
    char text[64];
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct w2c_message line = w2c_message_open(text, sizeof(text));
        w2c_trace_flags(&line, flags[i].names, flags[i].flag);
        assert_string_equal(text, flags[i].name);
    }
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        struct w2c_message line = w2c_message_open(text, sizeof(text));
        w2c_trace_choice(&line, choices[i].names, choices[i].value);
        assert_string_equal(text, choices[i].name);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_open),
        TEST(test_vectors),
        TEST(test_many_vectors),
        TEST(test_results),
        TEST(test_readlink),
        TEST(test_poll),
        TEST(test_long_paths),
        TEST(test_bad_utf8),
        TEST(test_ends),
        TEST(test_nobody_reads),
        TEST(test_pointers_outside),
        cmocka_unit_test(test_errors_by_name),
        cmocka_unit_test(test_last_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
