/* No call allocates: not to read and write, not to open and close, not to poll. (What allocates by its nature is
 * left out: more open descriptors than ever before, the first reading of a directory, more than 32 subscriptions.)
 *
 * The program has its own malloc, calloc, realloc and mmap, which count and pass on. A sanitizer has its own as well,
 * so under one there is nothing to count.
 */
#include "wasi_fixture.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_COUNTING 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_COUNTING 0
#endif
#endif
#if !defined(IS_COUNTING) && defined(__GLIBC__)
#define IS_COUNTING 1
#elif !defined(IS_COUNTING)
#define IS_COUNTING 0
#endif

static u64 allocations;

#if IS_COUNTING
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    allocations++;
    return __libc_realloc(block, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    allocations++;
    return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}
#endif

enum {
    NAME = 0,
    OTHER = 32,
    VECTOR = 64,
    RESULT = 128,
    BUFFER = 4096,
    BUFFER_BYTES = 65536,
    EVENTS = 80000,
    TIMES = 50
};

static struct fixture fixture;
static u32 file;

static void read_and_write(void) {
    w2c_wasi_fd_seek(fixture.wasi, file, 0, WASI_WHENCE_SET, RESULT);
    assert_int_equal(w2c_wasi_fd_write(fixture.wasi, file, VECTOR, 1, RESULT), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_pread(fixture.wasi, file, VECTOR, 1, 0, RESULT), WASI_ESUCCESS);
}

static void open_and_close(void) {
    assert_int_equal(w2c_wasi_path_open(fixture.wasi, ROOT, 1, NAME, 10, 0, WASI_RIGHT_FD_READ, 0, 0, RESULT), 0);
    assert_int_equal(w2c_wasi_fd_close(fixture.wasi, get_u32(&fixture, RESULT)), WASI_ESUCCESS);
}

static void use_names(void) {
    assert_int_equal(w2c_wasi_path_filestat_get(fixture.wasi, ROOT, 1, NAME, 10, RESULT), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_rename(fixture.wasi, ROOT, NAME, 10, ROOT, OTHER, 5), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_rename(fixture.wasi, ROOT, OTHER, 5, ROOT, NAME, 10), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_link(fixture.wasi, ROOT, 0, NAME, 10, ROOT, OTHER, 5), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_unlink_file(fixture.wasi, ROOT, OTHER, 5), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_symlink(fixture.wasi, NAME, 10, ROOT, OTHER, 5), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_unlink_file(fixture.wasi, ROOT, OTHER, 5), WASI_ESUCCESS);
}

static void read_directory(void) {
    assert_int_equal(w2c_wasi_fd_readdir(fixture.wasi, ROOT, BUFFER, 1000, 0, RESULT), WASI_ESUCCESS);
}

/* Zero bytes are clocks that are due. */
static void poll_clocks(void) {
    memset(fixture.memory.base + BUFFER, 0, BUFFER_BYTES);
    assert_int_equal(w2c_wasi_poll_oneoff(fixture.wasi, BUFFER, EVENTS, 32, RESULT), WASI_ESUCCESS);
}

static void read_clock_and_random(void) {
    assert_int_equal(w2c_wasi_clock_time_get(fixture.wasi, 1, 0, RESULT), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_random_get(fixture.wasi, BUFFER, 4096), WASI_ESUCCESS);
}

static int setup(void **state) {
    const u32 vector[2] = {BUFFER, BUFFER_BYTES};
    char path[128];
    fixture_make(&fixture, (struct w2c_wasi_options){.force_path_walk = *(bool *)*state});
    snprintf(path, sizeof(path), "%s/dir", fixture.inside);
    assert_int_equal(mkdir(path, 0777), 0);
    write_file(fixture.inside, "dir/../dir/file", "text");
    file = open_or_fail(&fixture, "dir/file", 0, READING | WRITING);
    memcpy(fixture.memory.base + NAME, "./dir/file", 10);
    memcpy(fixture.memory.base + OTHER, "other", 5);
    memcpy(fixture.memory.base + VECTOR, vector, sizeof(vector));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    fixture_drop(&fixture);
    return 0;
}

static void test_no_allocation(void **state) {
    (void)state;
    static void (*const uses[])(void) = {read_and_write, open_and_close, use_names,
                                         read_directory, poll_clocks,    read_clock_and_random};
    if (!IS_COUNTING) {
        print_message("SKIPPED: malloc belongs to the sanitizer or to another libc\n");
        skip();
    }
    free(malloc(1));
    assert_true(allocations > 0); /* or else nothing is counted */
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        uses[i]();
        u64 before = allocations;
        for (int time = 0; time < TIMES; time++) {
            uses[i]();
        }
        assert_int_equal(allocations, before);
    }
}

int main(void) {
    static bool is_walk[] = {false, true};
    const struct CMUnitTest tests[] = {
        {"kernel: no allocation", test_no_allocation, setup, teardown, &is_walk[0]},
        {"walk: no allocation", test_no_allocation, setup, teardown, &is_walk[1]},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
