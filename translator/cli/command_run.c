/* w2c run: a program, by an engine in this process (run_engine.c), or as a native one out of the cache or built into it
 * (kept.c), which then takes the place of this process.
 *
 * That one is started by exec, not as a child: signals, terminal and exit code are then the guest's own.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../build/interrupt.h"
#include "../build/report.h"
#include "../build/scratch.h"
#include "commands.h"

/* Becomes the guest. Between the look at the cache and now, another process may have made room in it: then all begins
 * again, in a new process of this program, since a scratch folder is made once in the life of one. */
int run_execute(struct options *options, const char *path) {
    struct words command = {.arena = options->arena};
    words_add(&command, options->modules.items[0]);
    for (char **argument = options->guest_arguments; *argument; argument++)
        words_add(&command, *argument);
    execv(path, command.items);
    const int error = errno;
    if (access(path, F_OK) != 0) execv("/proc/self/exe", options->arguments);
    report("cannot run '%s': %s (XDG_CACHE_HOME chooses another folder)", path, strerror(error));
    return EXIT_BAD_INPUT;
}

static int run_compiled(struct options *options, const struct input_file *module) {
    interrupt_begin(artifact_interrupted);
    char *path = NULL;
    const int code = kept_program(options, module, &path);
    scratch_remove();
    interrupt_end();
    return code == EXIT_GOOD ? run_execute(options, path) : code;
}

/* What measures best (docs/ENGINES.md): a first run takes no longer than in memory alone, with or without a C compiler,
 * and the next one finds what that has made. Who says how to compile wants to run just that. */
static const char *default_engine(const struct options *options) {
    return options->asks_for_c_compiler || options->translate.check_bounds ? "cc" : "auto";
}

/* What the guest may touch is what this command line says, whatever the environment said before. */
int command_run(struct options *options) {
    struct input_file module;
    if (!module_open(&module, options->modules.items[0])) return EXIT_BAD_INPUT;
    setenv("W2C_OPTIONS", text_string(&options->grants), 1);
    if (!options->engine) options->engine = default_engine(options);
    const bool is_in_process = run_is_in_process(options->engine);
    const int code = is_in_process ? run_in_process(options, &module) : run_compiled(options, &module);
    input_close(&module);
    return code;
}
