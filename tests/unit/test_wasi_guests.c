/* Several guests in one process: separate state, in one thread and in several at once; ends that end the guest alone;
 * and calls that must not allocate. */
#include "wasi_fixture.h"

#include <pthread.h>
#include <sched.h>

#include "w2c/w2c.h"

enum { THREADS = 8, ROUNDS = 200, SMALL_BYTES = 4096 };

/* A guest without a module: memory, context, and what it wrote. */
struct guest {
    struct w2c_wasi *wasi;
    struct w2c_memory memory;
    struct w2c_wasi_buffer output;
    char input[32];
    char argument[32];
    uint32_t number;
    pthread_t thread;
    uint32_t wrong;
};

static char scratch[64];

static void guest_open(struct guest *guest, uint32_t number) {
    const char *arguments[] = {guest->argument};
    const struct w2c_wasi_preopen preopen = {.host = scratch, .guest = "/"};
    *guest = (struct guest){.number = number, .thread = guest->thread};
    snprintf(guest->input, sizeof(guest->input), "input %u", number);
    snprintf(guest->argument, sizeof(guest->argument), "guest-%u", number);
    guest->memory = (struct w2c_memory){.base = calloc(1, SMALL_BYTES), .size_bytes = SMALL_BYTES, .page_bytes = 65536};
    const struct w2c_wasi_options options = {
        .argument_count = 1,
        .arguments = arguments,
        .preopen_count = 1,
        .preopens = &preopen,
        .stdin_bytes = guest->input,
        .stdin_size = strlen(guest->input),
        .stdout_to = {w2c_wasi_buffer_write, &guest->output},
        .is_deterministic = true,
        .seed = number,
    };
    guest->wasi = w2c_wasi_new(&options, NULL, 0);
    if (guest->wasi) {
        w2c_wasi_set_memory(guest->wasi, &guest->memory);
    }
}

static void guest_close(struct guest *guest) {
    w2c_wasi_delete(guest->wasi);
    free(guest->memory.base);
    free(guest->output.bytes);
}

/* cmocka's assertions are for one thread; so this counts. */
static void expect(struct guest *guest, bool is_right) {
    guest->wrong += !is_right;
}

static u32 guest_u32(const struct guest *guest, u32 at) {
    u32 value;
    memcpy(&value, guest->memory.base + at, 4);
    return value;
}

static void guest_vector(struct guest *guest, u32 at, u32 buffer, u32 size) {
    const u32 vector[2] = {buffer, size};
    memcpy(guest->memory.base + at, vector, 8);
}

enum { VECTOR = 0, RESULT = 16, NAME = 64, TEXT = 256 };

static u32 guest_write(struct guest *guest, u32 fd, const char *text) {
    memcpy(guest->memory.base + TEXT, text, strlen(text));
    guest_vector(guest, VECTOR, TEXT, (u32)strlen(text));
    return w2c_wasi_fd_write(guest->wasi, fd, VECTOR, 1, RESULT);
}

static u32 guest_open_file(struct guest *guest, const char *name, u32 oflags, u32 *fd) {
    memcpy(guest->memory.base + NAME, name, strlen(name));
    u32 error = w2c_wasi_path_open(guest->wasi, 3, 0, NAME, (u32)strlen(name), oflags, READING | WRITING, 0, 0, RESULT);
    *fd = guest_u32(guest, RESULT);
    return error;
}

/* Everything that a guest has of its own: arguments, input, output, files, time, random bytes. */
static void guest_round(struct guest *guest) {
    u8 *base = guest->memory.base;
    expect(guest, w2c_wasi_args_get(guest->wasi, RESULT, TEXT) == WASI_ESUCCESS);
    expect(guest, strcmp((char *)base + TEXT, guest->argument) == 0);
    guest_vector(guest, VECTOR, TEXT, 64);
    expect(guest, w2c_wasi_fd_read(guest->wasi, 0, VECTOR, 1, RESULT) == WASI_ESUCCESS);
    expect(guest, guest_u32(guest, RESULT) == strlen(guest->input));
    expect(guest, memcmp(base + TEXT, guest->input, strlen(guest->input)) == 0);
    u32 fd;
    expect(guest, guest_open_file(guest, guest->argument, WASI_OFLAG_CREAT, &fd) == WASI_ESUCCESS);
    expect(guest, fd == 4);
    expect(guest, guest_write(guest, fd, guest->argument) == WASI_ESUCCESS);
    sched_yield();
    expect(guest, guest_write(guest, 1, guest->argument) == WASI_ESUCCESS);
    expect(guest, strcmp(guest->output.bytes, guest->argument) == 0);
    expect(guest, w2c_wasi_fd_close(guest->wasi, fd) == WASI_ESUCCESS);
    expect(guest, w2c_wasi_clock_time_get(guest->wasi, WASI_CLOCK_MONOTONIC, 0, RESULT) == WASI_ESUCCESS);
    expect(guest, guest_u32(guest, RESULT) == 1000);
    expect(guest, w2c_wasi_random_get(guest->wasi, RESULT, 4) == WASI_ESUCCESS);
}

