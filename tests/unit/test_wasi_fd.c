/* Descriptors: numbers, rights, streams, reading and writing. */
#include "wasi_fixture.h"

#include <fcntl.h>
#include <signal.h>

static struct fixture fixture;

static int setup(void **state) {
    (void)state;
    fixture_make(&fixture, (struct w2c_wasi_options){0});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    return 0;
}

static u32 close_fd(u32 fd) {
    return w2c_wasi_fd_close(fixture.wasi, fd);
}

static u32 renumber(u32 from, u32 to) {
    return w2c_wasi_fd_renumber(fixture.wasi, from, to);
}

static bool is_open(u32 fd) {
    reset(&fixture);
    return w2c_wasi_fd_fdstat_get(fixture.wasi, fd, room(&fixture, WASI_FDSTAT_BYTES)) == WASI_ESUCCESS;
}

static u64 rights_of(u32 fd) {
    reset(&fixture);
    u32 stat = room(&fixture, WASI_FDSTAT_BYTES);
    assert_int_equal(w2c_wasi_fd_fdstat_get(fixture.wasi, fd, stat), WASI_ESUCCESS);
    return get_u64(&fixture, stat + WASI_FDSTAT_RIGHTS_BASE);
}

static u32 seek(u32 fd, s64 offset, u32 whence, u64 *position) {
    reset(&fixture);
    u32 result = room(&fixture, 8);
    u32 error = w2c_wasi_fd_seek(fixture.wasi, fd, (u64)offset, whence, result);
    *position = get_u64(&fixture, result);
    return error;
}

static u32 new_file(const char *name) {
    return open_or_fail(&fixture, name, WASI_OFLAG_CREAT, READING | WRITING);
}

/* ---- numbers ---- */

static void test_numbers(void **state) {
    (void)state;
    u32 a = new_file("a");
    u32 b = new_file("b");
    assert_int_equal(a, 5);
    assert_int_equal(b, 6);
    assert_int_equal(close_fd(a), WASI_ESUCCESS);
    assert_int_equal(close_fd(a), WASI_EBADF);
    assert_int_equal(new_file("c"), 5);
    assert_int_equal(close_fd(1), WASI_ESUCCESS);
    assert_false(is_open(1));
    assert_int_equal(new_file("d"), 7);  /* 1 is not handed out again */
    assert_true(fcntl(1, F_GETFD) >= 0); /* and the host's is open as before */
    assert_int_equal(close_fd(ROOT), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_prestat_get(fixture.wasi, ROOT, 0), WASI_EBADF);
    assert_int_equal(close_fd(UINT32_MAX), WASI_EBADF);
}

static void test_limit(void **state) {
    (void)state;
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture, (struct w2c_wasi_options){.descriptor_limit = 40});
    u32 fd;
    for (u32 i = 5; i < 40; i++) {
        assert_int_equal(open_path(&fixture, ROOT, ".", (struct opening){0}, &fd), WASI_ESUCCESS);
        assert_int_equal(fd, i);
    }
    int before = dup(0);
    close(before);
    assert_int_equal(open_path(&fixture, ROOT, ".", (struct opening){0}, &fd), WASI_EMFILE);
    int after = dup(0);
    close(after);
    assert_int_equal(before, after);
    assert_int_equal(close_fd(20), WASI_ESUCCESS);
    assert_int_equal(open_path(&fixture, ROOT, ".", (struct opening){0}, &fd), WASI_ESUCCESS);
    assert_int_equal(fd, 20);
}

static void test_renumber(void **state) {
    (void)state;
    u32 a = new_file("a");
    u32 b = new_file("b");
    assert_int_equal(renumber(a, a), WASI_ESUCCESS);
    assert_true(is_open(a));
    assert_int_equal(renumber(a, 30), WASI_EBADF);
    assert_int_equal(renumber(30, a), WASI_EBADF);
    assert_int_equal(renumber(a, UINT32_MAX), WASI_EBADF);
    assert_int_equal(renumber(30, 30), WASI_EBADF);
    assert_true(is_open(a));
    assert_int_equal(renumber(a, b), WASI_ESUCCESS);
    assert_false(is_open(a));
    assert_int_equal(write_text(&fixture, b, "x"), WASI_ESUCCESS);
    assert_int_equal(renumber(b, ROOT), WASI_ESUCCESS); /* a preopen is a descriptor like any other */
    assert_int_equal(w2c_wasi_fd_prestat_get(fixture.wasi, ROOT, 0), WASI_EBADF);
    assert_int_equal(renumber(0, 1), WASI_ESUCCESS);
    assert_false(is_open(0));
    assert_true(fcntl(0, F_GETFD) >= 0);
    assert_true(fcntl(1, F_GETFD) >= 0);
}

