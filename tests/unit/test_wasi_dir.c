/* fd_readdir: every entry once, with any buffer and from any cookie. */
#include "wasi_fixture.h"

static struct fixture fixture;

enum { FILES = 2000, LONGEST = 255 };

static void make_files(int count) {
    char name[32];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "file-%d", i);
        write_file(fixture.inside, name, "");
    }
}

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

/* An entry as the guest sees it. */
struct seen {
    u64 next;
    u64 ino;
    u8 type;
    char name[LONGEST + 1];
};

static u32 read_directory(u32 fd, u32 buffer, u32 size, u64 cookie, u32 *used) {
    u32 result = buffer + size;
    u32 error = w2c_wasi_fd_readdir(fixture.wasi, fd, buffer, size, cookie, result);
    *used = get_u32(&fixture, result);
    return error;
}

/* The entry at `at` of a buffer, if it is there whole. */
static bool take(u32 buffer, u32 used, u32 *at, struct seen *seen) {
    if (used - *at < WASI_DIRENT_BYTES) {
        return false;
    }
    u32 record = buffer + *at;
    u32 length = get_u32(&fixture, record + WASI_DIRENT_NAME_SIZE);
    assert_true(length <= LONGEST);
    if (used - *at - WASI_DIRENT_BYTES < length) {
        return false;
    }
    seen->next = get_u64(&fixture, record);
    seen->ino = get_u64(&fixture, record + WASI_DIRENT_INO);
    seen->type = fixture.memory.base[record + WASI_DIRENT_TYPE];
    memcpy(seen->name, fixture.memory.base + record + WASI_DIRENT_BYTES, length);
    seen->name[length] = 0;
    *at += WASI_DIRENT_BYTES + length;
    return true;
}

typedef void visitor(const struct seen *seen);
static int visited;
static bool was_seen[FILES];

static void visit_once(const struct seen *seen) {
    visited++;
    if (strncmp(seen->name, "file-", 5) == 0) {
        int number = atoi(seen->name + 5);
        assert_false(was_seen[number]);
        was_seen[number] = true;
        assert_int_equal(seen->type, WASI_FILETYPE_REGULAR_FILE);
    }
}

/* Reads the whole directory as wasi-libc does, in buffers of `size`; entries that are cut off are read again. */
static void read_all(u32 fd, u32 size, visitor *visit) {
    u64 cookie = 0;
    u32 used = size;
    visited = 0;
    memset(was_seen, 0, sizeof(was_seen));
    while (used == size) {
        assert_int_equal(read_directory(fd, 1, size, cookie, &used), WASI_ESUCCESS);
        struct seen seen;
        u32 at = 0;
        while (take(1, used, &at, &seen)) {
            visit(&seen);
            cookie = seen.next;
        }
        assert_true(at > 0 || used < size);
    }
}

static void test_any_buffer(void **state) {
    (void)state;
    make_files(FILES);
    static const u32 sizes[] = {40, 41, 64, 100, 256, 4096, 65536, 100000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        read_all(ROOT, sizes[i], visit_once);
        assert_int_equal(visited, FILES + 2);
    }
}

static void test_tiny_buffers(void **state) {
    (void)state;
    make_files(1);
    u32 used;
    for (u32 size = 0; size < 25; size++) {
        assert_int_equal(read_directory(ROOT, 1, size, 0, &used), WASI_ESUCCESS);
        assert_int_equal(used, size);
    }
}

/* All entries, then from each cookie on again, in an order that never fits. */
static void test_any_cookie(void **state) {
    (void)state;
    enum { COUNT = 300 };
    make_files(COUNT);
    static struct seen all[COUNT + 2];
    u32 used;
    u32 at = 0;
    int count = 0;
    assert_int_equal(read_directory(ROOT, 1, 65536, 0, &used), WASI_ESUCCESS);
    while (take(1, used, &at, &all[count])) {
        count++;
    }
    assert_int_equal(count, COUNT + 2);
    for (int i = 0; i < count - 1; i++) {
        int which = (i * 7919) % (count - 1);
        struct seen seen;
        at = 0;
        assert_int_equal(read_directory(ROOT, 1, 300, all[which].next, &used), WASI_ESUCCESS);
        assert_true(take(1, used, &at, &seen));
        assert_string_equal(seen.name, all[which + 1].name);
    }
    assert_int_equal(read_directory(ROOT, 1, 300, all[count - 1].next, &used), WASI_ESUCCESS);
    assert_int_equal(used, 0);
}

static void test_garbage_cookies(void **state) {
    (void)state;
    make_files(10);
    u64 cookie = 1;
    for (int i = 0; i < 2000; i++) {
        u32 used;
        u32 error = read_directory(ROOT, 1, 256, cookie, &used);
        assert_true(error == WASI_EINVAL || (error == WASI_ESUCCESS && used <= 256));
        cookie = cookie * 6364136223846793005u + (u64)i;
    }
    read_all(ROOT, 256, visit_once);
    assert_int_equal(visited, 12);
}

