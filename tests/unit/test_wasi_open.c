/* path_open and the flags of what it opened: a call that fails has done nothing, both ways to resolve a path say the
 * same, and flags can be changed later. */
#include "wasi_fixture.h"

static struct fixture fixture;
static bool by_kernel = false;
static bool by_walk = true;

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

static bool exists(const char *name) {
    char path[256];
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", fixture.inside, name);
    return lstat(path, &status) == 0;
}

static off_t size_of(const char *name) {
    char path[256];
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", fixture.inside, name);
    return lstat(path, &status) == 0 ? status.st_size : -1;
}

/* With every number taken, and with no room for the answer. */
static void test_failure_changes_nothing(void **state) {
    (void)state;
    u32 fd;
    write_file(fixture.inside, "full", "content");
    const struct opening making = {0, WASI_OFLAG_CREAT, WRITING, 0};
    const struct opening cutting = {0, WASI_OFLAG_TRUNC, WRITING, 0};
    u32 name = put(&fixture, "new", 3);
    assert_int_equal(
        w2c_wasi_path_open(fixture.wasi, ROOT, 0, name, 3, WASI_OFLAG_CREAT, WRITING, 0, 0, MEMORY_BYTES - 3),
        WASI_EFAULT);
    assert_false(exists("new"));
    while (open_path(&fixture, ROOT, ".", (struct opening){0}, &fd) == WASI_ESUCCESS) {
    }
    assert_int_equal(open_path(&fixture, ROOT, "new", making, &fd), WASI_EMFILE);
    assert_false(exists("new"));
    assert_int_equal(open_path(&fixture, ROOT, "full", cutting, &fd), WASI_EMFILE);
    assert_int_equal(size_of("full"), 7);
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, 10), WASI_ESUCCESS);
    assert_int_equal(open_path(&fixture, ROOT, "full", cutting, &fd), WASI_ESUCCESS);
    assert_int_equal(fd, 10);
    assert_int_equal(size_of("full"), 0);
}

/* Growing the table moves the entry of the directory that the path starts from. */
static void test_many_from_one_directory(void **state) {
    (void)state;
    u32 fd;
    char name[16];
    for (u32 i = 5; i < 300; i++) {
        snprintf(name, sizeof(name), "file%u", i);
        const struct opening how = {0, WASI_OFLAG_CREAT | WASI_OFLAG_EXCL, WRITING, 0};
        assert_int_equal(open_path(&fixture, ROOT, name, how, &fd), WASI_ESUCCESS);
        assert_int_equal(fd, i);
    }
    assert_true(exists("file299"));
}

