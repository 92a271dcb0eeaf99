/* The w2c command: which of its commands is meant, help, version.
 *
 * Exit codes: 0; 1 if the input is bad or a build failed; 2 if the command line is wrong. `run` has the guest's.
 * Whatever goes wrong is told in one message on standard error; standard output is for what was asked for.
 */
#include <stdio.h>
#include <string.h>

#include "../build/report.h"
#include "commands.h"

/* w2c help [COMMAND] */
static int help(int count, char **arguments) {
    enum command command = COMMAND_TRANSLATE;
    if (count > 2 && strcmp(arguments[2], "help") != 0) command = options_command(arguments[2]);
    if (command) {
        help_print(stdout, command);
        return EXIT_GOOD;
    }
    const char *nearest = options_nearest(arguments[2], command_names);
    report("there is no command '%s'%s%s%s", arguments[2], nearest ? ": did you mean '" : "", nearest ? nearest : "",
           nearest ? "'?" : "");
    return EXIT_BAD_USAGE;
}

static int run_command(struct options *options) {
    if (options->wants_help) {
        help_print(stdout, options->command);
        return EXIT_GOOD;
    }
    if (options->wants_version) {
        printf("w2c %s\n", W2C_VERSION);
        return EXIT_GOOD;
    }
    if (options->command == COMMAND_RUN) return command_run(options);
    if (options->command == COMMAND_VALIDATE) return command_validate(options);
    if (options->command == COMMAND_PROFILE) return command_profile(options);
    if (options->command == COMMAND_BENCH) return command_bench(options);
    if (options->command == COMMAND_CACHE) return command_cache(options);
    return command_translate(options);
}

int main(int count, char **arguments) {
    if (count < 2) {
        help_usage(stderr);
        return EXIT_BAD_USAGE;
    }
    if (strcmp(arguments[1], "help") == 0) return help(count, arguments);
    struct arena arena = {0};
    struct options options = {.arena = &arena};
    const bool is_usable = options_parse(&options, count, arguments);
    const int code = is_usable ? run_command(&options) : EXIT_BAD_USAGE;
    text_free(&options.grants);
    arena_free(&arena);
    return code;
}