static void test_prestat(void **state) {
    (void)state;
    u32 prestat = room(&fixture, 8);
    assert_int_equal(w2c_wasi_fd_prestat_get(fixture.wasi, ROOT_READ_ONLY, prestat), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, prestat), 0);
    assert_int_equal(get_u32(&fixture, prestat + 4), 3);
    u32 name = room(&fixture, 8);
    assert_int_equal(w2c_wasi_fd_prestat_dir_name(fixture.wasi, ROOT_READ_ONLY, name, 2), WASI_ENAMETOOLONG);
    assert_int_equal(w2c_wasi_fd_prestat_dir_name(fixture.wasi, ROOT_READ_ONLY, name, 4), WASI_ESUCCESS);
    assert_memory_equal(fixture.memory.base + name, "/ro\xee", 4);
    assert_int_equal(w2c_wasi_fd_prestat_get(fixture.wasi, 0, prestat), WASI_EBADF);
    assert_int_equal(w2c_wasi_fd_prestat_get(fixture.wasi, 5, prestat), WASI_EBADF);
}

/* ---- rights ---- */

static void test_rights_shrink(void **state) {
    (void)state;
    u32 a = new_file("a");
    u64 rights = rights_of(a);
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, a, rights & ~(u64)WASI_RIGHT_FD_WRITE, 0),
                     WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, a, rights, 0), WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, a, (u64)1 << 40, 0), WASI_ENOTCAPABLE);
    assert_int_equal(write_text(&fixture, a, "x"), WASI_EBADF);
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, a, 0, 0), WASI_ESUCCESS);
    u64 position;
    assert_int_equal(seek(a, 0, WASI_WHENCE_SET, &position), WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_fd_filestat_get(fixture.wasi, a, 0), WASI_ENOTCAPABLE);
}

static void test_rights_descend(void **state) {
    (void)state;
    const u64 inherited = WASI_RIGHT_FD_READ | WASI_RIGHT_PATH_OPEN;
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, ROOT, WASI_RIGHT_PATH_OPEN, inherited), WASI_ESUCCESS);
    write_file(fixture.inside, "a", "text");
    reset(&fixture);
    u32 name = put(&fixture, "a", 1);
    u32 fd = room(&fixture, 4);
    assert_int_equal(w2c_wasi_path_open(fixture.wasi, ROOT, 0, name, 1, 0, WASI_RIGHT_FD_READ, 0, 0, fd),
                     WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_open(fixture.wasi, ROOT, 0, name, 1, 0, WASI_RIGHT_FD_WRITE, 0, 0, fd),
                     WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_path_open(fixture.wasi, ROOT, 0, name, 1, 0, 0, WASI_RIGHT_FD_WRITE, 0, fd),
                     WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_path_open(fixture.wasi, ROOT, 0, name, 1, WASI_OFLAG_CREAT, 0, 0, 0, fd),
                     WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_path_unlink_file(fixture.wasi, ROOT, name, 1), WASI_ENOTCAPABLE);
}

