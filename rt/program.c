/* main() of a program: grants, WASI, run, exit code.
 *
 *     0..255  what the guest said
 *     1       the program could not start: no memory, a granted directory that cannot be opened, an address in use
 *     2       the options are wrong
 *     134     a trap, as a shell shows SIGABRT
 *
 * Options come from the program itself (given when it was built) and, unless it was sealed, from the environment
 * variable W2C_OPTIONS, which is the user's: a program that runs with the rights of somebody else (set-user-ID) does
 * not read it. The command line belongs to the guest alone. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "grants.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { W2C_EXIT_NO_START = 1, W2C_EXIT_USAGE = 2, W2C_EXIT_TRAP = 134, W2C_THREADS = 1024 };

W2C_RT struct w2c_wasi *w2c_program_wasi;

/* One line on stderr: what failed and why, or what else there is to tell. */
static void program_complain(const struct w2c_program *program, const char *source, const char *reason) {
    char text[512];
    struct w2c_message message = w2c_message_open(text, sizeof text);
    w2c_message_escape(&message, program->name, strlen(program->name));
    fprintf(stderr, "%s: %s%s\n", text, source, reason);
}

/* True if there are none. */
static bool program_read_options(const struct w2c_program *program, const char *source, const char *options,
                                 struct w2c_grants *grants) {
    char text[256];
    struct w2c_message problem = w2c_message_open(text, sizeof text);
    if (!options || w2c_grants_parse(grants, options, &problem)) {
        return true;
    }
    program_complain(program, source, text);
    return false;
}

/* Nobody but us knows the port that the kernel has chosen for "port 0". */
static void program_tell_ports(const struct w2c_program *program, const struct w2c_grants *grants,
                               const struct w2c_wasi *wasi) {
    enum { FIRST_PREOPEN = 3 };
    for (size_t i = 0; i < grants->listen_count; i++) {
        const char *address = grants->listen[i];
        const char *port = strrchr(address, ':') + 1;
        if (strspn(port, "0") == strlen(port)) {
            char text[32];
            unsigned chosen = w2c_wasi_port(wasi, (uint32_t)(FIRST_PREOPEN + grants->preopen_count + i));
            snprintf(text, sizeof text, " has port %u", chosen);
            program_complain(program, address, text);
        }
    }
}

/* What w2c_wasi_options has to know of a standard stream. One that is closed would be opened anew by the next open,
 * which is the guest's: what the runtime has to say would end up in a file of the guest. So the number is taken, and
 * the guest's stays closed. Called for 0, 1 and 2 in this order, so that no open goes past the number it is for. */
static int program_stream(int host) {
    bool is_closed = fcntl(host, F_GETFD) < 0 && errno == EBADF;
    if (is_closed) {
        open("/dev/null", O_RDWR);
    }
    return is_closed ? -1 : host;
}

/* The memory is not made yet: `run` does that, into the record that WASI is told of here. */
static struct w2c_wasi *program_make_wasi(const struct w2c_program *program, const struct w2c_grants *grants,
                                          int argument_count, char **arguments) {
    char message[256] = "";
    const int input = program_stream(STDIN_FILENO);
    const int output = program_stream(STDOUT_FILENO);
    const int errors = program_stream(STDERR_FILENO);
    struct w2c_wasi_options options = {
        .argument_count = (size_t)argument_count,
        .arguments = (const char *const *)arguments,
        .environment_count = grants->environment_count,
        .environment = grants->environment,
        .stdin_fd = input,
        .stdout_fd = output,
        .stderr_fd = errors,
        .preopen_count = grants->preopen_count,
        .preopens = grants->preopens,
        .listen_count = grants->listen_count,
        .listen = grants->listen,
        .is_deterministic = grants->is_deterministic,
        .seed = grants->seed,
        .trace_fd = grants->wants_trace ? STDERR_FILENO : 0,
    };
    struct w2c_wasi *wasi = w2c_wasi_new(&options, message, sizeof message);
    if (!wasi) {
        program_complain(program, "", message);
        return NULL;
    }
    w2c_wasi_set_memory(wasi, program->memory);
    program_tell_ports(program, grants, wasi);
    return wasi;
}

static void program_run(void *argument) {
    const struct w2c_program *program = argument;
    program->run();
}

/* Lack of memory counts as a failed start: a guest at work sees it as a refused memory.grow instead. */
static int program_report(const struct w2c_error *error) {
    if (error->trap == W2C_OK || error->trap == W2C_TRAP_EXIT) {
        return error->exit_code;
    }
    w2c_error_print(error, stderr);
    bool is_start = error->trap == W2C_TRAP_OUT_OF_MEMORY || error->trap == W2C_TRAP_LINK;
    return is_start ? W2C_EXIT_NO_START : W2C_EXIT_TRAP;
}

static int program_start(const struct w2c_program *program, const struct w2c_grants *grants, int argument_count,
                         char **arguments) {
    struct w2c_error error;
    w2c_program_wasi = program_make_wasi(program, grants, argument_count, arguments);
    if (!w2c_program_wasi) {
        return W2C_EXIT_NO_START;
    }
    if (program->run_threads) {
        program->run_threads(w2c_program_wasi, grants->has_thread_limit ? grants->thread_limit : W2C_THREADS, &error);
        return program_report(&error);
    }
    w2c_try(program_run, (void *)(uintptr_t)program, &error);
    w2c_wasi_delete(w2c_program_wasi);
    w2c_program_wasi = NULL;
    return program_report(&error);
}

W2C_RT int w2c_program_main(const struct w2c_program *program, int argument_count, char **arguments) {
    struct w2c_grants grants = {0};
    struct w2c_names names = {program->name, "", program->function_names, program->function_count};
    if (program->abi != W2C_ABI) {
        program_complain(program, "", "translated for another version of the runtime");
        return W2C_EXIT_NO_START;
    }
    /* First the stack: its limit is measured when the first w2c_try is entered. */
    w2c_stack_raise();
    w2c_symbols_add(&names);
    bool is_granted =
        program_read_options(program, "built-in options: ", program->grants, &grants) &&
        (program->is_sealed || program_read_options(program, "W2C_OPTIONS: ", secure_getenv("W2C_OPTIONS"), &grants));
    int code = is_granted ? program_start(program, &grants, argument_count, arguments) : W2C_EXIT_USAGE;
    w2c_grants_free(&grants);
    return code;
}