static void visit_and_remove(const struct seen *seen) {
    visit_once(seen);
    if (seen->name[0] != '.') {
        char path[400];
        snprintf(path, sizeof(path), "%s/%s", fixture.inside, seen->name);
        assert_int_equal(unlink(path), 0);
    }
}

/* `rm -r` removes while it reads. */
static void test_removing_while_reading(void **state) {
    (void)state;
    make_files(FILES);
    read_all(ROOT, 4096, visit_and_remove);
    assert_int_equal(visited, FILES + 2);
    read_all(ROOT, 4096, visit_once);
    assert_int_equal(visited, 2);
}

/* A directory without a name any more has no entries, which is no error: POSIX says so of readdir. */
static void test_removed_directory(void **state) {
    (void)state;
    char path[128];
    snprintf(path, sizeof(path), "%s/gone", fixture.inside);
    assert_int_equal(mkdir(path, 0777), 0);
    u32 gone = open_or_fail(&fixture, "gone", WASI_OFLAG_DIRECTORY, WASI_RIGHTS_DIRECTORY);
    assert_int_equal(rmdir(path), 0);
    read_all(gone, 4096, visit_once);
    assert_int_equal(visited, 0);
}

static struct seen kept[8];

static void keep(const struct seen *seen) {
    assert_true(visited < 8);
    kept[visited++] = *seen;
}

static const struct seen *kept_named(const char *name) {
    for (int i = 0; i < visited; i++) {
        if (strcmp(kept[i].name, name) == 0) {
            return &kept[i];
        }
    }
    return NULL;
}

static void test_types_and_numbers(void **state) {
    (void)state;
    char path[128];
    struct stat status;
    make_files(1);
    snprintf(path, sizeof(path), "%s/dir", fixture.inside);
    assert_int_equal(mkdir(path, 0777), 0);
    snprintf(path, sizeof(path), "%s/link", fixture.inside);
    assert_int_equal(symlink("nowhere", path), 0);
    snprintf(path, sizeof(path), "%s/fifo", fixture.inside);
    assert_int_equal(mkfifo(path, 0666), 0);
    read_all(ROOT, 4096, keep);
    assert_int_equal(visited, 6);
    assert_int_equal(kept_named("dir")->type, WASI_FILETYPE_DIRECTORY);
    assert_int_equal(kept_named("link")->type, WASI_FILETYPE_SYMBOLIC_LINK);
    assert_int_equal(kept_named("fifo")->type, WASI_FILETYPE_UNKNOWN);
    assert_int_equal(kept_named("..")->ino, 0); /* lies outside */
    assert_int_equal(stat(fixture.inside, &status), 0);
    assert_int_equal(kept_named(".")->ino, status.st_ino);
}

static void test_two_readers(void **state) {
    (void)state;
    make_files(50);
    u32 other = open_or_fail(&fixture, ".", WASI_OFLAG_DIRECTORY, WASI_RIGHTS_DIRECTORY);
    u32 used;
    struct seen first;
    u32 at = 0;
    assert_int_equal(read_directory(ROOT, 1, 100, 0, &used), WASI_ESUCCESS);
    assert_true(take(1, used, &at, &first));
    read_all(other, 256, visit_once);
    assert_int_equal(visited, 52);
    at = 0;
    assert_int_equal(read_directory(ROOT, 1, 100, first.next, &used), WASI_ESUCCESS);
    assert_true(take(1, used, &at, &first));
}

static void test_refusals(void **state) {
    (void)state;
    u32 used;
    u32 file = open_or_fail(&fixture, "a", WASI_OFLAG_CREAT, READING | WRITING);
    assert_int_equal(read_directory(file, 1, 100, 0, &used), WASI_ENOTDIR);
    assert_int_equal(w2c_wasi_fd_readdir(fixture.wasi, ROOT, MEMORY_BYTES - 99, 100, 0, 0), WASI_EFAULT);
    assert_int_equal(w2c_wasi_fd_readdir(fixture.wasi, ROOT, 0, 100, 0, MEMORY_BYTES - 3), WASI_EFAULT);
    assert_int_equal(w2c_wasi_fd_fdstat_set_rights(fixture.wasi, ROOT, 0, 0), WASI_ESUCCESS);
    assert_int_equal(read_directory(ROOT, 1, 100, 0, &used), WASI_ENOTCAPABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_any_buffer),
        TEST(test_tiny_buffers),
        TEST(test_any_cookie),
        TEST(test_garbage_cookies),
        TEST(test_removing_while_reading),
        TEST(test_removed_directory),
        TEST(test_types_and_numbers),
        TEST(test_two_readers),
        TEST(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