/* What moves or names a file twice needs its right on either side. */
static void test_rights_on_both_sides(void **state) {
    (void)state;
    write_file(fixture.inside, "a", "text");
    reset(&fixture);
    u32 name = put(&fixture, "ab", 2);
    const u64 all = rights_of(ROOT);
    u32 limited = open_or_fail(&fixture, ".", WASI_OFLAG_DIRECTORY, all);
    u64 rest = all & ~(u64)(WASI_RIGHT_PATH_RENAME_TARGET | WASI_RIGHT_PATH_LINK_TARGET);
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, limited, rest, 0), WASI_ESUCCESS);
    name = put(&fixture, "ab", 2);
    assert_int_equal(w2c_wasi_path_rename(fixture.wasi, ROOT, name, 1, limited, name + 1, 1), WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_path_link(fixture.wasi, ROOT, 0, name, 1, limited, name + 1, 1), WASI_ENOTCAPABLE);
    rest &= ~(u64)(WASI_RIGHT_PATH_RENAME_SOURCE | WASI_RIGHT_PATH_LINK_SOURCE);
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, limited, rest, 0), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_rename(fixture.wasi, limited, name, 1, ROOT, name + 1, 1), WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_path_link(fixture.wasi, limited, 0, name, 1, ROOT, name + 1, 1), WASI_ENOTCAPABLE);
    assert_int_equal(w2c_wasi_path_link(fixture.wasi, ROOT, 0, name, 1, ROOT, name + 1, 1), WASI_ESUCCESS);
}

static void test_flags_are_checked(void **state) {
    (void)state;
    u32 fd;
    assert_int_equal(open_path(&fixture, ROOT, ".", (struct opening){2, 0, 0, 0}, &fd), WASI_EINVAL);
    assert_int_equal(open_path(&fixture, ROOT, ".", (struct opening){0, 16, 0, 0}, &fd), WASI_EINVAL);
    assert_int_equal(open_path(&fixture, ROOT, ".", (struct opening){0, 0, 0, 32}, &fd), WASI_EINVAL);
    assert_int_equal(open_path(&fixture, ROOT, "a", (struct opening){0, 3, 0, 0}, &fd), WASI_EINVAL);
    u32 a = new_file("a");
    assert_int_equal(open_path(&fixture, a, "b", (struct opening){0}, &fd), WASI_ENOTDIR);
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, a, 32), WASI_EINVAL);
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, a, WASI_FDFLAG_SYNC), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_advise(fixture.wasi, a, 0, 0, 6), WASI_ENOTCAPABLE);
    u64 position;
    assert_int_equal(seek(a, 0, 3, &position), WASI_EINVAL);
    assert_int_equal(seek(a, -1, WASI_WHENCE_SET, &position), WASI_EINVAL);
}

/* ---- files ---- */

static void test_read_and_write(void **state) {
    (void)state;
    u32 a = new_file("a");
    char text[16];
    u64 position;
    assert_int_equal(write_text(&fixture, a, "hello world"), WASI_ESUCCESS);
    assert_int_equal(seek(a, 6, WASI_WHENCE_SET, &position), WASI_ESUCCESS);
    assert_int_equal(read_text(&fixture, a, text, 15), WASI_ESUCCESS);
    assert_string_equal(text, "world");
    assert_int_equal(read_text(&fixture, a, text, 15), WASI_ESUCCESS);
    assert_string_equal(text, ""); /* the end */
    assert_int_equal(seek(a, -5, WASI_WHENCE_END, &position), WASI_ESUCCESS);
    assert_int_equal(position, 6);
    reset(&fixture);
    u32 told = room(&fixture, 8);
    assert_int_equal(w2c_wasi_fd_tell(fixture.wasi, a, told), WASI_ESUCCESS);
    assert_int_equal(get_u64(&fixture, told), 6);
}

static void test_vectors(void **state) {
    (void)state;
    u32 a = new_file("a");
    u32 text = put(&fixture, "abcdef", 6);
    const u32 records[] = {text + 4, 2, text, 0, text, 3};
    u32 vectors = put(&fixture, records, sizeof(records));
    u32 count = room(&fixture, 4);
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, a, vectors, 3, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 5);
    assert_int_equal(w2c_wasi_fd_pread(fixture.wasi, a, vectors, 3, 1, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 4);
    assert_memory_equal(fixture.memory.base + text,
                        "bcc"
                        "dfa",
                        6);
    assert_int_equal(w2c_wasi_fd_pwrite(fixture.wasi, a, vectors, 1, 5, count), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_pread(fixture.wasi, a, vectors, 3, UINT64_MAX, count), WASI_EINVAL);
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, a, vectors, 0, count), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 0);
}

