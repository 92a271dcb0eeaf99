/* w2c run: the program of a module out of the cache, or built into it (kept.c), takes the place of this process.
 *
 * The program is started by exec, not as a child: signals, terminal and exit code are then the guest's own.
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

/* Becomes the guest. What it may touch is what this command line says, whatever the environment said before. */
static int execute(struct options *options, const char *path) {
    setenv("W2C_OPTIONS", text_string(&options->grants), 1);
    struct words command = {.arena = options->arena};
    words_add(&command, options->modules.items[0]);
    for (char **argument = options->guest_arguments; *argument; argument++) words_add(&command, *argument);
    execv(path, command.items);
    report("cannot run '%s': %s (XDG_CACHE_HOME chooses another folder)", path, strerror(errno));
    return EXIT_BAD_INPUT;
}

int command_run(struct options *options) {
    struct input_file module;
    if (!module_open(&module, options->modules.items[0])) return EXIT_BAD_INPUT;
    interrupt_begin(artifact_interrupted);
    char *path = NULL;
    const int code = kept_program(options, &module, &path);
    scratch_remove();
    interrupt_end();
    input_close(&module);
    return code == EXIT_GOOD ? execute(options, path) : code;
}
