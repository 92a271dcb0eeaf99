/* A guest that recurses until the stack is full and calls the host at every depth.
 *
 * The stack's end is a fault, and the fault a jump: past whatever the interrupted function of the host had open or
 * locked, malloc included. So a call at any depth must happen whole or not at all. Each call is made at every depth
 * from plenty of room to none, on a thread of its own; afterwards the process has as many descriptors as before, and
 * the call still works.
 */
#include "wasi_fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

static struct fixture fixture;

enum {
    GUARD_BYTES = 1 << 16,
    STACK_BYTES = 1 << 20,
    SUBSCRIPTIONS = 100,
    EVENTS = 40000,
    RESULT = 80000,
    PATH_AT = 100000
};

/* The test framework handles SIGSEGV itself, over the runtime's handler. */
static struct sigaction our_segv;

static void nothing(void *argument) {
    (void)argument;
}

static void open_and_close(void *wasi) {
    static const char path[] = "dir/sub/../link/a";
    memcpy(fixture.memory.base + PATH_AT, path, sizeof(path));
    u32 error = w2c_wasi_path_open(wasi, ROOT, 0, PATH_AT, sizeof(path) - 1, 0, WASI_RIGHT_FD_READ, 0, 0, RESULT);
    if (error == WASI_ESUCCESS) {
        w2c_wasi_fd_close(wasi, get_u32(&fixture, RESULT));
    }
}

/* Opens a directory and reads it, for which the runtime allocates. */
static void read_directory(void *wasi) {
    fixture.memory.base[PATH_AT] = '.';
    u32 error = w2c_wasi_path_open(wasi, ROOT, 0, PATH_AT, 1, 0, WASI_RIGHT_FD_READDIR, 0, 0, RESULT);
    if (error == WASI_ESUCCESS) {
        u32 fd = get_u32(&fixture, RESULT);
        w2c_wasi_fd_readdir(wasi, fd, 0, 1000, 0, RESULT);
        w2c_wasi_fd_close(wasi, fd);
    }
}

static void rename_file(void *wasi) {
    memcpy(fixture.memory.base + PATH_AT, "dir/sub/adir/b", 14);
    w2c_wasi_path_rename(wasi, ROOT, PATH_AT, 9, ROOT, PATH_AT + 9, 5);
    w2c_wasi_path_rename(wasi, ROOT, PATH_AT + 9, 5, ROOT, PATH_AT, 9);
}

/* All clocks that are due: memory is zero there. */
static void poll_many(void *wasi) {
    w2c_wasi_poll_oneoff(wasi, 0, EVENTS, SUBSCRIPTIONS, RESULT);
}

typedef void host_call(void *wasi);
static host_call *call;
static volatile bool is_endless = true;

/* A small frame of an odd size, so that the stack's end is met at as many points of a call as possible. */
W2C_NOINLINE static u32 recurse(u32 depth) {
    volatile char frame[40];
    frame[depth % sizeof(frame)] = 1;
    call(fixture.wasi);
    u32 result = is_endless ? recurse(depth + 1) : 0;
    return result + (u32)frame[depth % sizeof(frame)];
}

/* Comes near the end first: making the call from every depth of a megabyte would take too long. */
W2C_NOINLINE static u32 descend(const char *low) {
    volatile char frame[1024];
    frame[0] = 1;
    u32 result = (const char *)frame - low > 160 << 10 ? descend(low) : recurse(0);
    return result + (u32)frame[0];
}

static char *stack; /* its lowest byte */

static void run_guest(void *argument) {
    (void)argument;
    descend(stack);
}

static void *run_thread(void *argument) {
    *(enum w2c_trap *)argument = w2c_try(run_guest, NULL, NULL);
    free(malloc(1 << 10)); /* waits for ever if the lock was left behind */
    free(malloc(1 << 20));
    return NULL;
}

static enum w2c_trap exhaust(void) {
    enum w2c_trap trap = W2C_OK;
    pthread_attr_t attributes;
    pthread_t thread;
    char *mapping = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(mapping != MAP_FAILED);
    stack = mapping + GUARD_BYTES;
    assert_int_equal(mprotect(stack, STACK_BYTES, PROT_READ | PROT_WRITE), 0);
    pthread_attr_init(&attributes);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run_thread, &trap), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    munmap(mapping, GUARD_BYTES + STACK_BYTES);
    return trap;
}

static int count_descriptors(void) {
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    int count = 0;
    while (readdir(directory)) {
        count++;
    }
    closedir(directory);
    return count;
}

static void make_scene(bool is_walk) {
    char path[128];
    fixture_make(&fixture, (struct w2c_wasi_options){.force_path_walk = is_walk});
    snprintf(path, sizeof(path), "%s/dir", fixture.inside);
    assert_int_equal(mkdir(path, 0777), 0);
    snprintf(path, sizeof(path), "%s/dir/sub", fixture.inside);
    assert_int_equal(mkdir(path, 0777), 0);
    write_file(fixture.inside, "dir/sub/a", "text");
    snprintf(path, sizeof(path), "%s/dir/link", fixture.inside);
    assert_int_equal(symlink("sub", path), 0);
}

static void test_any_depth(void **state) {
    host_call *const tried[] = {open_and_close, read_directory, rename_file, poll_many};
    struct sigaction before;
    make_scene(*(bool *)*state);
    sigaction(SIGSEGV, &our_segv, &before);
    for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
        call = tried[i];
        call(fixture.wasi);
        int descriptors = count_descriptors();
        for (int round = 0; round < 3; round++) {
            assert_int_equal(exhaust(), W2C_TRAP_STACK_EXHAUSTED);
        }
        assert_int_equal(count_descriptors(), descriptors);
        call(fixture.wasi);
    }
    sigaction(SIGSEGV, &before, NULL);
    assert_int_equal(try_open(&fixture, "dir/link"), WASI_ESUCCESS);
    fixture_drop(&fixture);
}

int main(void) {
    static bool is_walk[] = {false, true};
    const struct CMUnitTest tests[] = {
        {"kernel: any depth", test_any_depth, NULL, NULL, &is_walk[0]},
        {"walk: any depth", test_any_depth, NULL, NULL, &is_walk[1]},
    };
    w2c_try(nothing, NULL, NULL);
    sigaction(SIGSEGV, NULL, &our_segv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
