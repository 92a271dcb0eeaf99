/* Every call, with arguments that a hostile guest would choose: no crash, and not a byte changes outside of linear
 * memory.
 *
 * The arguments are made from the table of calls: by what a parameter is, a pointer at or around an edge of memory, a
 * length that overflows, a descriptor that is or is not open, a number with many bits. Combinations are drawn at
 * random, from a fixed seed. Run it under sanitizers as well: then memory is a heap block of its own.
 */
#include "wasi_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static struct fixture fixture;
static u64 random_state = 88172645463325252u;
static u64 attempts;

static u64 draw(u64 limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

#define DRAW_FROM(values) ((values)[draw(sizeof(values) / sizeof((values)[0]))])

/* A place for `size` bytes: inside, at the edges, just over them, far out. */
static u32 draw_pointer(u32 size) {
    /* clang-format off */
    const u32 places[] = {
        0, 1, 7, 64, 1001, 65536, MEMORY_BYTES - size, MEMORY_BYTES - size + 1, MEMORY_BYTES - 1, MEMORY_BYTES,
        MEMORY_BYTES + 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffff - size, 0 - size,
    };
    /* clang-format on */
    return DRAW_FROM(places);
}

static u32 draw_size(void) {
    /* clang-format off */
    static const u32 sizes[] = {
        0, 1, 2, 3, 8, 24, 100, 255, 4095, 4096, 65536, MEMORY_BYTES, MEMORY_BYTES + 1, 0x15555556, 0x20000000,
        0x20000001, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
    };
    /* clang-format on */
    return DRAW_FROM(sizes);
}

static u32 draw_fd(void) {
    static const u32 fds[] = {0, 1, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8, 40, 1023, 1024, 0x7fffffff, 0xffffffff};
    return DRAW_FROM(fds);
}

static u32 draw_word(void) {
    return draw(2) ? (u32)draw(8) : draw_size();
}

static u64 draw_long(void) {
    /* clang-format off */
    static const u64 values[] = {
        0, 1, 24, 4096, 0x3fffffff, 0x7fffffff, 0xffffffff, (u64)1 << 62, INT64_MAX, (u64)INT64_MAX + 1,
        UINT64_MAX - 1, UINT64_MAX,
    };
    /* clang-format on */
    return DRAW_FROM(values);
}

/* One function a row: the call with drawn arguments. */
#define WASI_FD(name) , draw_fd()
#define WASI_WORD(name) , draw_word()
#define WASI_LONG(name) , draw_long()
#define WASI_PATH(pointer, size) , draw_pointer(3), draw_size()
#define WASI_FILLS(pointer, size) , draw_pointer(100), draw_size()
#define WASI_ARRAY(pointer, count, record_size) , draw_pointer(3 * (record_size)), draw_size()
#define WASI_RESULT(pointer, size, form) , draw_pointer(size)
#define WASI_POINTER(pointer) , draw_pointer(48)
#define WASI_CALL(name, modules, signature, result, parameters)                                                        \
    static void drawn_##name(void *wasi) {                                                                             \
        w2c_wasi_##name(wasi parameters);                                                                              \
    }
#include "w2c/wasi_calls.def"

static const struct {
    const char *name;
    void (*call)(void *wasi);
} calls[] = {
#define WASI_CALL(name, modules, signature, result, parameters) {#name, drawn_##name},
#include "w2c/wasi_calls.def"
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]), ROUNDS = 3000 };

static bool ends_the_guest(const char *name) {
    return strcmp(name, "proc_exit") == 0 || strcmp(name, "proc_raise") == 0;
}