/* The count goes where data just went, the data where the vector was. */
static void test_overlaps(void **state) {
    (void)state;
    u32 a = new_file("a");
    u64 position;
    assert_int_equal(write_text(&fixture, a, "0123456789abcdef"), WASI_ESUCCESS);
    assert_int_equal(seek(a, 0, WASI_WHENCE_SET, &position), WASI_ESUCCESS);
    reset(&fixture);
    const u32 vector[2] = {0, 16};
    u32 at = put(&fixture, vector, sizeof(vector));
    assert_int_equal(w2c_wasi_fd_read(fixture.wasi, a, at, 1, at + 4), WASI_ESUCCESS);
    assert_memory_equal(fixture.memory.base, "0123", 4);
    assert_int_equal(get_u32(&fixture, 4), 16);
    assert_memory_equal(fixture.memory.base + 8, "89abcdef", 8);
}

/* A wrong pointer for the result: nothing has happened. */
static void test_no_effect_without_room(void **state) {
    (void)state;
    u32 a = new_file("a");
    reset(&fixture);
    u32 text = put(&fixture, "abc", 3);
    u32 vector = put_vector(&fixture, text, 3);
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, a, vector, 1, MEMORY_BYTES - 3), WASI_EFAULT);
    u64 position;
    assert_int_equal(seek(a, 0, WASI_WHENCE_END, &position), WASI_ESUCCESS);
    assert_int_equal(position, 0);
    reset(&fixture);
    u32 name = put(&fixture, "new", 3);
    assert_int_equal(w2c_wasi_path_open(fixture.wasi, ROOT, 0, name, 3, WASI_OFLAG_CREAT, 0, 0, 0, MEMORY_BYTES),
                     WASI_EFAULT);
    assert_int_equal(try_open(&fixture, "new"), WASI_ENOENT);
}

static void test_append(void **state) {
    (void)state;
    u32 fd;
    struct opening how = {0, WASI_OFLAG_CREAT, READING | WRITING, WASI_FDFLAG_APPEND};
    assert_int_equal(open_path(&fixture, ROOT, "a", how, &fd), WASI_ESUCCESS);
    u64 position;
    char text[8];
    assert_int_equal(write_text(&fixture, fd, "ab"), WASI_ESUCCESS);
    assert_int_equal(seek(fd, 0, WASI_WHENCE_SET, &position), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, fd, "cd"), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, fd, 0), WASI_ESUCCESS);
    assert_int_equal(seek(fd, 0, WASI_WHENCE_SET, &position), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, fd, "x"), WASI_ESUCCESS);
    assert_int_equal(seek(fd, 0, WASI_WHENCE_SET, &position), WASI_ESUCCESS);
    assert_int_equal(read_text(&fixture, fd, text, 7), WASI_ESUCCESS);
    assert_string_equal(text, "xbcd");
}

static void test_size_and_times(void **state) {
    (void)state;
    u32 a = new_file("a");
    assert_int_equal(w2c_wasi_fd_filestat_set_size(fixture.wasi, a, 100), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_filestat_set_size(fixture.wasi, a, UINT64_MAX), WASI_EINVAL);
    assert_int_equal(w2c_wasi_fd_allocate(fixture.wasi, a, UINT64_MAX, 1), WASI_EINVAL);
    assert_int_equal(w2c_wasi_fd_allocate(fixture.wasi, a, 0, 0), WASI_EINVAL);
    assert_int_equal(w2c_wasi_fd_filestat_set_times(fixture.wasi, a, 5000000001, 7, WASI_FSTFLAG_ATIM), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_filestat_set_times(fixture.wasi, a, 0, 0, 16), WASI_EINVAL);
    assert_int_equal(w2c_wasi_fd_filestat_set_times(fixture.wasi, a, 0, 0, 3), WASI_EINVAL);
    u32 stat = room(&fixture, WASI_FILESTAT_BYTES);
    assert_int_equal(w2c_wasi_fd_filestat_get(fixture.wasi, a, stat), WASI_ESUCCESS);
    assert_int_equal(get_u64(&fixture, stat + WASI_FILESTAT_SIZE), 100);
    assert_int_equal(get_u64(&fixture, stat + WASI_FILESTAT_ATIM), 5000000001);
    assert_true(get_u64(&fixture, stat + WASI_FILESTAT_MTIM) > 5000000001);
    assert_int_equal(fixture.memory.base[stat + WASI_FILESTAT_FILETYPE], WASI_FILETYPE_REGULAR_FILE);
    assert_int_equal(get_u64(&fixture, stat + WASI_FILESTAT_NLINK), 1);
    u32 b = open_or_fail(&fixture, "a", 0, WASI_RIGHT_FD_READ | WASI_RIGHT_FD_ADVISE);
    assert_int_equal(w2c_wasi_fd_advise(fixture.wasi, b, 10, 50, 3), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_advise(fixture.wasi, b, 0, 0, 6), WASI_EINVAL);
    assert_int_equal(w2c_wasi_fd_advise(fixture.wasi, b, UINT64_MAX, 0, 0), WASI_EINVAL);
    assert_int_equal(w2c_wasi_fd_sync(fixture.wasi, a), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_datasync(fixture.wasi, a), WASI_ESUCCESS);
}