static void guest_end(void *argument) {
    struct guest *guest = argument;
    guest_round(guest);
    w2c_wasi_proc_exit(guest->wasi, guest->number);
}

static void guest_raise(void *argument) {
    struct guest *guest = argument;
    w2c_wasi_proc_raise(guest->wasi, 6);
    guest->wrong++;
}

/* Runs many guests one after another; each ends by itself. */
static void *run_guests(void *argument) {
    struct guest *guest = argument;
    uint32_t wrong = 0;
    uint32_t number = guest->number;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct w2c_error error;
        guest_open(guest, number);
        bool is_ended = guest->wasi && w2c_try(guest_end, guest, &error) == W2C_TRAP_EXIT;
        wrong += guest->wrong + !(is_ended && error.exit_code == (int)number);
        is_ended = w2c_try(guest_raise, guest, &error) == W2C_TRAP_EXIT;
        wrong += !(is_ended && error.exit_code == 128 + 6);
        guest_close(guest);
    }
    guest->wrong = wrong;
    return NULL;
}

static int setup(void **state) {
    (void)state;
    strcpy(scratch, "/tmp/w2c-test-guests-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", scratch);
    return system(command);
}

static void test_threads(void **state) {
    (void)state;
    static struct guest guests[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        guests[i].number = i + 1;
        assert_int_equal(pthread_create(&guests[i].thread, NULL, run_guests, &guests[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(guests[i].thread, NULL);
        assert_int_equal(guests[i].wrong, 0);
    }
}

/* Two at once in one thread, in turns: what one closes, reads or changes is not the other's. */
static void test_turns(void **state) {
    (void)state;
    struct guest a = {0};
    struct guest b = {0};
    u32 fd;
    guest_open(&a, 1);
    guest_open(&b, 2);
    assert_int_equal(guest_write(&a, 1, "a"), WASI_ESUCCESS);
    assert_int_equal(guest_write(&b, 1, "b"), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_close(a.wasi, 1), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_close(a.wasi, 3), WASI_ESUCCESS);
    assert_int_equal(guest_write(&a, 1, "a"), WASI_EBADF);
    assert_int_equal(guest_write(&b, 1, "b"), WASI_ESUCCESS);
    assert_int_equal(guest_open_file(&b, "file", WASI_OFLAG_CREAT, &fd), WASI_ESUCCESS);
    guest_close(&a);
    assert_int_equal(guest_write(&b, fd, "still here"), WASI_ESUCCESS);
    assert_string_equal(b.output.bytes, "bb");
    guest_close(&b);
}

/* ---- allocation ---- */

/* The linker makes every call of the runtime come here first (--wrap). */
static int allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

void *__wrap_malloc(size_t size) {
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
    allocations++;
    return __real_realloc(block, size);
}

/* Opens, uses and closes one file, and everything else that a program does often. */
static void busy_round(struct guest *guest) {
    u32 fd;
    u32 at = RESULT;
    assert_int_equal(guest_open_file(guest, "file", WASI_OFLAG_CREAT, &fd), WASI_ESUCCESS);
    assert_int_equal(guest_write(guest, fd, "text"), WASI_ESUCCESS);
    guest_vector(guest, VECTOR, TEXT, 64);
    assert_int_equal(w2c_wasi_fd_read(guest->wasi, fd, VECTOR, 1, at), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_seek(guest->wasi, fd, 0, WASI_WHENCE_SET, at), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_pread(guest->wasi, fd, VECTOR, 1, 0, at), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_filestat_get(guest->wasi, fd, TEXT), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_path_filestat_get(guest->wasi, 3, 0, NAME, 4, TEXT), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_clock_time_get(guest->wasi, 0, 0, at), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_random_get(guest->wasi, TEXT, 64), WASI_ESUCCESS);
    memset(guest->memory.base + TEXT, 0, WASI_SUBSCRIPTION_BYTES);
    assert_int_equal(w2c_wasi_poll_oneoff(guest->wasi, TEXT, TEXT + 64, 1, at), WASI_ESUCCESS);
    assert_int_equal(w2c_wasi_fd_close(guest->wasi, fd), WASI_ESUCCESS);
}

static void test_hot_calls_allocate_nothing(void **state) {
    (void)state;
    struct guest guest = {0};
    allocations = 0;
    guest_open(&guest, 1);
    assert_true(allocations > 0); /* so they are counted */
    allocations = 0;
    for (int i = 0; i < 1000; i++) {
        busy_round(&guest);
    }
    assert_int_equal(allocations, 0);
    guest_close(&guest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hot_calls_allocate_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
