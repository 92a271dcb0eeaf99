/* w2c profile --flame: the program is run in a process of its own, sampled, and drawn.
 *
 * Compiled, it is a program of the cache like any other but for its main(), frame pointers, and calls that return
 * to their caller (without them a stack of callers has gaps). In an engine, it is `w2c run`. Either writes
 * what it sampled to a file that W2C_SAMPLES names, with the functions as numbers; their names are the module's.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/samples.h"
#include "../bench/units.h"
#include "../build/foreground.h"
#include "../build/interrupt.h"
#include "../build/report.h"
#include "../build/scratch.h"
#include "../wasm/module_check.h"
#include "../wasm/module_facts.h"
#include "commands.h"

#if defined(__x86_64__) || defined(__aarch64__)
static const char sampled_flags[] =
    "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls -pthread";
#else
static const char sampled_flags[] = "-fno-omit-frame-pointer -fno-optimize-sibling-calls -pthread";
#endif

static void interrupted(void) {
    foreground_stop();
    artifact_interrupted();
}

/* ---- running ---- */

/* The user's flags come after ours, and win. */
static void add_flags(struct options *options) {
    struct words flags = {.arena = options->arena};
    words_split(&flags, sampled_flags);
    words_add_all(&flags, &options->toolchain.flags);
    options->toolchain.flags = flags;
}

static int build_program(struct options *options, const struct input_file *file, char **program,
                         struct words *command) {
    options->translate.shape = SHAPE_PROGRAM;
    options->translate.is_sampled = true;
    add_flags(options);
    words_add(command, options->modules.items[0]);
    return kept_program(options, file, program);
}

static int choose_command(struct options *options, const struct input_file *file, char **program,
                          struct words *command) {
    if (strcmp(options->engine, "cc") == 0) return build_program(options, file, program, command);
    *program = own_path(options->arena);
    if (!*program) return EXIT_BAD_INPUT;
    words_add(command, "w2c");
    words_add(command, "run");
    words_add(command, words_format(options->arena, "--engine=%s", options->engine));
    words_split(command, text_string(&options->grants));
    words_add(command, "--");
    words_add(command, options->modules.items[0]);
    return EXIT_GOOD;
}

/* The guest's exit code, or ours after a message; *path is the file with the samples. */
static int run_sampled(struct options *options, const struct input_file *file, const char **path) {
    if (!scratch_open()) return EXIT_BAD_INPUT;
    struct words command = {.arena = options->arena};
    char *program = NULL;
    int code = choose_command(options, file, &program, &command);
    if (code != EXIT_GOOD) return code;
    for (char **argument = options->guest_arguments; *argument; argument++)
        words_add(&command, *argument);
    *path = scratch_path(options->arena, "samples");
    setenv("W2C_SAMPLES", *path, 1);
    setenv("W2C_OPTIONS", text_string(&options->grants), 1);
    code = foreground_run(program, &command);
    return code < 0 ? EXIT_BAD_INPUT : code;
}

/* ---- drawing ---- */

static bool write_text(const char *path, struct text *text) {
    struct output_file file;
    bool is_good = output_open(&file, path);
    is_good = is_good && output_write(&file, text->data, text->size);
    is_good = is_good && output_finish(&file) && output_commit(&file);
    if (!is_good) report("cannot write '%s': %s", path, strerror(errno));
    if (!is_good) output_discard(&file);
    text_free(text);
    return is_good;
}

static char *describe(const struct options *options, const struct samples_summary *summary) {
    const bool is_compiled = strcmp(options->engine, "cc") == 0;
    const char *engine =
        is_compiled ? words_format(options->arena, "compiled by the C compiler at -O%d", options->toolchain.level)
                    : options->engine;
    return words_format(options->arena, "%s; %s of processor time in %llu samples%s", engine,
                        unit_text(options->arena, UNIT_SECONDS, (double)summary->microseconds * 1e-6),
                        (unsigned long long)summary->count,
                        is_compiled ? "; a function that was inlined is part of the one it was inlined into" : "");
}

static char *describe_command(const struct options *options) {
    struct text line = {0};
    words_quote(&line, options->modules.items[0]);
    for (char **argument = options->guest_arguments; *argument; argument++)
        words_quote(&line, *argument);
    char *copy = arena_copy(options->arena, line.data, line.size);
    text_free(&line);
    return copy;
}

static bool write_pictures(const struct options *options, struct flame *flame, const struct samples_summary *summary) {
    struct text text = {0};
    bool is_good = true;
    if (options->flame) {
        flame_svg(flame, describe_command(options), describe(options, summary), &text);
        is_good = write_text(options->flame, &text);
    }
    if (options->folded) {
        flame_folded(flame, &text);
        is_good = write_text(options->folded, &text) && is_good;
    }
    report("%s", describe(options, summary));
    if (summary->lost) report("%llu more samples had no room", (unsigned long long)summary->lost);
    return is_good;
}

/* A program that was killed has written nothing. */
static bool draw(const struct options *options, const struct module *module, const char *path) {
    struct input_file file;
    struct samples_summary summary;
    struct flame *flame = flame_open(options->arena);
    bool is_good = path && input_open(&file, path);
    if (is_good) {
        const struct name *names = module_display_names(module, options->arena);
        is_good = samples_add(flame, options->arena, file.bytes, file.size, names, module->func_count, &summary);
        input_close(&file);
    }
    if (is_good) return write_pictures(options, flame, &summary);
    report("the program ended without its samples");
    return false;
}

/* ---- the command ---- */

static int profile(struct options *options, const struct input_file *file) {
    struct module module = {0};
    const char *path = NULL;
    if (!module_decode(&module, options->arena, options->modules.items[0], file->bytes, file->size)) {
        return EXIT_BAD_INPUT;
    }
    const struct translate_result shape = {.is_program = module_has_start(&module) && !module_foreign_import(&module)};
    options->artifact = ARTIFACT_PROGRAM;
    int code = artifact_check_shape(options, &shape);
    if (code != EXIT_GOOD) return code;
    code = run_sampled(options, file, &path);
    if (path && !draw(options, &module, path) && code == EXIT_GOOD) code = EXIT_BAD_INPUT;
    return code;
}

int profile_samples(struct options *options) {
    const char *const outputs[] = {options->flame, options->folded};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        if (!outputs[i]) continue;
        if (!output_is_possible(outputs[i])) return EXIT_BAD_INPUT;
        if (!output_is_other(outputs[i], options->modules.items[0])) return EXIT_BAD_USAGE;
    }
    struct input_file file;
    if (!module_open(&file, options->modules.items[0])) return EXIT_BAD_INPUT;
    if (!options->engine) options->engine = "tcc";
    interrupt_begin(interrupted);
    const int code = profile(options, &file);
    scratch_remove();
    interrupt_end();
    input_close(&file);
    return code;
}
