/* w2c MODULE -o FILE: C source in place, or a compiled result by way of the scratch folder.
 *
 * Paths are checked before anything is done, for the work may take minutes. The translator writes its files under
 * temporary names and renames them when all are complete, so C source needs no scratch folder.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "../build/install.h"
#include "../build/interrupt.h"
#include "../build/report.h"
#include "../build/scratch.h"
#include "commands.h"

/* Grants to a module that turns out to be a library are wrong usage, and then nothing may be written: so ask first. */
int translate_check_grants(const struct options *options, const struct input_file *module) {
    if (!options->grants.size && !options->translate.is_sealed) return EXIT_GOOD;
    struct translate_options translation = options->translate;
    translation.validate_only = true;
    struct translate_result result = {0};
    int code = EXIT_BAD_INPUT;
    if (translate(module->bytes, module->size, &translation, &result)) code = artifact_check_shape(options, &result);
    translate_result_free(&result);
    return code;
}

/* Parts of an earlier translation go last: until then the old files are whole. */
static int write_source(struct options *options, const struct input_file *module) {
    options->translate.output_path = options->output;
    const int code = translate_check_grants(options, module);
    if (code != EXIT_GOOD) return code;
    struct translate_result result = {0};
    const bool is_written = translate(module->bytes, module->size, &options->translate, &result);
    if (is_written) {
        parts_remove_stale(options->arena, options->output, result.source_count);
        parts_explain(options->output, &result);
    }
    translate_result_free(&result);
    return is_written ? EXIT_GOOD : EXIT_BAD_INPUT;
}

/* FILE without its folder and, but for programs, without its ending: "codec" for out/codec.so, "a.exe" for a.exe. */
static char *output_name(const struct options *options) {
    const char *slash = strrchr(options->output, '/');
    char *name = words_format(options->arena, "%s", slash ? slash + 1 : options->output);
    if (options->artifact != ARTIFACT_PROGRAM) *strrchr(name, '.') = '\0';
    for (char *c = name; *c; c++) {
        if ((unsigned char)*c < ' ') *c = '_';
    }
    return name;
}

/* out/codec.h for out/codec.so. */
static char *header_path(const struct options *options) {
    const int stem = (int)(strrchr(options->output, '.') - options->output);
    return words_format(options->arena, "%.*s.h", stem, options->output);
}

static int write_compiled(struct options *options, const struct input_file *module) {
    if (!toolchain_find(&options->toolchain, options->compiler)) return EXIT_BAD_INPUT;
    struct built built = {0};
    const int code = artifact_build(options, module, output_name(options), &built);
    if (code != EXIT_GOOD) return code;
    const bool is_program = options->artifact == ARTIFACT_PROGRAM;
    if (built.header && !install_file(built.header, header_path(options), false, NULL)) return EXIT_BAD_INPUT;
    if (!install_file(built.result, options->output, is_program, NULL)) return EXIT_BAD_INPUT;
    return EXIT_GOOD;
}

static int translate_module(struct options *options, const struct input_file *module) {
    options->translate.input_path = options->modules.items[0];
    options->translate.threads = options->toolchain.parallel;
    options->translate.grants = options->grants.size ? text_string(&options->grants) : NULL;
    if (options->artifact == ARTIFACT_BUILD_FILE) return write_build(options, module);
    if (options->artifact != ARTIFACT_SOURCE) return write_compiled(options, module);
    return write_source(options, module);
}

int command_translate(struct options *options) {
    const char *path = options->modules.items[0];
    if (!output_is_other(options->output, path)) return EXIT_BAD_USAGE;
    struct input_file module;
    if (options->artifact == ARTIFACT_BUILD_FILE && !write_build_folder(options)) return EXIT_BAD_INPUT;
    if (!output_is_possible(options->output) || !module_open(&module, path)) return EXIT_BAD_INPUT;
    if (options->profile_path && !train_read(options)) return EXIT_BAD_INPUT;
    interrupt_begin(artifact_interrupted);
    const int code = translate_module(options, &module);
    scratch_remove();
    interrupt_end();
    input_close(&module);
    return code;
}