/* ---- streams ---- */

static void open_with_streams(int in, int out) {
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture, (struct w2c_wasi_options){.stdin_fd = in, .stdout_fd = out, .stderr_fd = -1});
}

static void test_streams(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    open_with_streams(ends[0], ends[1]);
    char text[8];
    u64 position;
    assert_false(is_open(2));
    assert_int_equal(write_text(&fixture, 1, "hello"), WASI_ESUCCESS);
    assert_int_equal(read_text(&fixture, 0, text, 7), WASI_ESUCCESS);
    assert_string_equal(text, "hello");
    assert_int_equal(read_text(&fixture, 1, text, 7), WASI_EBADF);
    assert_int_equal(write_text(&fixture, 0, "x"), WASI_EBADF);
    assert_int_equal(seek(0, 0, WASI_WHENCE_CUR, &position), WASI_ESPIPE);
    assert_int_equal(w2c_wasi_fd_filestat_set_size(fixture.wasi, 1, 0), WASI_ENOTCAPABLE);
    assert_int_equal(new_file("a"), 5);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, 1, 1), WASI_ENOTSOCK);
    assert_int_equal(w2c_wasi_sock_shutdown(fixture.wasi, 2, 1), WASI_EBADF);
    close(ends[0]);
    close(ends[1]);
}

/* FDFLAGS_NONBLOCK on a stream works, and the host's descriptor does not know of it. */
static void test_nonblocking_stream(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    open_with_streams(ends[0], ends[1]);
    char text[8];
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, 0, WASI_FDFLAG_NONBLOCK), WASI_ESUCCESS);
    assert_int_equal(read_text(&fixture, 0, text, 7), WASI_EAGAIN);
    assert_int_equal(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(write_text(&fixture, 1, "x"), WASI_ESUCCESS);
    assert_int_equal(read_text(&fixture, 0, text, 7), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, 0, WASI_FDFLAG_APPEND), WASI_ENOTSUP);
    close(ends[0]);
    close(ends[1]);
}

/* A stream that others made non-blocking blocks all the same: here until a child has written. */
static void test_host_nonblocking_stream(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    open_with_streams(ends[0], ends[1]);
    if (fork() == 0) {
        usleep(20000);
        _exit(write(ends[1], "late", 4) == 4 ? 0 : 1);
    }
    char text[8];
    assert_int_equal(read_text(&fixture, 0, text, 7), WASI_ESUCCESS);
    assert_string_equal(text, "late");
    close(ends[0]);
    close(ends[1]);
}

static volatile sig_atomic_t signals_seen;

static void count_signal(int number) {
    (void)number;
    signals_seen++;
}

static void test_broken_pipe(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    open_with_streams(-1, ends[1]);
    close(ends[0]);
    struct sigaction before;
    const struct sigaction counting = {.sa_handler = count_signal};
    assert_int_equal(sigaction(SIGPIPE, &counting, &before), 0);
    signals_seen = 0;
    assert_int_equal(write_text(&fixture, 1, "x"), WASI_EPIPE);
    assert_int_equal(write_text(&fixture, 1, "x"), WASI_EPIPE);
    assert_int_equal(signals_seen, 0);
    sigset_t blocked;
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &blocked), 0);
    assert_false(sigismember(&blocked, SIGPIPE));
    raise(SIGPIPE); /* somebody else's still arrives */
    assert_int_equal(signals_seen, 1);
    sigaction(SIGPIPE, &before, NULL);
    close(ends[1]);
}

