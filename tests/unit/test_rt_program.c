/* main() of a program: what reaches the guest, and the exit code of every way in which it can end.
 *
 * WASI is played by this file, so that what it is given can be looked at. Each case runs in a child process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rt.h"
#include "w2c/wasi.h"

struct w2c_wasi {
    struct w2c_wasi_options options;
    struct w2c_memory *memory;
};

static struct w2c_wasi wasi;

struct w2c_wasi *w2c_wasi_new(const struct w2c_wasi_options *options, char *message, size_t message_size) {
    wasi.options = *options;
    for (size_t i = 0; i < options->preopen_count; i++) {
        if (strcmp(options->preopens[i].host, "missing") == 0) {
            struct w2c_message text = w2c_message_open(message, message_size);
            w2c_message_add(&text, "no directory");
            return NULL;
        }
    }
    return &wasi;
}

uint16_t w2c_wasi_port(const struct w2c_wasi *context, uint32_t fd) {
    (void)context;
    return (uint16_t)(1000 + fd);
}

void w2c_wasi_set_memory(struct w2c_wasi *context, struct w2c_memory *memory) {
    context->memory = memory;
}

void w2c_wasi_delete(struct w2c_wasi *context) {
    context->memory = NULL;
}

static struct w2c_memory memory;
static char *arguments[] = {"name of program", "--dir", "x y", NULL};

static struct w2c_program program = {.abi = W2C_ABI, .name = "app.wasm", .memory = &memory};

/* Exit code of the program, started without the standard stream `closed`; its stderr is put into `complaint`. */
static char complaint[1024];
static int closed = -1;

static int run(const char *options) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        dup2(ends[1], STDERR_FILENO);
        close(closed);
        setenv("W2C_OPTIONS", options, 1);
        _exit(w2c_program_main(&program, 3, arguments));
    }
    close(ends[1]);
    size_t used = 0;
    ssize_t got;
    while (used < sizeof complaint - 1 && (got = read(ends[0], complaint + used, sizeof complaint - 1 - used)) > 0) {
        used += (size_t)got;
    }
    complaint[used] = 0;
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int reset(void **state) {
    (void)state;
    program.run = NULL;
    program.grants = NULL;
    program.is_sealed = false;
    program.abi = W2C_ABI;
    return 0;
}

static void do_nothing(void) {
}

static void do_exit(void) {
    w2c_exit(201);
}

static void do_trap(void) {
    w2c_trap(W2C_TRAP_UNREACHABLE);
}

static void do_fault(void) {
    struct w2c_memory_type type = {.min_pages = 1};
    if (w2c_memory_init(&memory, type, W2C_BOUNDS_GUARD)) {
        *(volatile char *)(memory.base + 65536) = 1;
    }
}

/* Exits with 0 if the one stream is closed for the guest, and its number is not given to what is opened next. */
static void do_open(void) {
    const int streams[] = {wasi.options.stdin_fd, wasi.options.stdout_fd, wasi.options.stderr_fd};
    for (int i = 0; i < 3; i++) {
        if ((streams[i] == -1) != (i == closed)) {
            w2c_exit(1);
        }
    }
    w2c_exit(open("/", O_RDONLY | O_DIRECTORY) > STDERR_FILENO ? 0 : 2);
}

static void do_fail_to_start(void) {
    w2c_trap(W2C_TRAP_OUT_OF_MEMORY);
}

static void exit_codes_tell_the_end(void **state) {
    (void)state;
    program.run = do_nothing;
    assert_int_equal(run(""), 0);
    assert_string_equal(complaint, "");
    program.run = do_exit;
    assert_int_equal(run(""), 201);
    assert_string_equal(complaint, "");
    program.run = do_trap;
    assert_int_equal(run(""), 134);
    assert_string_equal(complaint, "app.wasm: trap: unreachable\n");
    program.run = do_fault;
    assert_int_equal(run(""), 134);
    assert_string_equal(complaint, "app.wasm: trap: out of bounds memory access\n");
    program.run = do_fail_to_start;
    assert_int_equal(run(""), 1);
    program.abi = W2C_ABI + 1;
    assert_int_equal(run(""), 1);
}

static void closed_streams_become_nobodys_file(void **state) {
    (void)state;
    program.run = do_open;
    for (closed = -1; closed < 3; closed++) {
        assert_int_equal(run(""), 0);
    }
    closed = -1;
}

static void mistakes_in_options_are_said(void **state) {
    (void)state;
    program.run = do_nothing;
    assert_int_equal(run("--dir"), 2);
    assert_string_equal(complaint, "app.wasm: W2C_OPTIONS: --dir needs a value\n");
    assert_int_equal(run("--dir missing"), 1);
    assert_string_equal(complaint, "app.wasm: no directory\n");
    program.is_sealed = true;
    assert_int_equal(run("--dir"), 0);
    program.grants = "nonsense";
    assert_int_equal(run(""), 2);
    assert_non_null(strstr(complaint, "app.wasm: built-in options: unknown option \"nonsense\""));
}

/* Exits with 0 if all is as expected, else with the number of the first thing that is not. */
static void inspect(void) {
    const struct w2c_wasi_options *o = &wasi.options;
    int wrong = w2c_program_wasi != &wasi || wasi.memory != &memory                        ? 1
                : o->argument_count != 3 || o->arguments != (const char *const *)arguments ? 2
                : o->preopen_count != 2 || strcmp(o->preopens[0].guest, "/built in") != 0  ? 3
                : strcmp(o->preopens[1].host, "given") != 0 || !o->preopens[1].read_only   ? 4
                : o->environment_count != 1 || strcmp(o->environment[0], "A=2") != 0       ? 5
                                                                                           : 0;
    w2c_exit(wrong);
}

static void grants_reach_wasi(void **state) {
    (void)state;
    program.run = inspect;
    program.grants = "--dir h::'/built in' --env A=1";
    assert_int_equal(run("--dir given::g:ro --env A=2"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(exit_codes_tell_the_end, reset),
        cmocka_unit_test_setup(mistakes_in_options_are_said, reset),
        cmocka_unit_test_setup(closed_streams_become_nobodys_file, reset),
        cmocka_unit_test_setup(grants_reach_wasi, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
