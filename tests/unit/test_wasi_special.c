/* What is not a plain file: FIFOs, terminals, procfs. Each is tried with both resolvers. */
#include "wasi_fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct fixture fixture;

static int setup(void **state) {
    const bool *is_walk = *state;
    fixture_make(&fixture, (struct w2c_wasi_options){.force_path_walk = *is_walk});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    return 0;
}

static u32 look(u32 lookup, const char *path) {
    reset(&fixture);
    u32 text = put(&fixture, path, strlen(path));
    return w2c_wasi_path_filestat_get(fixture.wasi, ROOT, lookup, text, (u32)strlen(path), room(&fixture, 64));
}

static u32 touch(u32 fd, u32 lookup, const char *path) {
    reset(&fixture);
    u32 text = put(&fixture, path, strlen(path));
    return w2c_wasi_path_filestat_set_times(fixture.wasi, fd, lookup, text, (u32)strlen(path), 1, 1,
                                            WASI_FSTFLAG_ATIM | WASI_FSTFLAG_MTIM);
}

static void test_fifo_does_not_block(void **state) {
    (void)state;
    char path[128];
    snprintf(path, sizeof(path), "%s/fifo", fixture.inside);
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_int_equal(look(0, "fifo"), WASI_ESUCCESS);
    assert_int_equal(touch(ROOT, WASI_LOOKUP_SYMLINK_FOLLOW, "fifo"), WASI_ESUCCESS);
    u32 fd;
    assert_int_equal(open_path(&fixture, ROOT, "fifo", (struct opening){0, 0, WRITING, 0}, &fd), WASI_ENXIO);
    u32 reader = open_or_fail(&fixture, "fifo", 0, READING);
    u32 writer = open_or_fail(&fixture, "fifo", 0, WRITING);
    u32 stat = room(&fixture, WASI_FDSTAT_BYTES);
    assert_int_equal(w2c_wasi_fd_fdstat_get(fixture.wasi, reader, stat), WASI_ESUCCESS);
    assert_int_equal(get_u16(&fixture, stat + WASI_FDSTAT_FLAGS), 0);
    char text[8];
    assert_int_equal(write_text(&fixture, writer, "hello"), WASI_ESUCCESS);
    assert_int_equal(read_text(&fixture, reader, text, 5), WASI_ESUCCESS);
    assert_string_equal(text, "hello");
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, reader), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, writer, "hello"), WASI_EPIPE);
}

/* In a process without a controlling terminal, opening one must not make it that. */
static int open_terminal_in_own_session(const char *name) {
    if (setsid() < 0 || open("/dev/tty", O_RDONLY | O_NOCTTY) >= 0) {
        return 1;
    }
    u32 fd;
    if (open_path(&fixture, 3, name, (struct opening){0, 0, READING, 0}, &fd) != WASI_ESUCCESS) {
        return 2;
    }
    return open("/dev/tty", O_RDONLY | O_NOCTTY) >= 0 ? 3 : 0;
}

static void test_terminal_is_not_taken(void **state) {
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) {
        print_message("SKIPPED: no pseudo-terminals\n");
        skip();
    }
    const char *name = ptsname(terminal);
    assert_int_equal(strncmp(name, "/dev/pts/", 9), 0);
    const struct w2c_wasi_preopen preopen = {"/dev/pts", "/", false};
    const struct w2c_wasi_options options = {
        .preopens = &preopen, .preopen_count = 1, .force_path_walk = *(bool *)*state};
    struct w2c_wasi *own = fixture.wasi;
    fixture.wasi = w2c_wasi_new(&options, NULL, 0);
    w2c_wasi_set_memory(fixture.wasi, &fixture.memory);
    pid_t child = fork();
    if (child == 0) {
        _exit(open_terminal_in_own_session(name + 9));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    w2c_wasi_delete(fixture.wasi);
    fixture.wasi = own;
    close(terminal);
}

/* procfs: links that are no text, and the memory of this process. */
static int first_free_number(void) {
    int number = dup(0);
    close(number);
    return number;
}