/* Paths, vectors and small numbers, so that some calls get far. All zero is a subscription that is ready. */
static void fill_memory(bool is_zero) {
    static const char *const texts[] = {"a",    "dir", "dir/b",         "..",       "dir/..",
                                        "link", "/",   "dir/../link/a", "\xc3\xbc", "\xff"};
    memset(fixture.memory.base, 0, MEMORY_BYTES);
    if (is_zero) {
        return;
    }
    for (u32 at = 0; at + 64 < MEMORY_BYTES; at += 64) {
        const u32 vector[2] = {draw_pointer(8), draw_size()};
        const char *text = DRAW_FROM(texts);
        if (draw(2)) {
            memcpy(fixture.memory.base + at, vector, sizeof(vector));
        } else {
            memcpy(fixture.memory.base + at, text, strlen(text));
        }
    }
}

/* Streams of their own, so that nothing is printed or waited for. */
static int nothing[2];

static void reopen(void) {
    if (fixture.wasi) {
        w2c_wasi_delete(fixture.wasi);
    }
    fixture_open(&fixture, (struct w2c_wasi_options){.stdin_fd = nothing[0],
                                                     .stdout_fd = nothing[1],
                                                     .stderr_fd = nothing[1],
                                                     .descriptor_limit = 32,
                                                     .trace_fd = draw(2) ? nothing[1] : 0,
                                                     .force_path_walk = draw(2) == 0});
    reset(&fixture);
    u32 fd;
    open_path(&fixture, ROOT, "a", (struct opening){0, WASI_OFLAG_CREAT, READING | WRITING, 0}, &fd);
    open_path(&fixture, ROOT, "dir", (struct opening){0, WASI_OFLAG_DIRECTORY, WASI_RIGHTS_DIRECTORY, 0}, &fd);
}

static int setup(void **state) {
    (void)state;
    const struct rlimit small = {1 << 20, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN); /* sizes are drawn up to 2^64 */
    setrlimit(RLIMIT_FSIZE, &small);
    nothing[0] = open("/dev/null", O_RDONLY);
    nothing[1] = open("/dev/null", O_WRONLY);
    fixture_make(&fixture, (struct w2c_wasi_options){0});
    char path[128];
    snprintf(path, sizeof(path), "%s/dir", fixture.inside);
    assert_int_equal(mkdir(path, 0777), 0);
    snprintf(path, sizeof(path), "%s/link", fixture.inside);
    assert_int_equal(symlink("../outside", path), 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof(command), "test \"$(ls -A %s)\" = secret && test \"$(cat %s/secret)\" = 'the secret'",
             fixture.outside, fixture.outside);
    assert_int_equal(system(command), 0);
    fixture_drop(&fixture);
    close(nothing[0]);
    close(nothing[1]);
    return 0;
}

static void test_every_call(void **state) {
    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        if (ends_the_guest(calls[i].name)) {
            continue;
        }
        bool is_poll = strstr(calls[i].name, "poll_oneoff") != NULL;
        for (int round = 0; round < ROUNDS; round++) {
            if (round % 100 == 0) {
                reopen();
                fill_memory(is_poll);
            }
            if (is_poll) {
                fill_memory(true);
            }
            calls[i].call(fixture.wasi);
            assert_true(canaries_are_whole(&fixture));
            attempts++;
        }
    }
}

/* The same with the calls mixed, descriptors living on from one to the next. */
static void test_mixed_calls(void **state) {
    (void)state;
    for (int round = 0; round < 20 * ROUNDS; round++) {
        size_t i = draw(CALLS);
        if (round % 500 == 0) {
            reopen();
            fill_memory(false);
        }
        if (ends_the_guest(calls[i].name) || strstr(calls[i].name, "poll_oneoff")) {
            continue;
        }
        calls[i].call(fixture.wasi);
        assert_true(canaries_are_whole(&fixture));
        attempts++;
    }
}

static void test_no_memory(void **state) {
    (void)state;
    reopen();
    for (size_t i = 0; i < CALLS; i++) {
        w2c_wasi_set_memory(fixture.wasi, NULL);
        for (int round = 0; round < 100 && !ends_the_guest(calls[i].name); round++) {
            calls[i].call(fixture.wasi);
            attempts++;
        }
    }
    print_message("%llu calls of %d functions\n", (unsigned long long)attempts, (int)CALLS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_every_call), TEST(test_mixed_calls), TEST(test_no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
