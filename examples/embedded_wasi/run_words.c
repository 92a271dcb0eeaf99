/* Runs a command several times in one process: first one run after another, then four in threads at once. Each run is
 * an instance with a memory, a WASI context and streams of its own; when the guest ends, only the run does. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { THREADS = 4 };

struct run {
    const char *name;
    const char *input;
    struct w2c_wasi_buffer output;
    struct w2c_wasi_buffer complaints;
    struct w2c_error error;
    bool is_started;
    pthread_t thread;
};

/* `_start` of a command is an export as any other. An instance is good for one call of it. */
static void run_instance(struct run *run, struct w2c_wasi *wasi) {
    struct words *words = words_new(&(struct words_imports){.wasi = wasi}, &run->error);
    if (!words) return;
    run->is_started = true;
    w2c_invoke((struct w2c_instance *)words, "_start", 6, NULL, NULL, &run->error);
    words_delete(words);
}

static void *run_words(void *argument) {
    struct run *run = argument;
    const char *arguments[] = {"words", run->name};
    const struct w2c_wasi_options options = {
        .argument_count = 2,
        .arguments = arguments,
        .stdin_bytes = run->input,
        .stdin_size = strlen(run->input),
        .stdout_to = {w2c_wasi_buffer_write, &run->output},
        .stderr_to = {w2c_wasi_buffer_write, &run->complaints},
        .is_deterministic = true,
        .seed = 42,
    };
    char message[256] = "";
    struct w2c_wasi *wasi = w2c_wasi_new(&options, message, sizeof message);
    if (wasi) {
        run_instance(run, wasi);
        w2c_wasi_delete(wasi);
    } else {
        fprintf(stderr, "%s\n", message);
    }
    return NULL;
}

static void show(struct run *run) {
    if (run->output.size) printf("%s", run->output.bytes);
    if (run->complaints.size) printf("  it complained: %s", run->complaints.bytes);
    if (!run->is_started)
        printf("  it did not start: %s\n", run->error.message);
    else if (run->error.trap == W2C_OK || run->error.trap == W2C_TRAP_EXIT)
        printf("  it ended with %d\n", run->error.trap == W2C_OK ? 0 : run->error.exit_code);
    else
        printf("  it was stopped: %s\n", w2c_trap_text(run->error.trap));
    free(run->output.bytes);
    free(run->complaints.bytes);
}

int main(void) {
    struct run in_turn[] = {{.name = "three", .input = "one two three\n"},
                            {.name = "none", .input = ""},
                            {.name = "too many", .input = "a b c d e f g"},
                            {.name = "again", .input = "one two three\n"}};
    for (size_t i = 0; i < sizeof in_turn / sizeof in_turn[0]; i++) {
        run_words(&in_turn[i]);
        show(&in_turn[i]);
    }
    struct run at_once[THREADS] = {{.name = "thread 1", .input = "a"},
                                   {.name = "thread 2", .input = "a b"},
                                   {.name = "thread 3", .input = "a b c"},
                                   {.name = "thread 4", .input = "a b c d"}};
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&at_once[i].thread, NULL, run_words, &at_once[i]) != 0) return 1;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(at_once[i].thread, NULL);
        show(&at_once[i]);
    }
    return 0;
}