static void test_procfs(void **state) {
    (void)state;
    struct stat status;
    if (stat("/proc/self/fd", &status) != 0) {
        skip();
    }
    bool is_walk = *(bool *)*state;
    const struct w2c_wasi_preopen preopens[] = {{"/", "/", false}, {"/proc", "/proc", false}};
    const struct w2c_wasi_options options = {.preopens = preopens, .preopen_count = 2, .force_path_walk = is_walk};
    struct w2c_wasi *own = fixture.wasi;
    fixture.wasi = w2c_wasi_new(&options, NULL, 0);
    w2c_wasi_set_memory(fixture.wasi, &fixture.memory);
    static const char *const magic[] = {"proc/self/root/etc/passwd", "proc/self/cwd/", "proc/thread-self/root/"};
    for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++) {
        u32 error = try_open(&fixture, magic[i]);
        assert_true(error == WASI_ELOOP || error == WASI_ENOTCAPABLE);
    }
    char own_fd[64];
    int host = open(fixture.outside, O_RDONLY | O_DIRECTORY);
    snprintf(own_fd, sizeof(own_fd), "proc/self/fd/%d/secret", host);
    u32 error = try_open(&fixture, own_fd);
    assert_true(error == WASI_ELOOP || error == WASI_ENOTCAPABLE);
    close(host);
    u32 fd;
    const struct opening reading = {0, 0, READING, 0};
    const struct opening writing = {0, 0, WRITING, 0};
    assert_int_equal(open_path(&fixture, 3, "proc/self", reading, &fd), WASI_ELOOP);
    char path[64];
    snprintf(path, sizeof(path), "proc/%d/mem", (int)getpid());
    int before = first_free_number();
    assert_int_equal(open_path(&fixture, 3, path, reading, &fd), WASI_EACCES);
    assert_int_equal(open_path(&fixture, 3, path, writing, &fd), WASI_EACCES);
    assert_int_equal(open_path(&fixture, 4, path + 5, writing, &fd), WASI_EACCES);
    assert_int_equal(first_free_number(), before); /* what was refused is closed */
    assert_int_equal(open_path(&fixture, 4, "uptime", reading, &fd), WASI_ESUCCESS);
    w2c_wasi_delete(fixture.wasi);
    fixture.wasi = own;
}

/* A second procfs, as the root directories of containers have, where this process has a mount namespace to itself. */
static int open_second_procfs(bool is_walk) {
    char path[128];
    snprintf(path, sizeof(path), "%s/proc", fixture.inside);
    if (mkdir(path, 0777) != 0 || unshare(CLONE_NEWNS) != 0 || mount("/", "/", NULL, MS_PRIVATE | MS_REC, NULL) != 0 ||
        mount("proc", path, "proc", 0, NULL) != 0) {
        return 77;
    }
    w2c_wasi_delete(fixture.wasi); /* its preopens are from before, and do not see the mount */
    fixture_open(&fixture, (struct w2c_wasi_options){.force_path_walk = is_walk});
    u32 fd;
    char text[64];
    const struct opening reading = {0, 0, READING, 0};
    const struct opening writing = {0, 0, WRITING, 0};
    snprintf(text, sizeof(text), "proc/%d/mem", (int)getpid());
    bool is_shut = open_path(&fixture, ROOT, text, reading, &fd) == WASI_EACCES &&
                   open_path(&fixture, ROOT, text, writing, &fd) == WASI_EACCES &&
                   open_path(&fixture, ROOT, "proc/uptime", reading, &fd) == WASI_EACCES &&
                   open_path(&fixture, ROOT, ".", reading, &fd) == WASI_ESUCCESS;
    umount(path);
    return is_shut ? 0 : 1;
}

static void test_second_procfs(void **state) {
    pid_t child = fork();
    if (child == 0) {
        _exit(open_second_procfs(*(bool *)*state));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("SKIPPED: only root may mount another procfs\n");
        skip();
    }
    assert_int_equal(status, 0);
}

/* A guest that writes past the process's limit for files, in each way: an error, and no SIGXFSZ that ends the process.
 */
static int exceed_file_size(void) {
    const struct rlimit small = {1000, 1000};
    setrlimit(RLIMIT_FSIZE, &small);
    const u64 rights = WRITING | WASI_RIGHT_FD_ALLOCATE;
    u32 file = open_or_fail(&fixture, "large", WASI_OFLAG_CREAT, rights);
    u32 result = room(&fixture, 8);
    bool is_told = w2c_wasi_fd_seek(fixture.wasi, file, 1000, WASI_WHENCE_SET, result) == WASI_ESUCCESS &&
                   write_text(&fixture, file, "x") == WASI_EFBIG &&
                   w2c_wasi_fd_filestat_set_size(fixture.wasi, file, 1001) == WASI_EFBIG &&
                   w2c_wasi_fd_allocate(fixture.wasi, file, 0, 1001) == WASI_EFBIG &&
                   w2c_wasi_fd_filestat_set_size(fixture.wasi, file, 1000) == WASI_ESUCCESS;
    sigset_t waiting;
    sigset_t blocked;
    sigpending(&waiting);
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    return is_told && !sigismember(&waiting, SIGXFSZ) && !sigismember(&blocked, SIGXFSZ) ? 0 : 1;
}

static void test_file_size_limit(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        _exit(exceed_file_size());
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int run(const char *name, bool is_walk) {
    const struct {
        const char *name;
        CMUnitTestFunction test;
    } list[] = {
        {"FIFO does not block", test_fifo_does_not_block},
        {"terminal is not taken", test_terminal_is_not_taken},
        {"procfs", test_procfs},
        {"second procfs", test_second_procfs},
        {"file size limit", test_file_size_limit},
    };
    enum { COUNT = sizeof(list) / sizeof(list[0]) };
    struct CMUnitTest tests[COUNT];
    char names[COUNT][64];
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "%s: %s", name, list[i].name);
        tests[i] = (struct CMUnitTest){names[i], list[i].test, setup, teardown, &is_walk};
    }
    return _cmocka_run_group_tests(name, tests, COUNT, NULL, NULL);
}

int main(void) {
    int failed = run("kernel", false);
    return failed + run("walk", true);
}
