/* Module to compiled file: translate into a folder of its own, run the toolchain over the parts.
 *
 * What is in between lives in the scratch folder (the C in --keep-c's, if that was asked for), under the name that the
 * result will have: the translator derives C names from it, and compilers mention it. The result itself is left in the
 * scratch folder too. Whoever asked copies it to where it belongs, as the very last step, so that a failure or
 * an interrupt at any moment leaves what was there before.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "../build/foreground.h"
#include "../build/jobs.h"
#include "../build/pgo.h"
#include "../build/report.h"
#include "../build/scratch.h"
#include "commands.h"

/* In this order: no process may write what the next lines remove, or start after them. */
void artifact_interrupted(void) {
    foreground_stop();
    jobs_stop();
    output_discard_all();
    scratch_remove();
}

static bool make_keep_folder(const char *folder) {
    if (mkdir(folder, 0777) == 0 || errno == EEXIST) return true;
    report("cannot make the folder '%s': %s", folder, strerror(errno));
    return false;
}

/* Only the translator can tell a program from a library, so these rules of usage come this late. */
int artifact_check_shape(const struct options *options, const struct translate_result *result) {
    const char *module = options->modules.items[0];
    if (result->is_program) return EXIT_GOOD;
    if (options->artifact == ARTIFACT_PROGRAM) {
        report("%s is no program: it exports no _start, or imports more than WASI%s", module,
               options->command == COMMAND_RUN ? "" : ".\nWrite it as a library: -o FILE.c, FILE.o, FILE.so or FILE.a");
        return EXIT_BAD_INPUT;
    }
    if (!options->grants.size && !options->translate.is_sealed) return EXIT_GOOD;
    report(
        "%s is a library, and what a library may do, its host decides: "
        "--dir, --listen, --env, --inherit-env, --deterministic, --max-threads, --trace and --sealed are for programs",
        module);
    return EXIT_BAD_USAGE;
}

/* The result's paths outlive `result`: the header's is copied. */
static int compile(const struct options *options, const struct translate_result *result, struct built *built) {
    char *path = scratch_path(options->arena, "result");
    struct toolchain toolchain = options->toolchain;
    toolchain.wants_placement = true;
    const struct sources sources = {
        result->sources, result->heats, result->source_count, {result->header, result->shared}};
    const struct training training = {options->pgo_command, options->output};
    const bool is_built = options->pgo_command ? pgo_build(&toolchain, &training, &sources, path)
                                               : toolchain_build(&toolchain, options->artifact, &sources, path);
    if (!is_built) return EXIT_BAD_INPUT;
    built->result = path;
    built->header = result->header ? words_format(options->arena, "%s", result->header) : NULL;
    return EXIT_GOOD;
}

int artifact_build(struct options *options, const struct input_file *module, const char *name, struct built *built) {
    const char *folder = scratch_open();
    if (!folder) return EXIT_BAD_INPUT;
    if (options->keep_folder && !make_keep_folder(options->keep_folder)) return EXIT_BAD_INPUT;
    if (options->keep_folder) folder = options->keep_folder;
    if (options->pgo_command && !train_heat(options, module, name)) return EXIT_BAD_INPUT;
    options->translate.output_path = words_format(options->arena, "%s/%s.c", folder, name);
    struct translate_result result = {0};
    int code = EXIT_BAD_INPUT;
    report_progress(0, 1, "translating");
    const bool is_translated = translate(module->bytes, module->size, &options->translate, &result);
    report_progress_end();
    if (is_translated) {
        code = artifact_check_shape(options, &result);
        if (options->keep_folder) {
            parts_remove_stale(options->arena, options->translate.output_path, result.source_count);
        }
        if (code == EXIT_GOOD) code = compile(options, &result, built);
    }
    translate_result_free(&result);
    return code;
}