/* A name for a directory cannot be the name of a new file, whatever is there. */
static void test_creating_with_a_slash(void **state) {
    (void)state;
    u32 fd;
    write_file(fixture.inside, "file", "");
    char path[256];
    snprintf(path, sizeof(path), "%s/directory", fixture.inside);
    assert_int_equal(mkdir(path, 0777), 0);
    snprintf(path, sizeof(path), "%s/link", fixture.inside);
    assert_int_equal(symlink("elsewhere", path), 0);
    snprintf(path, sizeof(path), "%s/slash", fixture.inside);
    assert_int_equal(symlink("elsewhere/", path), 0);
    static const struct {
        const char *path;
        u32 oflags;
        u32 error;
    } cases[] = {
        {"new/", WASI_OFLAG_CREAT, WASI_EISDIR},
        {"new//", WASI_OFLAG_CREAT, WASI_EISDIR},
        {"new/", WASI_OFLAG_CREAT | WASI_OFLAG_EXCL, WASI_EISDIR},
        {"file/", WASI_OFLAG_CREAT, WASI_EISDIR},
        {"directory/", WASI_OFLAG_CREAT, WASI_EISDIR},
        {"directory/new/", WASI_OFLAG_CREAT, WASI_EISDIR},
        {"missing/new/", WASI_OFLAG_CREAT, WASI_ENOENT},
        {"file/new/", WASI_OFLAG_CREAT, WASI_ENOTDIR},
        {"link/", WASI_OFLAG_CREAT, WASI_EISDIR},
        {"slash", WASI_OFLAG_CREAT, WASI_EISDIR},
        {"directory/.", WASI_OFLAG_CREAT, WASI_EISDIR},
        {".", WASI_OFLAG_CREAT | WASI_OFLAG_EXCL, WASI_EEXIST},
        {"file/", 0, WASI_ENOTDIR},
        {"new/", 0, WASI_ENOENT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct opening how = {WASI_LOOKUP_SYMLINK_FOLLOW, cases[i].oflags, WASI_RIGHT_FD_READ, 0};
        u32 error = open_path(&fixture, ROOT, cases[i].path, how, &fd);
        if (error != cases[i].error) {
            print_error("%s: %u, not %u\n", cases[i].path, error, cases[i].error);
        }
        assert_int_equal(error, cases[i].error);
    }
    assert_false(exists("new"));
    assert_false(exists("elsewhere"));
}

static u16 flags_of(u32 fd) {
    u32 start = fixture.used;
    u32 at = room(&fixture, WASI_FDSTAT_BYTES);
    assert_int_equal(w2c_wasi_fd_fdstat_get(fixture.wasi, fd, at), WASI_ESUCCESS);
    fixture.used = start;
    return get_u16(&fixture, at + WASI_FDSTAT_FLAGS);
}

/* Every combination can be asked for, at opening and later, and is what fdstat says. (That the bytes are on the disk
 * then, no test can see; strace shows an fsync or fdatasync behind each write.) */
static void test_flags_of_synchronisation(void **state) {
    (void)state;
    static const u32 sets[] = {WASI_FDFLAG_DSYNC, WASI_FDFLAG_SYNC, WASI_FDFLAG_RSYNC, WASI_FDFLAGS_SYNC,
                               WASI_FDFLAG_APPEND | WASI_FDFLAG_SYNC};
    u32 plain = open_or_fail(&fixture, "a", WASI_OFLAG_CREAT, READING | WRITING);
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        u32 fd;
        const struct opening how = {0, 0, READING | WRITING, sets[i]};
        assert_int_equal(open_path(&fixture, ROOT, "a", how, &fd), WASI_ESUCCESS);
        assert_int_equal(flags_of(fd), sets[i]);
        assert_int_equal(write_text(&fixture, fd, "x"), WASI_ESUCCESS);
        assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, fd, 0), WASI_ESUCCESS);
        assert_int_equal(flags_of(fd), 0);
        assert_int_equal(write_text(&fixture, fd, "x"), WASI_ESUCCESS);
        assert_int_equal(w2c_wasi_fd_close(fixture.wasi, fd), WASI_ESUCCESS);
        assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, plain, sets[i]), WASI_ESUCCESS);
        assert_int_equal(flags_of(plain), sets[i]);
        assert_int_equal(write_text(&fixture, plain, "x"), WASI_ESUCCESS);
    }
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, plain, 32), WASI_EINVAL);
}

/* On what has no disk behind it, to be synchronised is no error. */
static void test_synchronised_streams(void **state) {
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    w2c_wasi_delete(fixture.wasi);
    fixture_open(&fixture, (struct w2c_wasi_options){.stdout_fd = ends[1]});
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, 1, WASI_FDFLAG_SYNC), WASI_ESUCCESS);
    assert_int_equal(write_text(&fixture, 1, "x"), WASI_ESUCCESS);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(w2c_wasi_fd_fdstat_set_flags(fixture.wasi, 1, WASI_FDFLAG_APPEND), WASI_ENOTSUP);
    close(ends[0]);
    close(ends[1]);
}

#define BOTH(text, function)                                                                                           \
    {"kernel: " text, function, setup, teardown, &by_kernel}, {                                                        \
        "walk: " text, function, setup, teardown, &by_walk                                                             \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH("failure changes nothing", test_failure_changes_nothing),
        BOTH("many from one directory", test_many_from_one_directory),
        BOTH("creating with a slash", test_creating_with_a_slash),
        BOTH("flags of synchronisation", test_flags_of_synchronisation),
        BOTH("synchronised streams", test_synchronised_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