/* Streams that are closed at the start stay closed, even when the host's number is used again. */
static void test_closed_streams(void **state) {
    (void)state;
    int free_number = dup(0);
    close(free_number);
    open_with_streams(free_number, free_number);
    new_file("a");
    new_file("b");
    assert_false(is_open(0));
    assert_false(is_open(1));
}

static void test_directory_as_stream(void **state) {
    (void)state;
    int directory = open(fixture.outside, O_RDONLY | O_DIRECTORY);
    open_with_streams(directory, -1);
    u32 fd;
    assert_int_equal(rights_of(0), 0);
    assert_int_equal(open_path(&fixture, 0, "secret", (struct opening){0, 0, 0, 0}, &fd), WASI_ENOTCAPABLE);
    close(directory);
}

/* ---- arguments, clocks, random ---- */

static void test_arguments(void **state) {
    (void)state;
    const char *const arguments[] = {"prog", "", "two words"};
    const char *const environment[] = {"A=1", "B="};
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture,
                 (struct w2c_wasi_options){
                     .argument_count = 3, .arguments = arguments, .environment_count = 2, .environment = environment});
    u32 count = room(&fixture, 4);
    u32 size = room(&fixture, 4);
    assert_int_equal(w2c_wasi_args_sizes_get(fixture.wasi, count, size), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, count), 3);
    assert_int_equal(get_u32(&fixture, size), 16);
    u32 pointers = room(&fixture, 12);
    u32 text = room(&fixture, 16);
    assert_int_equal(w2c_wasi_args_get(fixture.wasi, pointers, text), WASI_ESUCCESS);
    assert_memory_equal(fixture.memory.base + text, "prog\0\0two words", 16);
    assert_int_equal(get_u32(&fixture, pointers + 8), text + 6);
    assert_int_equal(w2c_wasi_environ_sizes_get(fixture.wasi, count, size), WASI_ESUCCESS);
    assert_int_equal(get_u32(&fixture, size), 7);
    assert_int_equal(w2c_wasi_args_get(fixture.wasi, MEMORY_BYTES - 11, text), WASI_EFAULT);
    assert_int_equal(w2c_wasi_args_get(fixture.wasi, pointers, MEMORY_BYTES - 15), WASI_EFAULT);
    assert_int_equal(w2c_wasi_args_get(fixture.wasi, MEMORY_BYTES - 12, MEMORY_BYTES - 16), WASI_ESUCCESS);
}

static void test_clocks(void **state) {
    (void)state;
    u32 time = room(&fixture, 8);
    for (u32 id = 0; id < 4; id++) {
        assert_int_equal(w2c_wasi_clock_time_get(fixture.wasi, id, 0, time), WASI_ESUCCESS);
        assert_true(get_u64(&fixture, time) > 0);
        assert_int_equal(w2c_wasi_clock_res_get(fixture.wasi, id, time), WASI_ESUCCESS);
        assert_true(get_u64(&fixture, time) > 0);
    }
    assert_int_equal(w2c_wasi_clock_time_get(fixture.wasi, 4, 0, time), WASI_EINVAL);
    assert_int_equal(w2c_wasi_clock_res_get(fixture.wasi, UINT32_MAX, time), WASI_EINVAL);
}

static void test_random(void **state) {
    (void)state;
    static const u8 zeros[MEMORY_BYTES];
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, 0, MEMORY_BYTES), WASI_ESUCCESS);
    assert_true(memcmp(fixture.memory.base + MEMORY_BYTES - 64, zeros, 64) != 0);
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, 0, MEMORY_BYTES + 1), WASI_EFAULT);
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, 16, UINT32_MAX), WASI_EFAULT);
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, MEMORY_BYTES, 0), WASI_ESUCCESS);
}

