/* w2c MODULE -o DIR/build.ninja: C in DIR, and the file by which a tool that is good at it compiles that C, beside what
 * else it builds, or on many machines.
 *
 * C that has not changed since the last time keeps its time of change, so that the tool compiles nothing of it again.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../build/placement.h"
#include "../build/report.h"
#include "../build/scratch.h"
#include "commands.h"

static char *folder_of(const struct options *options) {
    const char *slash = strrchr(options->output, '/');
    if (!slash) return words_format(options->arena, ".");
    if (slash == options->output) return words_format(options->arena, "/");
    return words_format(options->arena, "%.*s", (int)(slash - options->output), options->output);
}

bool write_build_folder(const struct options *options) {
    const char *folder = folder_of(options);
    if (mkdir(folder, 0777) == 0 || errno == EEXIST) return true;
    report("cannot make the folder '%s': %s", folder, strerror(errno));
    return false;
}

/* The module's name, as far as it means the same to all tools. */
static char *plain_name(const struct options *options) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    char *name = kept_name(options);
    for (char *c = name; *c; c++) {
        if (!strchr(plain, *c) || (c == name && (*c == '-' || *c == '.'))) *c = '_';
    }
    return name;
}

static bool write_file(const struct options *options, const struct translate_result *result, const char *name) {
    const struct sources sources = {
        result->sources, result->heats, result->source_count, {result->header, result->shared}};
    struct build_plan plan = {.toolchain = &options->toolchain,
                              .sources = &sources,
                              .result = words_format(options->arena, result->is_program ? "%s" : "%s.a", name),
                              .is_program = result->is_program};
    plan.is_placed = plan.is_program && scratch_open() && placement_works(&options->toolchain);
    return build_file_write(options->build_tool, options->output, &plan);
}

static void explain(const struct options *options) {
    static const char *const commands[] = {[TOOL_NINJA] = "ninja -C %s\n",
                                           [TOOL_MAKE] = "make -C %s -j\n",
                                           [TOOL_CMAKE] = "cmake -S %s -B BUILD && cmake --build BUILD -j\n"};
    printf("wrote %s; build it with\n    ", options->output);
    printf(commands[options->build_tool], folder_of(options));
}

int write_build(struct options *options, const struct input_file *module) {
    if (!toolchain_find(&options->toolchain, options->compiler)) return EXIT_BAD_INPUT;
    const char *name = plain_name(options);
    options->translate.output_path = words_format(options->arena, "%s/%s.c", folder_of(options), name);
    options->translate.keeps_unchanged = true;
    const int checked = translate_check_grants(options, module);
    if (checked != EXIT_GOOD) return checked;
    struct translate_result result = {0};
    bool is_written = translate(module->bytes, module->size, &options->translate, &result);
    if (is_written) {
        parts_remove_stale(options->arena, options->translate.output_path, result.source_count);
        is_written = write_file(options, &result, name);
    }
    if (is_written) explain(options);
    translate_result_free(&result);
    return is_written ? EXIT_GOOD : EXIT_BAD_INPUT;
}