/* More than the kernel gives at once: every part is filled. */
static void test_much_random(void **state) {
    (void)state;
    enum { BYTES = 48 << 20, STEP = 1 << 16 };
    static const u8 zeros[64];
    struct w2c_memory large = {.base = calloc(1, BYTES), .size_bytes = BYTES};
    assert_non_null(large.base);
    w2c_wasi_set_memory(fixture.wasi, &large);
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, 0, BYTES), WASI_ESUCCESS);
    for (size_t at = 0; at < BYTES; at += STEP) {
        assert_true(memcmp(large.base + at + STEP - 64, zeros, 64) != 0);
    }
    w2c_wasi_set_memory(fixture.wasi, &fixture.memory);
    free(large.base);
}

static void test_no_memory(void **state) {
    (void)state;
    w2c_wasi_set_memory(fixture.wasi, NULL);
    assert_int_equal(w2c_wasi_args_sizes_get(fixture.wasi, 0, 0), WASI_EFAULT);
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, 1, 0, 0, 0), WASI_EFAULT);
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, 0, 0), WASI_EFAULT);
    assert_int_equal(w2c_wasi_sched_yield(fixture.wasi), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, ROOT), WASI_ESUCCESS);
}

static void test_find(void **state) {
    (void)state;
    const struct w2c_wasi_function *function = w2c_wasi_find("wasi_snapshot_preview1", 22, "fd_writeX", 8);
    assert_non_null(function);
    assert_string_equal(function->name, "fd_write");
    assert_string_equal(function->signature, "iiii:i");
    assert_ptr_equal(function->code, (w2c_code)w2c_wasi_fd_write);
    assert_null(w2c_wasi_find("wasi_snapshot_preview1", 22, "fd_writ", 7));
    assert_null(w2c_wasi_find("wasi_snapshot_preview1", 22, "fd_writeX", 9));
}

static void test_missing_directory(void **state) {
    (void)state;
    const struct w2c_wasi_preopen preopen = {"/nonexistent-directory", "/", false};
    char message[128];
    assert_null(
        w2c_wasi_new(&(struct w2c_wasi_options){.preopens = &preopen, .preopen_count = 1}, message, sizeof(message)));
    assert_string_equal(
        message, "cannot open the directory \"/nonexistent-directory\" for the guest: No such file or directory");
}

static void exit_guest(void *wasi) {
    w2c_wasi_proc_exit(wasi, 7);
}

static void abort_guest(void *wasi) {
    w2c_wasi_proc_raise(wasi, 6);
}

static void test_ending(void **state) {
    (void)state;
    struct w2c_error error;
    assert_int_equal(w2c_try(exit_guest, fixture.wasi, &error), W2C_TRAP_EXIT);
    assert_int_equal(error.exit_code, 7);
    assert_int_equal(w2c_try(abort_guest, fixture.wasi, &error), W2C_TRAP_EXIT);
    assert_int_equal(error.exit_code, 134);
    assert_int_equal(w2c_wasi_proc_raise(fixture.wasi, 0), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_proc_raise(fixture.wasi, 31), WASI_EINVAL);
    assert_int_equal(w2c_wasi_proc_raise(fixture.wasi, 18), WASI_ENOTSUP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_numbers),
        TEST(test_limit),
        TEST(test_renumber),
        TEST(test_prestat),
        TEST(test_rights_shrink),
        TEST(test_rights_descend),
        TEST(test_rights_on_both_sides),
        TEST(test_flags_are_checked),
        TEST(test_read_and_write),
        TEST(test_vectors),
        TEST(test_overlaps),
        TEST(test_no_effect_without_room),
        TEST(test_append),
        TEST(test_size_and_times),
        TEST(test_streams),
        TEST(test_nonblocking_stream),
        TEST(test_host_nonblocking_stream),
        TEST(test_broken_pipe),
        TEST(test_closed_streams),
        TEST(test_directory_as_stream),
        TEST(test_arguments),
        TEST(test_clocks),
        TEST(test_random),
        TEST(test_much_random),
        TEST(test_no_memory),
        TEST(test_find),
        TEST(test_missing_directory),
        TEST(test_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
